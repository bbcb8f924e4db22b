/**
 * Write Tellify plugins in JavaScript and TypeScript.
 *
 * A plugin is the default export of its module, made by {@link defineHandler}, {@link defineIngest},
 * {@link defineMonitor}, {@link defineSource} or {@link defineChannel}. Its configuration is a shape:
 * the schema that people fill in is derived from it, and calls get it read, with the type that
 * {@link Infer} tells. A call that throws leaves nothing behind.
 *
 * Deliberately absent: clocks, randomness, files and sockets. `now` is an argument, and what a plugin
 * knows it was told. Outside a component the host is a small stand-in, so that `tellify-plugin/testing`
 * plays events to a handler on a clock of its own.
 */

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** Whole milliseconds since the Unix epoch, UTC. */
export type Moment = number;

/** RFC 3339 in UTC with milliseconds: `2026-11-20T10:00:00.000Z`. */
export function rfc3339(at: Moment): string;
/** Reads RFC 3339 with `Z` or an offset; what is finer than a millisecond is cut off. Throws for all else. */
export function moment(text: string): Moment;

// ---- Events

/** How bad it is, in rising order. */
export type Severity = "debug" | "info" | "notice" | "warning" | "error" | "critical";
/** Whether an event is good news or bad. */
export type Effect = "positive" | "negative";
/** Whether we did it ourselves or it was done to us. */
export type Origin = "internal" | "external";
/** Whether an alert's condition holds; a note is a one-off, told once and never resolved. */
export type AlertState = "firing" | "resolved" | "note";

/** All of them, in rising order. */
export const SEVERITIES: readonly Severity[];
/** How bad one is beside another: negative, nought or positive. */
export function compareSeverities(a: Severity, b: Severity): number;

/** An event as the journal holds it: a CloudEvents 1.0 envelope, with severity, tags and text for people. */
export class Event {
  constructor(fields?: Partial<Event>);
  /** Unique among the events of its source. */
  id: string;
  /** Who says so. */
  source: string;
  type: string;
  /** What it is about. */
  subject?: string;
  /** When it happened, as the sender says. */
  time: Moment;
  /** When it came in. */
  received: Moment;
  severity?: Severity;
  effect?: Effect;
  origin?: Origin;
  tags: string[];
  /** Plain text or Markdown, possibly many lines, possibly empty. */
  text: string;
  /** Everything else; usually an object. */
  data: Json;

  /** What it is about: its subject, or else its source. */
  readonly about: string;
  /**
   * All values that a path leads to, in order. A path is an envelope name (`type source subject severity
   * effect origin tag text time id`), else dotted into `data` (`disk.percent`; `data.` in front forces
   * the latter). An array stands for its elements; `time` is in milliseconds.
   */
  values(path: string): Json[];
  /** The first value there. */
  value(path: string): Json | undefined;
  /** Whether the path leads anywhere. */
  has(path: string): boolean;
  /** The first value there that is a number, or a text that spells one. */
  number(path: string): number | undefined;
  /** The first value there as people write it: a text as it is, a time as RFC 3339, anything else as JSON. */
  string(path: string): string | undefined;
}

/** An event that a plugin wants stored and routed. */
export interface NewEvent {
  /** `tellify.*` is the daemon's own and is refused. */
  type: string;
  /** Who says so; left out: the plugin's configuration or door. */
  source?: string;
  subject?: string;
  /** When it happened; left out: now. */
  time?: Moment;
  severity?: Severity;
  effect?: Effect;
  origin?: Origin;
  tags?: string[];
  text?: string;
  data?: unknown;
  /** A second event with the same key, from the same configuration or door, is not stored. */
  dedupeKey?: string;
}

// ---- Errors

