import assert from "node:assert/strict";
import { test } from "node:test";

import { Response, Retry } from "tellify-plugin";
import { answerHttp, deliver } from "tellify-plugin/testing";

import plugin from "./plugin";

test("a message is sent, or tried again later", () => {
  const config = { number: "+49 30 1234" };
  answerHttp(() => new Response(201, { "x-message-id": "7" }));
  assert.equal(deliver(plugin, config, 0, { text: "backup failed" }), "7");
  answerHttp(() => new Response(503));
  assert.throws(() => deliver(plugin, config, 0, { text: "backup failed" }), Retry);
});
