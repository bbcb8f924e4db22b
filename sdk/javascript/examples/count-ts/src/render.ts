// Words: titles, data, and several alerts in one part of a message.

import { type AlertItem, Bound, boundOf, type Event, Finding, Gang, type Severity, type Turn } from "tellify-plugin";

import { ALL, type Config } from "./config";
import type { Seen } from "./seen";

/** Values that a title names; the others are counted. */
const NAMED_MAX = 10;
/** Values that an alert carries. */
const VALUES_MAX = 50;

/** How alerts of a count read together. */
export const gang = new Gang<Config>({
  holding: () => "too many",
  over: "back",
  brief: (item) => countIn(item)?.toString(),
  particulars,
});

/** What was found of a group. */
interface Found {
  key: string;
  turn: Turn;
  severity: Severity;
  event?: Event;
}

/** What is told of a group; `found` is its key, turn and severity, and the event that did it. */
export function finding(config: Config, found: Found, bound: Bound | undefined, seen: Seen): Finding {
  const { distinct } = config;
  const values = distinct === undefined ? {} : { distinct, values: seen.names().slice(0, VALUES_MAX) };
  const data = { count: seen.count, within: config.within, limit: bound ?? null, ...values };
  let title = (found.key === ALL ? "" : `${found.key}: `) + standing(config, seen.count);
  if (found.turn !== "ends") title += (bound ? ` (${bound})` : "") + names(seen);
  // What people and programs read is plain JSON.
  const told = new Finding({ ...found, title, data: JSON.parse(JSON.stringify(data)), by: config.key });
  if (!config.title) return told;
  // The limit is an object in the data, and a number to people.
  const word = (name: string) => (bound && name === "limit" ? String(bound.number) : told.word(name));
  return told.with({ title: config.title.line(word) });
}

/** `events`, or `values of block`. */
export function counted({ distinct }: Config): string {
  return distinct === undefined ? "events" : `values of ${distinct}`;
}

/** `above 4 (error) or at least 10 (critical)` */
export function limits({ limits }: Config): string {
  const named = limits.filter((limit) => boundOf(limit));
  return named.map((limit) => `${boundOf(limit)} (${limit.severity})`).join(" or ");
}

/** That there is no room for another group. */
export function full({ key, within }: Config): string {
  return (
    `There are too many values of ${key ?? ALL} at once: new ones are not counted until others have been ` +
    `quiet for ${within}. Narrow the filter, or count by another field.`
  );
}

/** `5 events within 1h` */
function standing(config: Config, count: number): string {
  const one = config.distinct === undefined ? "event" : `value of ${config.distinct}`;
  return `${count} ${count === 1 ? one : counted(config)} within ${config.within}`;
}

/** `: a, b, c, +2 more`; nothing when events are counted. */
function names(seen: Seen): string {
  const named = seen.names().slice(0, NAMED_MAX);
  const more = seen.values.size - named.length;
  return (named.length > 0 ? `: ${named.join(", ")}` : "") + (more > 0 ? `, +${more} more` : "");
}

/** `5 events within 1h (above 4)` */
function particulars(item: AlertItem<Config>): string {
  const count = countIn(item);
  if (count === undefined) return item.alert.title;
  const bound = item.alert.state === "resolved" ? undefined : Bound.read(item.alert.data.limit);
  return standing(item.config, count) + (bound ? ` (${bound})` : "");
}

function countIn(item: AlertItem<Config>): number | undefined {
  return item.alert.data?.count;
}