/** The base of those that a plugin throws on purpose. Whatever else it throws fails the call too. */
export class PluginError extends Error {}
/** The configuration can never work: the host disables it and tells its owner. */
export class BadConfig extends PluginError {}
/** Worth another try, `afterMs` milliseconds from now; without it after the host's own back-off. */
export class Retry extends PluginError {
  constructor(reason: string, afterMs?: number);
  afterMs?: number;
}
/** Give up on this call only. */
export class Failed extends PluginError {}
/** A value that a configuration cannot have, and where it stands. */
export class Misfit extends PluginError {
  constructor(pointer: string, reason: string);
  pointer: string;
  reason: string;
}
/** Something wrong with a configuration; `pointer` is RFC 6901, and empty for the whole of it. */
export interface Problem {
  pointer: string;
  /** A sentence for whoever fills in the form. */
  message: string;
}

// ---- Configurations

/** What may stand somewhere in a configuration, and what becomes of it. */
export interface Shape<T> {
  readonly schema: Record<string, unknown>;
  readonly isOptional?: boolean;
  /** Throws a {@link Misfit}. */
  read(value: unknown, pointer: string): T;
}
/** What calls get of a shape: `type Config = Infer<typeof config>`. */
export type Infer<S> = S extends Shape<infer T> ? T : never;

interface Bounds<T> {
  /** Of a number, or of the length of a text or list. */
  min?: number;
  max?: number;
  /** A regular expression for a text. */
  pattern?: string;
  /** What stands for it when it is left out. */
  default?: T;
}

/** The first argument of most is a sentence for the form. */
export function text(about?: string, bounds?: Bounds<string>): Shape<string>;
export function number(about?: string, bounds?: Bounds<number>): Shape<number>;
export function integer(about?: string, bounds?: Bounds<number>): Shape<number>;
export function truth(about?: string, bounds?: Bounds<boolean>): Shape<boolean>;
export function severity(about?: string, bounds?: Bounds<Severity>): Shape<Severity>;
/** One of some words. */
export function oneOf<const W extends string>(words: readonly W[], about?: string, bounds?: Bounds<W>): Shape<W>;
/** Any JSON. */
export function anything(about?: string): Shape<Json>;
export function list<T>(item: Shape<T>, about?: string, bounds?: Bounds<never>): Shape<T[]>;
/** An object with any keys, whose values have one shape. */
export function map<T>(item: Shape<T>, about?: string): Shape<Record<string, T>>;
/** An object with these keys, each of its own shape, and no others. */
export function object<F extends Record<string, Shape<unknown>>>(
  fields: F,
  about?: string,
): Shape<{ [K in keyof F]: Infer<F[K]> }>;
/** A value that may be left out, or be null. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined>;

/** A length of time in whole milliseconds, from nought to ten years. */
export class Span {
  constructor(ms: number);
  /** Reads whole numbers with the units `d h m s ms`, each once, the larger first. */
  static parse(text: unknown): Span;
  ms: number;
  /** In whole seconds, rounded up, as the store takes them. */
  readonly seconds: number;
  /** The shortest text that reads back as the same: `1h30m`, `0s`. */
  toString(): string;
  toJSON(): string;
}
export function span(about?: string): Shape<Span>;

/**
 * Any one of these: a comma list (`"gc_t,route_opt"`), one scalar, or an array of scalars. A word that
 * spells a number or a truth value means that as well: `"200"` meets both `"200"` and `200`.
 */
export class AnyOf {
  constructor(value: unknown);
  scalars: Json[];
  /** Whether a value is any one of these. */
  contains(value: Json): boolean;
  /** Whether the field at `path` is any one of these. */
  holds(event: Event, path: string): boolean;
  /** As people wrote it: `gc_t or route_opt`. */
  toString(): string;
}
export function anyOf(about?: string): Shape<AnyOf>;

/** Fields and what each must be, such as `{"project": "vr0,vr1", "status": "fail"}`. */
export class Conditions {
  constructor(fields?: Record<string, AnyOf>);
  readonly isEmpty: boolean;
  /** Whether all hold. */
  hold(event: Event): boolean;
  /** The same, for the host to check before it calls. */
  requirements(): Requirement[];
  /** As people say it: `project is vr0 or vr1 and status is fail`. */
  toString(): string;
}
/** Left out, there are none. */
export function conditions(about?: string): Shape<Conditions>;

/**
 * One field, or several that only together tell one thing from another: a comma list
 * (`"project,runtag"`) or an array of names.
 */
