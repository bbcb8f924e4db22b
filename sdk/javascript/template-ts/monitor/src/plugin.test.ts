import assert from "node:assert/strict";
import { test } from "node:test";

import { Response } from "tellify-plugin";
import { answerHttp, check } from "tellify-plugin/testing";

import plugin from "./plugin";

test("a page without its word is an alarm", () => {
  answerHttp(() => new Response(200, {}, "Under construction"));
  const report = check(plugin, { url: "https://www.example.org/", word: "Welcome" }, 0);
  assert.deepEqual(report, { status: "alarm", message: "it answers without `Welcome`", value: 200 });
});
