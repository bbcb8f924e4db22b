// `count`: how many events, or how many distinct values of a field, within a window of time, for each
// value of a key.
//
// Time is the moment at which an event came in. A group's alert fires at the event that brings its
// count past a limit, and is resolved by a wake-up when the window has emptied again.

import {
  Bound,
  boundOf,
  bounded,
  defineHandler,
  holding,
  isOver,
  limitProblems,
  require,
  Rows,
  Telling,
  timers,
  turnBetween,
  worst,
} from "tellify-plugin";

import { ALL, config } from "./config.js";
import * as render from "./render.js";
import { Seen, VALUES_MAX } from "./seen.js";

/** A group takes ten kilobytes at most and mostly far less, of the mebibyte that there is. */
const GROUPS = new Rows("g:", 1000);
/** Longer windows would say little, and their events stay for long. */
const WITHIN_MAX_MS = 31 * 86_400_000;
/** Some fewer than are kept, so that such a limit can be reached and left. */
const DISTINCT_MAX = VALUES_MAX - 6;

export default defineHandler({
  name: "count",
  version: "0.1.0",
  title: "How many within a while",
  description:
    "Fires when so many events, or distinct values of a field, have come within a window of time, for " +
    "each value of another field, and resolves when the window has emptied.",
  config,
  gang: render.gang,

  *validate(_username, config) {
    yield* limitProblems(config.limits);
    for (const [i, limit] of config.limits.entries()) {
      const bound = boundOf(limit);
      const message = bound && misfit(config, bound);
      if (message) yield { pointer: `/limits/${i}`, message };
    }
    if (!(config.hysteresis >= 0 && Number.isFinite(config.hysteresis))) {
      yield { pointer: "/hysteresis", message: "must be nought or more" };
    }
    if (config.within.ms < 1000 || config.within.ms > WITHIN_MAX_MS) {
      yield { pointer: "/within", message: "a window lasts from one second to 31 days" };
    }
    if (config.distinct === "") {
      yield { pointer: "/distinct", message: "must name the field whose values are counted" };
    }
    yield* telling(config).problems();
  },

  titleOf: (config) => `${render.counted(config)} ${render.limits(config)} within ${config.within}`,

  summaryOf(config) {
    const each = config.key ? ` for each ${config.key}` : "";
    const only = config.where.isEmpty ? "" : ` where ${config.where}`;
    const past = `${render.limits(config)} within ${config.within}`;
    return `Fires${each} when the ${render.counted(config)}${only} are ${past}${telling(config).words()}.`;
  },

  requiredFields(config) {
    const distinct = config.distinct === undefined ? [] : [require.present(config.distinct)];
    return [...config.where.requirements(), ...(config.key?.requirements() ?? []), ...distinct];
  },

  handle(config, now, trigger, out) {
    if (trigger.event) count(config, now, trigger.event, out);
    else if (trigger.cleared !== undefined) GROUPS.remove(trigger.cleared);
    else for (const key of timers.takeDue(now)) lookAgain(config, now, key, out);
    timers.arm(out);
  },
});

function telling(config) {
  return new Telling(config.alert, config.emit);
}

/** Why a limit cannot be one of a count. */
function misfit(config, bound) {
  if (!bound.isUpper) return "a count has limits upwards, `above` or `at_least`; for too few, use `absence`";
  if (bound.holds(0)) return "this limit would hold without any event";
  if (bound.holds(0, config.hysteresis)) return "with this hysteresis the limit would hold for ever";
  const tooMany = config.distinct !== undefined && bound.number > DISTINCT_MAX;
  return tooMany ? `at most ${DISTINCT_MAX} distinct values can be told apart` : undefined;
}

/** What is remembered of a group: what was seen, and which limits its count is past. */
function groupOf(row = { seen: {} }) {
  const past = row.past && { ...row.past, bounds: row.past.bounds.map(Bound.read) };
  return { seen: new Seen(row.seen), past };
}

/** Counts an event in its group. */
function count(config, now, event, out) {
  const key = config.key ? config.key.key(event) : ALL;
  if (key === undefined || !config.where.hold(event)) return;
  const known = GROUPS.get(key);
  const group = groupOf(known);
  group.seen.forget(now, config.within.ms);
  if (config.distinct === undefined) {
    group.seen.addEvent(now, config.within.ms);
  } else {
    const value = event.string(config.distinct);
    if (value === undefined) return;
    group.seen.addValue(bounded(value), now);
  }
  const finding = judge(config, now, key, group, event);
  const isKept = known
    ? GROUPS.update(key, group, lifetimeS(config, group))
    : GROUPS.insert(key, group, lifetimeS(config, group));
  if (!isKept) GROUPS.turnAway(render.full(config), out);
  else if (finding) telling(config).tell(finding, out);
}

/** Only while a limit holds is there a moment at which the group must not be gone. */
function lifetimeS(config, group) {
  return group.past ? undefined : config.within.seconds;
}

/** A moment has come at which a group may have emptied. */
function lookAgain(config, now, key, out) {
  const known = GROUPS.get(key);
  if (!known) return;
  const group = groupOf(known);
  const severity = group.past?.severity;
  if (group.past) group.past.is_timed = false;
  group.seen.forget(now, config.within.ms);
  const finding = judge(config, now, key, group);
  // It has not grown, so there is room for it.
  if (group.seen.count === 0) GROUPS.remove(key);
  else GROUPS.update(key, group, lifetimeS(config, group));
  // That its window is emptier is news only when that eases or ends it.
  const isNews = finding && (isOver(finding.turn) || finding.severity !== severity);
  if (isNews) telling(config).tell(finding, out);
}

/** What has become of a group, whose next moment is set. */
function judge(config, now, key, group, event) {
  const before = group.past;
  group.past = undefined;
  const held = before?.bounds ?? [];
  const limits = holding(config.limits, config.hysteresis, held, group.seen.count);
  const most = worst(limits);
  const turn = turnBetween(before?.severity, most?.severity);
  if (!turn) return undefined;
  if (most) {
    const bounds = limits.map(boundOf);
    const isTimed = before?.is_timed || setTimer(config, now, key, group.seen, bounds);
    group.past = { bounds, severity: most.severity, is_timed: isTimed };
  }
  const bound = most ? boundOf(most) : held.at(-1);
  const severity = most?.severity ?? before.severity;
  return render.finding(config, { key, turn, severity, event }, bound, group.seen);
}

/**
 * Asks to look again when enough will have left the window for other limits to hold. What is seen
 * until then only makes that moment too early.
 */
function setTimer(config, now, key, seen, bounds) {
  const holdStill = (left) => holding(config.limits, config.hysteresis, bounds, left).length === bounds.length;
  const leaving = seen.falling().find(([, left]) => !holdStill(left))?.[0] ?? now;
  return timers.setIfRoom(key, leaving + config.within.ms);
}