export class Fields {
  constructor(names: string | string[]);
  names: string[];
  /**
   * The values of an event in these fields as one text, such as `vr0 / run7`; none when the event lacks
   * one of them. At most 200 bytes.
   */
  key(event: Event): string | undefined;
  /** What a key says of one of these fields; none when its values cannot be told apart. */
  part(field: string, key: string): string | undefined;
  /** That they are there. */
  requirements(): Requirement[];
  /** As people say it: `project and runtag`. */
  toString(): string;
}
export function fields(about?: string): Shape<Fields>;
/** A text of any length as a key of at most 200 bytes: itself, or its beginning with a hash of the whole. */
export function bounded(text: string): string;

/** A line of text with `{field}` placeholders, such as `{block} failed at {step}`; `{{` and `}}` are braces. */
export class Template {
  constructor(text: string);
  /** The line in which each placeholder is what `word` says of its name, or `?`. */
  line(word: (name: string) => string | undefined): string;
  /** The name of the placeholder that is all of the template. */
  readonly onlyField?: string;
}
export function template(about?: string): Shape<Template>;
/** The text on one line: each run of blanks and control characters becomes one blank. */
export function oneLine(text: string): string;

// ---- Limits

/** A limit: one of `above`, `at_least`, `below` and `at_most`, and a severity. */
export interface Limit {
  severity: Severity;
  above?: number;
  at_least?: number;
  below?: number;
  at_most?: number;
}
export const limit: Shape<Limit>;

/** The side and the number of a limit. */
export class Bound {
  constructor(side: "above" | "at_least" | "below" | "at_most", number: number);
  /** A bound as an alert's data holds it, such as `{"above": 90}`. */
  static read(value: unknown): Bound | undefined;
  side: "above" | "at_least" | "below" | "at_most";
  number: number;
  /** Whether numbers past it are the great ones. */
  readonly isUpper: boolean;
  equals(other: Bound | undefined): boolean;
  /** Whether it holds for `value`, moved inwards by `slack`. */
  holds(value: number, slack?: number): boolean;
  /** As people say it: `above 90`. */
  toString(): string;
  toJSON(): Json;
}
/** None when it names several sides, or none: {@link limitProblems} tells of that. */
export function boundOf(limit: Limit): Bound | undefined;
/**
 * The limits that hold for `value`, given the bounds that held before: these are only left when the
 * number is inside them by the hysteresis.
 */
export function holding(limits: Limit[], hysteresis: number, before: Bound[], value: number): Limit[];
/** The one with the highest severity; among equals the last, as limits are written outwards. */
export function worst(limits: Limit[]): Limit | undefined;
/** What is wrong with these limits, which stand in the configuration at `/limits`. */
export function limitProblems(limits: Limit[]): Problem[];

// ---- What is found, and how it is told

/**
 * What has become of a condition: it holds from now on, it holds and is worse than before, it still
 * holds, it holds no longer; or it is a one-off, which never ends.
 */
export type Turn = "begins" | "worsens" | "continues" | "ends" | "once";
/** Whether people have not been told of it yet. */
export function isNews(turn: Turn): boolean;
/** Whether it holds no longer. */
export function isOver(turn: Turn): boolean;
/**
 * The turn that a condition takes which held before at one severity, and holds now at another; none:
 * not at all. None when it neither held nor holds.
 */
export function turnBetween(before: Severity | undefined, now: Severity | undefined): Turn | undefined;

interface FindingFields {
  /** The key of the alert. */
  key: string;
  turn: Turn;
  /** How bad it is, or was. */
  severity: Severity;
  /** One line for people. */
  title: string;
  /** What templates and readers may want to know of it. */
  data: Record<string, Json>;
  /** The event that brought it to light; none when a wake-up did. */
  event?: Event;
  /** The fields that the key is made of: placeholders know them without an event, too. */
  by?: Fields;
}

