// What must hold of an event before a handler is called for it.

import { spelledNumber } from "./values.js";

/** The makers of requirements: on one field, by an envelope name or a dotted path into `data`. */
export const require = {
  /** The field is there. */
  present: (field) => ({ field, condition: { is: "present" } }),
  /** The field is any one of these. */
  anyOf: (field, scalars) => ({ field, condition: { is: "equals", scalars: [...scalars] } }),
  /** The field is a text that begins with any one of these. */
  prefix: (field, prefixes) => ({ field, condition: { is: "prefix", prefixes: [...prefixes] } }),
  /** The field is a number and at least this. */
  atLeast: (field, bound) => ({ field, condition: { is: "at-least", bound } }),
  /** The field is a number and at most this. */
  atMost: (field, bound) => ({ field, condition: { is: "at-most", bound } }),
};

/** Whether it holds of an event, as the daemon judges before it calls. */
export function holds({ field, condition }, event) {
  return event.values(field).some((value) => holdsOf(field, condition, value));
}

function holdsOf(field, condition, value) {
  const number = spelledNumber(value);
  switch (condition.is) {
    case "present":
      return true;
    case "equals":
      // A time is compared by size alone.
      return field !== "time" && condition.scalars.includes(value);
    case "prefix":
      return typeof value === "string" && condition.prefixes.some((prefix) => value.startsWith(prefix));
    case "at-least":
      return number !== undefined && number >= condition.bound;
    default:
      return number !== undefined && number <= condition.bound;
  }
}
