// The exports of the world `handler`.

import { Outcome } from "../outcome.js";
import { answered, Configurations, said } from "./called.js";
import * as convert from "./convert.js";

export function handling(plugin) {
  const saved = new Configurations(plugin);
  const told = (render) => (items) => {
    try {
      return render(items.map((item) => itemOf(item, saved))) ?? null;
    } catch (error) {
      // The host's own rendering can show them all.
      said(error);
      return null;
    }
  };
  return {
    requiredFields: (c) => answered(() => [...plugin.requiredFields(saved.of(c))].map(requirement)),
    handle: (c, now, trigger) =>
      answered(() => {
        const out = new Outcome();
        plugin.handle(saved.of(c), now, triggerOf(trigger), out);
        return outcome(out);
      }),
    alertText: told(plugin.alertText),
    alertAscii: told(plugin.alertAscii),
    alertHtml: told(plugin.alertHtml),
  };
}

function triggerOf({ tag, val }) {
  if (tag === "event") return { event: convert.event(val) };
  return tag === "wake" ? { wake: val } : { cleared: val };
}

function requirement({ field, condition: { is, scalars, prefixes, bound } }) {
  switch (is) {
    case "present":
      return { field, condition: { tag: is } };
    case "equals":
      return { field, condition: { tag: is, val: scalars.map((scalar) => JSON.stringify(scalar)) } };
    default:
      return { field, condition: { tag: is, val: prefixes ?? bound } };
  }
}

function outcome({ alerts, events, wake }) {
  const alert = (ours) => ({ ...ours, data: convert.json(ours.data) });
  return { alerts: alerts.map(alert), events: events.map(convert.newEvent), wake };
}

function itemOf(theirs, saved) {
  return {
    ...theirs,
    config: saved.of(theirs.config),
    alert: { ...theirs.alert, data: JSON.parse(theirs.alert.data) },
    ended: theirs.ended ?? undefined,
    event: theirs.event == null ? undefined : convert.event(theirs.event),
  };
}