/** What a handler found about one key. */
export class Finding implements FindingFields {
  constructor(fields: FindingFields);
  key: string;
  turn: Turn;
  severity: Severity;
  title: string;
  data: Record<string, Json>;
  event?: Event;
  by?: Fields;
  readonly state: AlertState;
  /** With the owner's own title, if there is one. */
  entitled(own: Template | undefined): Finding;
  /** With other fields. */
  with(fields: Partial<FindingFields>): Finding;
  /**
   * What a placeholder of this name stands for: `key`, `title`, `severity`, `state`, one of the data's
   * fields, or a field of the event.
   */
  value(name: string): Json | undefined;
  /** The same as people write it. */
  word(name: string): string | undefined;
}

/**
 * The event to emit, written like an event in its native form: what is no envelope key goes into `data`.
 * Every text but the type is a template; one that is nothing but a placeholder (`"{count}"`) becomes the
 * value itself where a value may stand. `on` says when: `begin` (also when it gets worse), `end`, `both`.
 */
export class Emit {
  constructor(value: unknown);
  readonly type: string;
  /** What is wrong with it, where it stands in the configuration at `/emit`. */
  problems(): Problem[];
  /** The event for a finding, if one is due at its turn. */
  event(finding: Finding): NewEvent | undefined;
}
export function emit(about?: string): Shape<Emit>;

/** How a subscription tells what is found: its keys `alert` and `emit`. */
export class Telling {
  constructor(alert: boolean, emit: Emit | undefined);
  /** Adds to `out` what is to be told. Emitted events carry the data, with `key` and `state`. */
  tell(finding: Finding, out: Outcome): void;
  /** What is wrong with these keys of the configuration. */
  problems(): Problem[];
  /** For the end of a summary: `, and emits blocks.failing`, or nothing. */
  words(): string;
}

/** Several alerts of one handler in one part of a message: worst first, those that are over last. */
export class Gang<C = any> {
  constructor(words: {
    /** What those that hold have in common, such as `over limit`. */
    holding: (items: AlertItem<C>[]) => string;
    /** What those have in common that are over, such as `back`. */
    over: string;
    /** What to say beside the key on a phone's line. */
    brief: (item: AlertItem<C>) => string | undefined;
    /** What to say beside the key on a line of its own. */
    particulars: (item: AlertItem<C>) => string;
  });
  /** One line for a phone. A single alert is told by its title. */
  line(items: AlertItem<C>[]): string;
  /** One line for each alert. */
  lines(items: AlertItem<C>[]): string;
  /** The same as an HTML list. */
  list(items: AlertItem<C>[]): string;
}
/** The text as it stands in HTML, in content and in quoted attributes alike. */
export function escapeHtml(text: string): string;

// ---- What the host offers

/** Lines for the author; the host keeps the last of them with each failed call. */
export const log: Record<"trace" | "debug" | "info" | "warn" | "error", (message: string) => void>;

/**
 * The store of one subscription: what a handler remembers between calls. Values are JSON. Writes are
 * committed together with the call's outcome; a call that fails leaves none. A value is at most 64 KiB, a
 * subscription's values together at most 1 MiB. Anything kept in a variable instead is lost between calls.
 */
export const state: {
  get<T = any>(key: string): T | undefined;
  /** Stores a value, until it is overwritten or deleted, or for so many seconds. */
  set(key: string, value: unknown, ttlS?: number): void;
  /** The same if the subscription's state has room for it; returns whether it had. */
  setIfRoom(key: string, value: unknown, ttlS?: number): boolean;
  delete(key: string): void;
  /** Adds to the number under this key, which begins at nought; returns the new number. */
  increment(key: string, by?: number, ttlS?: number): number;
  /** The keys that begin with `prefix`, in order; all of them, or the first so many. */
  keys(prefix?: string, count?: number): string[];
};

/**
 * Many moments on one wake-up: a configuration has one pending wake-up, and a handler that waits for
 * something of each of its keys needs more.
 */
export const timers: {
  /** Asks for `name` to be due at this moment. */
  set(name: string, at: Moment): void;
  /** The same, if the state has room for it; returns whether it had. */
  setIfRoom(name: string, at: Moment): boolean;
  /** Takes out the names that are due by `now`, the earliest first. */
  takeDue(now: Moment): string[];
  /** Makes the configuration's wake-up the earliest of these moments, or none. Belongs at the end of each call. */
  arm(out: Outcome): void;
};

