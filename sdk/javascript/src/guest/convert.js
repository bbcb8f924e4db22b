// Field by field, between the interface's types and ours.

import { Event } from "../event.js";

export function event(theirs) {
  const { kind, data, subject, severity, effect, origin, ...rest } = theirs;
  const given = { subject, severity, effect, origin };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value != null));
  return new Event({ ...rest, ...known, type: kind, data: JSON.parse(data) });
}

export function newEvent(ours) {
  return {
    kind: ours.type,
    source: ours.source ?? null,
    subject: ours.subject ?? null,
    time: ours.time ?? null,
    severity: ours.severity ?? null,
    effect: ours.effect ?? null,
    origin: ours.origin ?? null,
    tags: ours.tags ?? [],
    text: ours.text ?? "",
    data: json(ours.data),
    dedupeKey: ours.dedupeKey ?? null,
  };
}

/** JSON of what may be left out. */
export function json(value) {
  return JSON.stringify(value ?? null);
}

/** Pairs of what the interface has as attributes. */
export const pairs = (attributes) => attributes.map(({ key, value }) => [key, value]);

/** Attributes of an object, or of pairs. */
export function attributes(headers = {}) {
  const entries = Array.isArray(headers) ? headers : Object.entries(headers);
  return entries.map(([key, value]) => ({ key, value }));
}
