// Tells of what has failed several times in a row, and when it works again.

import { defineHandler, integer, object, require, state, text } from "tellify-plugin";

/** What a subscription configures: people fill it in as a form. */
const config = object({
  key: text("The field whose values are counted apart, such as `job`."),
  limit: integer("So many failures in a row are told of.", { min: 1, default: 3 }),
});

export default defineHandler({
  name: "{{name}}",
  version: "0.1.0",
  title: "Failures in a row",
  description: "Fires when something has failed several times in a row, and resolves when it works again.",
  config,

  titleOf: (config) => `${config.limit} failures of a ${config.key} in a row`,

  // It is called for no other events, which costs nothing.
  requiredFields: (config) => [require.present(config.key), require.present("status")],

  handle(config, now, trigger, out) {
    if (trigger.event) count(config, trigger.event, out);
    // Somebody has seen to it: count anew.
    else if (trigger.cleared !== undefined) state.delete(place(trigger.cleared));
  },
});

function count(config, event, out) {
  const key = event.string(config.key);
  const before = state.get(place(key)) ?? 0;
  if (event.string("status") === "fail") {
    const count = before + 1;
    state.set(place(key), count);
    if (count >= config.limit) out.firing(key, "error", `${key} failed ${count} times in a row`, { count });
  } else if (before > 0) {
    state.delete(place(key));
    const title = `${key} works again after ${before} failures`;
    if (before >= config.limit) out.resolved(key, "error", title, { count: before });
  }
}

/** Where a count is kept in this subscription's own store. */
function place(key) {
  return `n:${key}`;
}
