// What a handler found about a key, and how its subscription tells it: as an alert, as an event, or
// as both.

import { compareSeverities } from "./event.js";
import { word } from "./values.js";

const STATES = { ends: "resolved", once: "note" };

/** Whether people have not been told of a turn yet. */
export const isNews = (turn) => turn !== "continues";
/** Whether a condition holds no longer. */
export const isOver = (turn) => turn === "ends";

/**
 * The turn that a condition takes which held before at one severity, and holds now at another; none:
 * not at all. None when it neither held nor holds.
 */
export function turnBetween(before, now) {
  if (now === undefined) return before === undefined ? undefined : "ends";
  if (before === undefined) return "begins";
  return compareSeverities(now, before) > 0 ? "worsens" : "continues";
}

/** What a handler found about one key; see `index.d.ts` for its fields. */
export class Finding {
  constructor(fields) {
    Object.assign(this, fields);
  }

  get state() {
    return STATES[this.turn] ?? "firing";
  }

  entitled(own) {
    return own ? this.with({ title: own.line((name) => this.word(name)) }) : this;
  }

  with(fields) {
    return new Finding({ ...this, ...fields });
  }

  value(name) {
    const own = this.#own();
    if (Object.hasOwn(own, name)) return own[name];
    return this.event?.value(name) ?? this.by?.part(name, this.key);
  }

  word(name) {
    const own = this.#own();
    if (Object.hasOwn(own, name)) return Array.isArray(own[name]) ? own[name].map(word).join(", ") : word(own[name]);
    return this.event?.string(name) ?? this.by?.part(name, this.key);
  }

  #own() {
    const { key, title, severity, state } = this;
    return { ...this.data, key, title, severity, state };
  }
}

/** How a subscription tells what is found: its keys `alert` and `emit`. */
export class Telling {
  constructor(alert, emit) {
    this.alert = alert;
    this.emit = emit;
  }

  /** Adds to `out` what is to be told. Emitted events carry the data, with `key` and `state`. */
  tell(finding, out) {
    const { key, state, severity, title, data } = finding;
    const event = this.emit?.event(finding.with({ data: { key, state, ...data } }));
    if (event) out.emit(event);
    if (this.alert) out.alerts.push({ key, state, severity, title, data });
  }

  problems() {
    if (this.emit) return this.emit.problems();
    const message = "nothing would come of it: let it alert, or give an event to `emit`";
    return this.alert ? [] : [{ pointer: "/alert", message }];
  }

  words() {
    if (!this.emit) return "";
    return `, and emits ${this.emit.type}${this.alert ? "" : " instead of an alert"}`;
  }
}
