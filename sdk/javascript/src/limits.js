// Limits on a number, each with its severity, and which of them hold.

import { compareSeverities } from "./event.js";
import { number, object, optional, severity } from "./shape.js";
import { isObject } from "./values.js";

const SIDES = ["above", "at_least", "below", "at_most"];

/** The side and the number of a limit. */
export class Bound {
  constructor(side, number) {
    this.side = side;
    this.number = number;
  }

  /** A bound as an alert's data holds it, such as `{"above": 90}`. */
  static read(value) {
    const entries = isObject(value) ? Object.entries(value) : [];
    const [[side, number] = []] = entries;
    const fits = entries.length === 1 && SIDES.includes(side) && typeof number === "number";
    return fits ? new Bound(side, number) : undefined;
  }

  toJSON() {
    return { [this.side]: this.number };
  }

  get isUpper() {
    return this.side === "above" || this.side === "at_least";
  }

  equals(other) {
    return this.side === other?.side && this.number === other.number;
  }

  holds(value, slack = 0) {
    switch (this.side) {
      case "above":
        return value > this.number - slack;
      case "at_least":
        return value >= this.number - slack;
      case "below":
        return value < this.number + slack;
      default:
        return value <= this.number + slack;
    }
  }

  toString() {
    return `${this.side.replace("_", " ")} ${this.number}`;
  }
}

/** The shape of a limit: one of `above`, `at_least`, `below` and `at_most`, and a severity. */
export const limit = object({
  severity: severity("How bad it is then."),
  above: optional(number("Holds while the number is greater than this.")),
  at_least: optional(number("Holds while the number is this or greater.")),
  below: optional(number("Holds while the number is less than this.")),
  at_most: optional(number("Holds while the number is this or less.")),
});

/** The bound of a limit; none when it names several sides, or none: {@link limitProblems} tells of that. */
export function boundOf(limit) {
  const named = SIDES.filter((side) => limit[side] !== undefined);
  return named.length === 1 ? new Bound(named[0], limit[named[0]]) : undefined;
}

/**
 * The limits that hold for `value`, given the bounds that held before: these are only left when the
 * number is inside them by the hysteresis.
 */
export function holding(limits, hysteresis, before, value) {
  return limits.filter((limit) => {
    const bound = boundOf(limit);
    return bound?.holds(value, before.some((held) => held.equals(bound)) ? hysteresis : 0);
  });
}

/** The one with the highest severity; among equals the last, as limits are written outwards. */
export function worst(limits) {
  const worse = (a, b) => (a && compareSeverities(a.severity, b.severity) > 0 ? a : b);
  return limits.reduce(worse, undefined);
}

/** What is wrong with these limits, which stand in the configuration at `/limits`. */
export function limitProblems(limits) {
  const bounds = limits.map(boundOf);
  const problems = limits.length ? [] : [{ pointer: "/limits", message: "at least one limit is needed" }];
  bounds.forEach((bound, i) => {
    const pointer = `/limits/${i}`;
    if (!bound) {
      problems.push({ pointer, message: "give one of `above`, `at_least`, `below` and `at_most`" });
    } else if (bounds.slice(0, i).some((other) => bound.equals(other))) {
      problems.push({ pointer, message: "this limit stands there twice" });
    }
  });
  const extreme = (isUpper, sign) =>
    bounds.filter((b) => b?.isUpper === isUpper).sort((a, b) => sign * (a.number - b.number))[0];
  const [upper, lower] = [extreme(true, 1), extreme(false, -1)];
  if (upper && lower && leaveNothing(upper, lower)) {
    const message = `every number is ${upper} or ${lower}: nothing would ever be inside`;
    problems.push({ pointer: "/limits", message });
  }
  return problems;
}

/** Whether no number is inside both of them. */
function leaveNothing(upper, lower) {
  // Where they meet, that one number is inside if neither includes it.
  const included = upper.holds(upper.number) || lower.holds(lower.number);
  return lower.number > upper.number || (lower.number === upper.number && included);
}
