import assert from "node:assert/strict";
import { test } from "node:test";

import { BadConfig, HttpError, Response, Retry } from "tellify-plugin";
import { answerHttp, deliver, setSecret, takeSent, validate } from "tellify-plugin/testing";

import ntfy from "./plugin.js";

const config = { topic: "ops" };

test("a message is pushed with what ntfy can show", () => {
  answerHttp(() => new Response(200, {}, '{"id": "m7"}'));
  const items = [{ state: "firing", link: "https://t.example/a1" }, { state: "resolved" }];
  const id = deliver(ntfy, config, 0, { severity: "critical", subject: "disk", text: "/var is full", items });
  assert.equal(id, "m7");
  const [sent] = takeSent();
  const body = JSON.parse(new TextDecoder().decode(sent.body));
  assert.deepEqual(body.tags, ["rotating_light", "white_check_mark"]);
  assert.deepEqual([body.priority, body.click, sent.url], [5, "https://t.example/a1", "https://ntfy.sh/"]);
});

test("what passes is tried again, and what does not is told", () => {
  const failing = (answer, kind) => {
    answerHttp(answer);
    assert.throws(() => deliver(ntfy, config, 0, {}), kind);
  };
  failing(() => new Response(429, { "retry-after": "7" }), { name: "Retry", afterMs: 7000 });
  failing(() => new Response(403), BadConfig);
  failing(() => {
    throw new HttpError("timeout");
  }, Retry);
  assert.throws(() => deliver(ntfy, { ...config, needs_token: true }, 0, {}), BadConfig);
  setSecret("ntfy-token", "tk");
  answerHttp(() => new Response(200, {}, '{"id": "m8"}'));
  assert.equal(deliver(ntfy, { ...config, needs_token: true }, 0, {}), "m8");
});

test("nothing is configured that could not work", () => {
  assert.deepEqual(validate(ntfy, config), []);
  assert.equal(validate(ntfy, {})[0].message, "`topic` is missing");
});