/** Rows by key in the state, each any JSON, and a bound on how many there are. */
export class Rows<T = any> {
  constructor(prefix: string, most: number);
  get(key: string): T | undefined;
  /** Stores the row of a key that has one. Returns false when the state has no room for it; then the old one stays. */
  update(key: string, row: unknown, ttlS?: number): boolean;
  /** Stores the first row of a key, unless there are too many. Returns whether it did. */
  insert(key: string, row: unknown, ttlS?: number): boolean;
  remove(key: string): void;
  /** All keys that have a row, in order. */
  keys(): string[];
  /** Tells the owner, once a day, that a key found no room; `title` says what follows. */
  turnAway(title: string, out: Outcome): void;
}

type Headers = Record<string, string>;
interface RequestOptions {
  headers?: Headers;
  body?: string | Uint8Array;
  /** A body in JSON. */
  json?: unknown;
  /** The longest wait for the whole answer; left out: the host's own, ten seconds by default. */
  timeoutMs?: number;
}

/** An answer, whatever its status. */
export class Response {
  constructor(status: number, headers?: Headers | [string, string][], body?: string | Uint8Array);
  status: number;
  /** Names in lower case, in order. */
  headers: [string, string][];
  body: Uint8Array;
  /** Whether its status says that all went well. */
  readonly isSuccess: boolean;
  /** The first header of this name, which is in lower case. */
  header(name: string): string | undefined;
  text(): string;
  /** Throws {@link Failed} when it is none. */
  json(): any;
}

/** Requests to the URLs that an administrator granted. Redirections are not followed. All throw {@link HttpError}. */
export const http: {
  send(request: RequestOptions & { method: string; url: string }): Response;
  get(url: string, options?: RequestOptions): Response;
  post(url: string, options?: RequestOptions): Response;
};
/** Why there is no answer to a request. */
export class HttpError extends Failed {
  constructor(tag: "denied" | "invalid" | "timeout" | "too-big" | "dns" | "tls" | "io", why?: string);
  tag: "denied" | "invalid" | "timeout" | "too-big" | "dns" | "tls" | "io";
  /** Whether another attempt, later, may go better. */
  readonly isPassing: boolean;
}

/**
 * Secrets that an administrator set and granted, by name. To check a signature or a token, the latter
 * two do without the secret itself ever coming here. All throw {@link SecretError}.
 */
export const secrets: {
  /** The secret itself, to be sent on. It belongs in no log, title or event. */
  get(name: string): string;
  /** Whether this is the HMAC of `data` under the secret; `signature` is raw bytes. */
  verifyHmac(name: string, hash: "sha1" | "sha256" | "sha512", data: Uint8Array, signature: Uint8Array): boolean;
  verifyEqual(name: string, value: string): boolean;
};
export class SecretError extends Failed {
  constructor(tag: "denied" | "missing", why: string);
  tag: "denied" | "missing";
}

/** Sources that an administrator configured and granted, by name: for monitors. */
export const sources: {
  granted(): { name: string; kind: string }[];
  /** Asks a source; method and arguments are those of its kind. Throws {@link SourceError}. */
  call(source: string, method: string, args: unknown): any;
};
export class SourceError extends Failed {
  constructor(tag: "unknown" | "denied" | "bad-arguments" | "timeout" | "failed", why?: string);
  tag: "unknown" | "denied" | "bad-arguments" | "timeout" | "failed";
}

// ---- The kinds of plugins

interface Plugin<C> {
  /** What people call it; unique among the installed plugins. */
  name: string;
  version: string;
  /** One line for lists. */
  title: string;
  /** One paragraph for whoever configures it. */
  description: string;
  config: Shape<C>;
  /** Extra form hints, keyed by JSON pointer. */
  uiHints?: Record<string, unknown>;
  /** Checks beyond the schema, before `username` may save; none: accepted. */
  validate?(username: string, config: C): Iterable<Problem>;
  /** One line for this saved configuration. */
  titleOf?(config: C): string;
  /** One paragraph for this saved configuration. */
  summaryOf?(config: C): string;
}

