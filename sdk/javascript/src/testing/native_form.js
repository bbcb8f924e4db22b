// Events as people send them: one JSON object, envelope and data side by side.

import { Event } from "../event.js";
import { moment } from "../time.js";
import { isObject } from "../values.js";

const ENVELOPE = ["id", "source", "type", "subject", "severity", "effect", "origin", "tags", "text"];

/** Reads an event; what it leaves out has a default. */
export function nativeForm(fields, id, now) {
  const { time, data = {}, ...rest } = fields;
  const pick = (isWanted) => Object.fromEntries(Object.entries(rest).filter(([key]) => isWanted(key)));
  const others = pick((key) => !ENVELOPE.includes(key));
  if (!isObject(data) && Object.keys(others).length > 0) {
    throw new TypeError(`data that is no object, ${data}, leaves no place for ${Object.keys(others).join(", ")}`);
  }
  const envelope = { id, source: "test", type: "event", ...pick((key) => ENVELOPE.includes(key)) };
  const at = time === undefined ? now : moment(time);
  return new Event({ ...envelope, time: at, received: now, data: isObject(data) ? { ...data, ...others } : data });
}
