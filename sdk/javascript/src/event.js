// Fields of events by path, by the same rules as in filters and requirements.

import { rfc3339 } from "./time.js";
import { isObject, spelledNumber, word } from "./values.js";

export const SEVERITIES = ["debug", "info", "notice", "warning", "error", "critical"];

/** How bad one severity is beside another: negative, nought or positive. */
export function compareSeverities(a, b) {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}

/** An event as the journal holds it; see `index.d.ts` for its fields. */
export class Event {
  constructor(fields = {}) {
    const nothing = { id: "", source: "", type: "", time: 0, received: 0, tags: [], text: "", data: null };
    Object.assign(this, nothing, fields);
  }

  get about() {
    return this.subject ?? this.source;
  }

  values(path) {
    const envelope = ENVELOPE[path];
    if (envelope) return envelope(this);
    return valuesAt(this.data, path.startsWith("data.") ? path.slice(5) : path);
  }

  value(path) {
    return this.values(path)[0];
  }

  has(path) {
    return this.values(path).length > 0;
  }

  number(path) {
    return this.values(path).map(spelledNumber).find((number) => number !== undefined);
  }

  string(path) {
    const value = this.value(path);
    if (value === undefined) return undefined;
    return path === "time" ? rfc3339(value) : word(value);
  }
}

const present = (value) => (value == null ? [] : [value]);

const ENVELOPE = {
  __proto__: null,
  type: (event) => [event.type],
  source: (event) => [event.source],
  subject: (event) => present(event.subject),
  severity: (event) => present(event.severity),
  effect: (event) => present(event.effect),
  origin: (event) => present(event.origin),
  tag: (event) => event.tags,
  text: (event) => (event.text ? [event.text] : []),
  id: (event) => [event.id],
  time: (event) => [event.time],
};

/** `path` is what is still to go; none: we are there. */
function valuesAt(value, path) {
  if (Array.isArray(value)) return value.flatMap((element) => valuesAt(element, path));
  if (path === undefined) return [value];
  if (!isObject(value)) return [];
  const dot = path.indexOf(".");
  const [step, rest] = dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
  // A key may itself hold dots ("disk.percent": 93): what stands there is found first.
  const whole = rest !== undefined && Object.hasOwn(value, path) ? valuesAt(value[path]) : [];
  return Object.hasOwn(value, step) ? [...whole, ...valuesAt(value[step], rest)] : whole;
}
