// Windows filling and emptying, on a clock.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Stage } from "tellify-plugin/testing";

import count from "./plugin";
import { MOMENTS_MAX, Seen, SLOTS, VALUES_MAX } from "./seen";

const BLOCKS = {
  distinct: "block",
  key: "project,runtag",
  within: "1h",
  where: { status: "fail" },
  limits: [
    { above: 4, severity: "error" },
    { at_least: 7, severity: "critical" },
  ],
};

function fails(stage, blocks) {
  for (const block of blocks) {
    stage.event({ project: "vr0", runtag: "r1", block, status: "fail" });
    stage.passes("1m");
  }
}

test("more than four distinct values are one alert that ends when the window empties", () => {
  const stage = new Stage(count, BLOCKS);
  fails(stage, "abacad");
  assert.deepEqual(stage.told(), [], "four blocks, however often they fail");
  fails(stage, "eb");
  const line = "error firing vr0 / r1: vr0 / r1: 5 values of block within 1h (above 4): a, b, c, d, e";
  assert.deepEqual(stage.told(), [line, line]);
  // The block seen longest ago is c, in the fourth minute.
  stage.passes("54m");
  assert.deepEqual(stage.told(), []);
  stage.passes("1m");
  assert.deepEqual(stage.told(), ["error resolved vr0 / r1: vr0 / r1: 4 values of block within 1h"]);
  stage.passes("2h");
  assert.deepEqual([stage.told(), Object.keys(stage.state())], [[], ["!stored"]]);
});

test("it worsens, and other groups count apart", () => {
  const stage = new Stage(count, BLOCKS);
  fails(stage, "abcdefg");
  for (const block of "abcd") {
    stage.event({ project: "vr1", runtag: "r1", block, status: "fail" });
    assert.equal(stage.event({ project: "vr0", runtag: "r1", block: "x", status: "good" }), false);
  }
  const told = stage.told();
  assert.equal(told.length, 3);
  assert.match(told[2], /^critical firing vr0 \/ r1: vr0 \/ r1: 7 values of block/);
  stage.passes("2h");
  assert.deepEqual(stage.firing(), []);
});

test("events are counted without a key and with hysteresis", () => {
  const stage = new Stage(count, {
    within: "10m",
    hysteresis: 2,
    limits: [{ at_least: 5, severity: "warning" }],
    title: "{count} of {limit} in {within}",
    emit: { type: "many", on: "both", count: "{count}" },
  });
  for (let i = 0; i < 5; i += 1) {
    stage.event({ type: "error" });
    stage.passes("1m");
  }
  assert.deepEqual(stage.told(), ["warning firing all: 5 of 5 in 10m", "emitted many all: 5 of 5 in 10m"]);
  assert.equal(stage.emitted[0].data.count, 5);
  // Four and three are within the hysteresis; two are not.
  stage.passes("6m59s");
  assert.deepEqual(stage.told(), []);
  stage.passes("1s");
  assert.deepEqual(stage.told(), ["warning resolved all: 2 of 5 in 10m", "emitted many all: 2 of 5 in 10m"]);
});

test("a cleared group counts from nought", () => {
  const stage = new Stage(count, BLOCKS);
  fails(stage, "abcde");
  stage.clear("vr0 / r1");
  stage.told();
  fails(stage, "abcd");
  assert.deepEqual(stage.told(), []);
  fails(stage, "e");
  assert.deepEqual(stage.firing(), ["vr0 / r1"]);
});

test("groups are bounded, and their owner is told once a day", () => {
  const stage = new Stage(count, { key: "user", within: "1h", limits: [{ above: 1, severity: "warning" }] });
  for (let user = 0; user < 1100; user += 1) stage.event({ user });
  const told = stage.told();
  assert.equal(told.length, 1);
  assert.match(told[0], /^warning note full: There are too many values of user at once/);
  // When the others have been quiet for the window, there is room again.
  stage.passes("1h");
  for (let i = 0; i < 2; i += 1) stage.event({ user: 1099 });
  assert.deepEqual(stage.firing(), ["1099"]);
});

test("few events are counted exactly, and many never too low", () => {
  const within = 600_000;
  const seen = new Seen();
  for (let second = 0; second < 2000; second += 1) {
    seen.forget(second * 1000, within);
    seen.addEvent(second * 1000, within);
    const exact = Math.min(second + 1, 600);
    const most = second < MOMENTS_MAX ? exact : exact + within / SLOTS / 1000 + 1;
    assert.ok(exact <= seen.count && seen.count <= most, `${seen.count} at ${second} s`);
    assert.ok(seen.events.length <= MOMENTS_MAX);
  }
});

test("distinct values are bounded, and count from when they were last seen", () => {
  const seen = new Seen();
  for (const [value, at] of [["a", 0], ["b", 10], ["a", 20]]) seen.addValue(value, at);
  assert.deepEqual(seen.falling(), [[10, 1], [20, 0]]);
  seen.forget(30, 20);
  assert.deepEqual(seen.names(), ["a"]);
  for (let i = 0; i < 1000; i += 1) seen.addValue(`v${i}`, 100 + i);
  assert.equal(seen.count, VALUES_MAX);
  assert.ok(seen.names().includes("v999"), "the newest stay");
});
