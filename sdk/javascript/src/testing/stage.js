// A handler over a list of events and a clock.

import { Event } from "../event.js";
import { now as here, Store } from "../host/native.js";
import { Outcome } from "../outcome.js";
import { holds } from "../requirement.js";
import { Span } from "../span.js";
import { rfc3339 } from "../time.js";
import { fromUtf8 } from "../utf8.js";
import { read, validate } from "./calls.js";
import { nativeForm } from "./native_form.js";

/** When every stage begins: 2026-11-20, ten o'clock UTC. */
export const BEGIN = 1_795_168_800_000;

/** A handler that is woken so often without the clock moving on is caught in a circle. */
const WAKES_MAX = 100_000;

/**
 * One subscription of a handler, with a clock, a store and a pending wake-up of its own, as the daemon
 * would keep them.
 */
export class Stage {
  now = BEGIN;
  /** When the pending wake-up is due. */
  wake = undefined;
  /** All events emitted so far, those with a key of an earlier one left out. */
  emitted = [];
  /** All alerts so far, each as it stands, for renderings and a closer look. */
  items = [];
  #handler;
  #config;
  #requirements;
  #store = new Store();
  #delivered = 0;
  #dedupeKeys = new Set();
  #lines = [];

  constructor(handler, config) {
    this.#handler = handler;
    this.edit(config);
  }

  edit(config) {
    const problems = validate(this.#handler, config);
    if (problems.length > 0) {
      throw new Error(`${this.#handler.name} does not take its configuration: ${JSON.stringify(problems)}`);
    }
    this.#config = read(this.#handler, config);
    this.#requirements = [...this.#handler.requiredFields(this.#config)];
    if (this.#handler.wakesFirst) this.wake = this.now + 1000;
  }

  event(fields) {
    this.#delivered += 1;
    return this.deliver(nativeForm(fields, `e${this.#delivered}`, this.now));
  }

  deliver(event) {
    const received = new Event({ ...event, received: this.now });
    const isForIt = this.#requirements.every((requirement) => holds(requirement, received));
    if (isForIt) this.#call({ event: received });
    return isForIt;
  }

  clear(key) {
    for (const item of this.#open(key)) {
      item.alert = { ...item.alert, state: "resolved" };
      item.ended = this.now;
    }
    this.#call({ cleared: key });
  }

  passes(span) {
    this.until(this.now + Span.parse(span).ms);
  }

  until(end) {
    for (let wakes = 0; this.wake !== undefined && this.wake <= end; wakes += 1) {
      if (wakes === WAKES_MAX) {
        throw new Error(`${this.#handler.name} was woken ${WAKES_MAX} times before ${rfc3339(end)}`);
      }
      const due = this.wake;
      this.wake = undefined;
      this.now = Math.max(this.now, due);
      this.#call({ wake: due });
    }
    this.now = Math.max(this.now, end);
  }

  down(span) {
    this.now += Span.parse(span).ms;
    if (this.wake <= this.now) this.wake = this.now + 60_000;
  }

  told() {
    return this.#lines.splice(0);
  }

  firing() {
    return this.items.filter((item) => item.ended === undefined).map((item) => item.alert.key);
  }

  rendered() {
    const { alertText, alertAscii, alertHtml } = this.#handler;
    return { text: alertText(this.items), ascii: alertAscii(this.items), html: alertHtml(this.items) };
  }

  state() {
    const texts = this.#store.texts(this.now);
    return Object.fromEntries(texts.map(([key, bytes]) => [key, JSON.parse(fromUtf8(bytes))]));
  }

  log() {
    return this.#store.lines;
  }

  #call(trigger) {
    const out = new Outcome();
    this.#store.begin(this.now);
    const outer = here.store;
    here.store = this.#store;
    try {
      this.#handler.handle(this.#config, this.now, trigger, out);
    } catch (error) {
      this.#store.takeBack();
      throw error;
    } finally {
      here.store = outer;
    }
    const { tag, val } = out.wake;
    if (tag === "clear") this.wake = undefined;
    if (tag === "at") this.wake = val > this.now ? val : this.now + 1000;
    for (const alert of out.alerts) this.#raise(alert, trigger.event);
    for (const event of out.events) this.#emit(event);
  }

  #open(key) {
    return this.items.filter((item) => item.ended === undefined && item.alert.key === key);
  }

  #raise(alert, event) {
    this.#lines.push(`${alert.severity} ${alert.state} ${alert.key}: ${alert.title}`);
    const ended = alert.state === "firing" ? undefined : this.now;
    const known = alert.state === "note" ? [] : this.#open(alert.key);
    for (const item of known) {
      // A resolved alert keeps the severity at which people know it.
      const severity = ended === undefined ? alert.severity : item.alert.severity;
      const count = item.count + Number(ended === undefined);
      Object.assign(item, { alert: { ...alert, severity }, count, latest: this.now, ended });
    }
    if (known.length === 0 && alert.state !== "resolved") {
      const moments = { since: this.now, latest: this.now, ended };
      this.items.push({ config: this.#config, alert, count: 1, ...moments, event });
    }
  }

  #emit(event) {
    if (this.#dedupeKeys.has(event.dedupeKey)) return;
    if (event.dedupeKey !== undefined) this.#dedupeKeys.add(event.dedupeKey);
    this.#lines.push(`emitted ${event.type} ${event.subject ?? "-"}: ${event.text ?? ""}`);
    this.emitted.push(event);
  }
}
