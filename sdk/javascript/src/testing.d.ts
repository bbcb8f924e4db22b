/**
 * Plugins natively, without WebAssembly, as the daemon would call them. {@link Stage} plays events to a
 * handler on a clock; the functions make single calls of the other kinds, and say what those find outside.
 * Tests of the built component, with the daemon's limits, are `tellify plugin test`.
 */

import type {
  Accepted,
  AlertItem,
  Channel,
  Event,
  Handler,
  Ingest,
  Json,
  Message,
  Moment,
  Monitor,
  NewEvent,
  Problem,
  Report,
  Request,
  Response,
  Source,
} from "./index.js";

/** When every stage begins: 2026-11-20, ten o'clock UTC. */
export const BEGIN: Moment;

/**
 * One subscription of a handler, with a clock, a store and a pending wake-up of its own, as the daemon
 * would keep them.
 *
 * Time goes forward only, and on the way every wake-up fires at its moment: after the events that came in
 * up to then, before any later one. Events that do not meet the handler's requirements are not for it. All
 * that comes of the calls is written down as lines, in order, which {@link Stage.told} takes.
 */
export class Stage<C = any> {
  constructor(handler: Handler<C>, config: unknown);
  now: Moment;
  /** When the pending wake-up is due. */
  wake?: Moment;
  /** All events emitted so far, those with a key of an earlier one left out. */
  emitted: NewEvent[];
  /** All alerts so far, each as it stands, for renderings and a closer look. */
  items: AlertItem<C>[];
  /** Another configuration over the same store and time, as when somebody edits a subscription. */
  edit(config: unknown): void;
  /**
   * Delivers an event in the native form: envelope keys, and all others are data. Its time is now, unless
   * it says otherwise. Returns whether it met the requirements.
   */
  event(fields: Record<string, unknown>): boolean;
  /** Delivers an event, received now. Throws what the call failed with; then nothing comes of it. */
  deliver(event: Event): boolean;
  /** Somebody clears the alert with this key. */
  clear(key: string): void;
  /** Time passes, such as `90s` or `1h30m`, with all that falls due on the way. */
  passes(span: string): void;
  /** Moves the clock to this moment, with all that falls due up to it. */
  until(end: Moment): void;
  /** The daemon was down for so long: a wake-up that fell due meanwhile moves to a minute after the start. */
  down(span: string): void;
  /**
   * The lines since they were last taken: `error firing /a: /a is full`, `notice note e1: gc_t failed`,
   * `error resolved /a: /a is fine`, and for an event `emitted disk.full /a: …` with its subject and text.
   */
  told(): string[];
  /** The keys of the alerts that fire, in the order in which they began. */
  firing(): string[];
  /** What all alerts so far read like in one message. */
  rendered(): { text?: string; ascii?: string; html?: string };
  /** What the handler keeps, by key, without what has expired. */
  state(): Record<string, Json>;
  /** What the handler has logged, each line with its level. */
  log(): [string, string][];
}

/** What a plugin finds wrong with a configuration; what does not even read is one problem. */
export function validate(plugin: { config: unknown }, config: unknown): Problem[];
/** Hands a request to a door. */
export function accept<C>(plugin: Ingest<C>, config: unknown, now: Moment, request: Partial<Request>): Accepted;
/** Runs a monitor once. A failed run's writes are discarded. */
export function check<C>(plugin: Monitor<C>, config: unknown, now: Moment): Report;
/** Asks a source. */
export function query<C>(plugin: Source<C>, config: unknown, now: Moment, method: string, args: unknown): unknown;
/** Delivers a message over a channel; what is left out of it has a default. */
export function deliver<C>(
  plugin: Channel<C>,
  config: unknown,
  now: Moment,
  message: Partial<Message>,
): string | undefined | void;

/** A request that a plugin has sent. */
export interface Sent {
  method: string;
  url: string;
  headers: { key: string; value: string }[];
  body: Uint8Array;
  timeoutMs: number | null;
}
/** From now on, this answers every request; it may throw an `HttpError`. */
export function answerHttp(answer: (request: Sent) => Response): void;
/** The requests since they were last taken, answered or not. */
export function takeSent(): Sent[];
/** Grants a secret. */
export function setSecret(name: string, text: string): void;
/** From now on, this is the signature of this data under the secret. */
export function acceptSignature(secret: string, data: string | Uint8Array, signature: string | Uint8Array): void;
/** Grants a source of some kind, which answers to a method and its arguments. */
export function addSource(name: string, kind: string, answer: (method: string, args: any) => unknown): void;
/** What the plugin has logged since it was last asked, each line with its level. */
export function takeLog(): [string, string][];
/** Forgets store and log, and what there is outside. */
export function reset(): void;
