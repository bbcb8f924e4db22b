import assert from "node:assert/strict";
import { test } from "node:test";

import { accept, setSecret } from "tellify-plugin/testing";

import plugin from "./plugin.js";

test("a report becomes an event", () => {
  setSecret("{{name}}-token", "open sesame");
  const body = new TextEncoder().encode('{"job": "backup"}');
  const { events } = accept(plugin, {}, 0, { headers: [["x-token", "open sesame"]], body });
  assert.equal(events[0].subject, "backup");
});
