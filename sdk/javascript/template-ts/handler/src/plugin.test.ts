import assert from "node:assert/strict";
import { test } from "node:test";

import { Stage } from "tellify-plugin/testing";

import plugin from "./plugin";

test("the second failure in a row fires", () => {
  const stage = new Stage(plugin, { key: "job", limit: 2 });
  stage.event({ job: "backup", status: "fail" });
  assert.deepEqual(stage.told(), []);
  stage.event({ job: "backup", status: "fail" });
  assert.deepEqual(stage.told(), ["error firing backup: backup failed 2 times in a row"]);
  stage.event({ job: "backup", status: "good" });
  assert.deepEqual(stage.firing(), []);
});