/** What must hold of one field of an event. */
export interface Requirement {
  field: string;
  condition: Record<string, unknown>;
}
/** The makers of requirements: on one field, by an envelope name or a dotted path into `data`. */
export const require: {
  present(field: string): Requirement;
  anyOf(field: string, scalars: Iterable<Json>): Requirement;
  prefix(field: string, prefixes: Iterable<string>): Requirement;
  atLeast(field: string, bound: number): Requirement;
  atMost(field: string, bound: number): Requirement;
};

/** Why a handler is called: exactly one of these is there. */
export interface Trigger {
  /** An event that meets requirements and filter. */
  event?: Event;
  /** The wake-up that this configuration asked for; it is spent now. */
  wake?: Moment;
  /** The key of an alert that somebody cleared: forget it, and the next event that meets the condition fires anew. */
  cleared?: string;
}

/** A keyed condition, as the handler sees it now. */
export interface Alert {
  /** The same key in the same configuration is the same alert, updated or resolved. */
  key: string;
  state: AlertState;
  severity: Severity;
  /** One line for people. */
  title: string;
  /** For templates and for the handler's own renderings. */
  data: any;
}

/** An alert among those that one message tells one person. */
export interface AlertItem<C> {
  /** The configuration that raised it. */
  config: C;
  alert: Alert;
  /** How often it was raised in this span. */
  count: number;
  since: Moment;
  latest: Moment;
  ended?: Moment;
  /** The event that raised it last, when one did. */
  event?: Event;
}

/** What a handler returns, gathered in the order of the calls. */
export class Outcome {
  alerts: Alert[];
  events: NewEvent[];
  /** The condition with this key holds. */
  firing(key: string, severity: Severity, title: string, data?: unknown): void;
  /** The condition with this key holds no longer. */
  resolved(key: string, severity: Severity, title: string, data?: unknown): void;
  /** Something to tell once. */
  note(key: string, severity: Severity, title: string, data?: unknown): void;
  /** Stores an event, and routes it like any other. */
  emit(event: NewEvent): void;
  /** Asks to be called again at this time, instead of any time asked for before; at or before now means in one second. */
  wakeAt(at: Moment): void;
  /** Gives up the pending wake-up. */
  clearWake(): void;
}

/**
 * A handler: looks at events for a subscription and says what people should know. It is pure: what it does
 * follows from its arguments and from {@link state}, the store of the one subscription it is called for.
 */
export interface Handler<C> extends Plugin<C> {
  /** Whether a subscription is woken for the first time as soon as it is saved. */
  wakesFirst?: boolean;
  /** The words in which several alerts for one person are told together; left out: the host's own rendering. */
  gang?: Gang<C>;
  /** What must hold of an event, all of it, before the handler is called for it. */
  requiredFields?(config: C): Iterable<Requirement>;
  /** Adds to `out` what follows from `trigger`. */
  handle(config: C, now: Moment, trigger: Trigger, out: Outcome): void;
  /** One line, for a phone, about several alerts for one person. */
  alertText?(items: AlertItem<C>[]): string | undefined;
  /** Several lines of plain text about them. */
  alertAscii?(items: AlertItem<C>[]): string | undefined;
  /** HTML about them. Texts from events go through {@link escapeHtml}; the host sanitises the whole. */
  alertHtml?(items: AlertItem<C>[]): string | undefined;
}

/** A request to a door, whole. */
export class Request {
  constructor(fields: Partial<Request>);
  method: string;
  /** What follows the door's own path. */
  path: string;
  /** What follows `?`, as it was sent. */
  query: string;
  /** Names in lower case, in order, repeated as received. */
  headers: [string, string][];
  /** After decompression. */
  body: Uint8Array;
  /** The sender's address. */
  remote: string;
  /** The first header of this name, which is in lower case. */
  header(name: string): string | undefined;
  /** Throws {@link Malformed}, which names the first byte that is no UTF-8. */
  text(): string;
  /** Throws {@link Malformed}. */
  json(): any;
}

