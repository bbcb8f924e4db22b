// The exports of the world `monitor`.

import { answered, Configurations } from "./called.js";
import * as convert from "./convert.js";

export function checking(plugin) {
  const saved = new Configurations(plugin);
  return { check: (c, now) => answered(() => report(plugin.check(saved.of(c), now))) };
}

function report({ status, message, value, details, events = [] }) {
  return {
    status,
    message,
    value: measured(value),
    details: convert.json(details),
    events: events.map(convert.newEvent),
  };
}

function measured(value) {
  if (value == null) return { tag: "none" };
  return typeof value === "number" ? { tag: "number", val: value } : { tag: "text", val: String(value) };
}
