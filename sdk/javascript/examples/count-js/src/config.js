// What a subscription to `count` configures.

import {
  conditions,
  emit,
  fields,
  limit,
  list,
  number,
  object,
  optional,
  span,
  template,
  text,
  truth,
} from "tellify-plugin";

/** The key of the one group, where events are counted all together. */
export const ALL = "all";

export const config = object({
  within: span("The window: what came in longer ago does not count."),
  limits: list(limit, "The limits; of those that hold, the worst gives the severity.", { min: 1, max: 16 }),
  distinct: optional(text("Count the distinct values of this field. None: count events.")),
  key: optional(fields("The field, or fields, whose values are counted apart. None: all together.")),
  hysteresis: number("How far under a limit the count must fall, before the limit holds no longer.", {
    min: 0,
    default: 0,
  }),
  where: conditions("What else must hold of an event to be counted: field by field, any one of these values."),
  title: optional(
    template("A title with {field} placeholders; {key}, {count}, {limit}, {within} and {values} are our own."),
  ),
  alert: truth("Whether people are told.", { default: true }),
  emit: optional(emit("An event to emit when a count goes past a limit, or is back.")),
});
