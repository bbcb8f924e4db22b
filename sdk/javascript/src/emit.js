// Events that a subscription emits when its handler finds something.

import { Misfit } from "./error.js";
import { isNews, isOver } from "./finding.js";
import { list, map, anything, object, oneOf, optional, parsed, severity, text } from "./shape.js";
import { Template, template } from "./template.js";
import { escapedKey, isObject } from "./values.js";

const envelope = object({
  type: text("The event's type.", { min: 1 }),
  on: oneOf(["begin", "end", "both"], "When it is emitted.", { default: "begin" }),
  subject: optional(template()),
  severity: optional(severity()),
  effect: optional(oneOf(["positive", "negative"])),
  tags: optional(list(template())),
  text: optional(template()),
  data: optional(map(anything())),
});

/** The event to emit, written like an event in its native form. */
export class Emit {
  #said;
  #data;

  constructor(value) {
    if (!isObject(value)) throw new Error("an event must stand here, with its `type`");
    const entries = Object.entries(value);
    const isKnown = ([key]) => Object.hasOwn(envelope.schema.properties, key);
    this.#said = envelope.read(Object.fromEntries(entries.filter((e) => isKnown(e) && e[1] !== null)), "");
    const data = { ...this.#said.data, ...Object.fromEntries(entries.filter((e) => !isKnown(e))) };
    this.#data = Object.entries(data).map(([key, datum]) => [key, readDatum(key, datum)]);
  }

  get type() {
    return this.#said.type;
  }

  problems() {
    const at = (message) => [{ pointer: "/emit/type", message }];
    if (!/^\S+$/.test(this.type)) return at("the type of an event is a word without blanks");
    if (!this.type.startsWith("tellify.")) return [];
    return at("types that begin with `tellify.` are the daemon's own: choose another");
  }

  event(finding) {
    const said = this.#said;
    const over = isOver(finding.turn);
    const isWanted = said.on === "both" || (said.on === "end") === over;
    if (!isNews(finding.turn) || !isWanted) return undefined;
    const line = (template) => template.line((name) => finding.word(name));
    const filled = ([key, datum]) => [key, fill(datum, finding)];
    return {
      type: said.type,
      subject: said.subject ? line(said.subject) : finding.key,
      severity: said.severity ?? (over ? "notice" : finding.severity),
      effect: said.effect ?? (over ? "positive" : "negative"),
      tags: (said.tags ?? []).map(line),
      text: said.text ? line(said.text) : finding.title,
      data: { ...finding.data, ...Object.fromEntries(this.#data.map(filled)) },
    };
  }
}

function readDatum(key, datum) {
  try {
    return typeof datum === "string" ? new Template(datum) : datum;
  } catch (why) {
    throw new Misfit(`/${escapedKey(key)}`, why.message);
  }
}

function fill(datum, finding) {
  if (!(datum instanceof Template)) return datum;
  const { onlyField } = datum;
  return onlyField === undefined ? datum.line((name) => finding.word(name)) : (finding.value(onlyField) ?? null);
}

/** The shape of an {@link Emit}. */
export function emit(about) {
  return parsed({ ...envelope.schema, additionalProperties: true }, (value) => new Emit(value), about);
}