/** What a request brought. */
export interface Accepted {
  /** Stored together, or not at all. */
  events: NewEvent[];
  /** Sent only after the events are synced; left out: 202 with an empty body. */
  reply?: { status: number; headers?: Headers; body?: string | Uint8Array };
}

/** An ingest plugin: reads what another system sends to one of its doors. */
export interface Ingest<C> extends Plugin<C> {
  /**
   * Reads one request. Throws {@link Unauthorized}, {@link Malformed} or {@link Ignored}; anything else is
   * not the sender's fault, and the door's owner is told.
   */
  accept(config: C, now: Moment, request: Request): Accepted;
}
/** The sender did not prove who they are. */
export class Unauthorized extends PluginError {}
/** The payload is not what it should be; says where and why. */
export class Malformed extends PluginError {}
/** Not for us (a ping, an ignored kind): answered with 200, nothing stored. */
export class Ignored extends PluginError {}

/** What a monitor saw. */
export interface Report {
  /** Whether it is as it should be; if not, people are told. */
  status: "ok" | "alarm";
  /** For people. */
  message: string;
  /** What was measured: recorded for every run, and plotted when it is a number. */
  value?: number | string;
  /** More of it, for programs. */
  details?: unknown;
  /** Events to be stored and routed. */
  events?: NewEvent[];
}

/** A monitor: looks at something with {@link http} or {@link sources}. What it must remember it keeps in {@link state}. */
export interface Monitor<C> extends Plugin<C> {
  /** Looks once. What it throws is told as the monitor's own trouble, not as an alarm. */
  check(config: C, now: Moment): Report;
}

/** A question that a source answers. */
export interface Method {
  /** As monitors name it. */
  name: string;
  /** One line for authors of monitors. */
  summary: string;
  arguments: Shape<any>;
  result: Shape<any>;
}

/** A source: answers questions of monitors from behind one configured connection, whose credentials no monitor sees. */
export interface Source<C> extends Plugin<C> {
  methods: Method[];
  /**
   * Answers one question; `args` have the method's shape. Throws {@link UnknownMethod}, {@link BadArguments},
   * {@link BadConfig} or {@link TimedOut}; anything else is a failure.
   */
  call(config: C, now: Moment, method: string, args: any): unknown;
}
export class UnknownMethod extends PluginError {}
export class BadArguments extends PluginError {}
export class TimedOut extends PluginError {}

/** One alert in a message. */
export interface Item {
  id: string;
  /** Stable over the life of the alert: a ticket's or page's key. */
  key: string;
  state: AlertState;
  severity: Severity;
  title: string;
  data: any;
  /** How often it was raised. */
  count: number;
  first: Moment;
  last: Moment;
  /** Where it is shown. */
  link: string;
}

/** A rendered digest. */
export interface Message {
  /** Stable over attempts: pass it on as an idempotency key. */
  id: string;
  recipient: string;
  /** Of its worst item. */
  severity: Severity;
  subject: string;
  /** One line, for a phone. */
  text: string;
  /** Several lines of plain text. */
  ascii: string;
  html?: string;
  items: Item[];
  /** What they are called, and where they lead. */
  links: [string, string][];
  /** The receipt of the last message of this thread to this recipient. */
  previous?: string;
  attempt: number;
}

/** A channel: hands a rendered digest to some service for one recipient. */
export interface Channel<C> extends Plugin<C> {
  /**
   * Delivers a message, once more if an attempt before came to nothing or its answer was lost:
   * {@link Message.id} stays the same. Returns the other side's name for it, one line that comes back as
   * {@link Message.previous}. Throws {@link Retry} for another attempt, {@link Failed} to give up on it.
   */
  deliver(config: C, now: Moment, message: Message): string | undefined | void;
}

export function defineHandler<C>(plugin: Handler<C>): Handler<C> & { kind: "handler" };
export function defineIngest<C>(plugin: Ingest<C>): Ingest<C> & { kind: "ingest" };
export function defineMonitor<C>(plugin: Monitor<C>): Monitor<C> & { kind: "monitor" };
export function defineSource<C>(plugin: Source<C>): Source<C> & { kind: "source" };
export function defineChannel<C>(plugin: Channel<C>): Channel<C> & { kind: "channel" };
