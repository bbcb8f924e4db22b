// The stand-in: a store, a log, and what a test says is outside. It throws what the imports of a
// component throw, so that whoever calls it cannot tell.

import { utf8 } from "../utf8.js";
import { byCodePoint } from "../values.js";

/** The host's default limits on one value, one key, and all keys and values together, in bytes. */
const VALUE_BYTES_MAX = 64 << 10;
const KEY_BYTES_MAX = 512;
const STATE_BYTES_MAX = 1 << 20;

/** The state and the log of one configuration, as the daemon would keep them. */
export class Store {
  now = 0;
  /** Each `[level, message]`. */
  lines = [];
  #rows = new Map();
  /** What the writes of the call under way have replaced, in their order. */
  #replaced = [];

  /** A call begins, at this moment. */
  begin(now) {
    this.now = now;
    this.#replaced = [];
    // The daemon removes what has expired before it would be in the way.
    for (const [key, row] of this.#rows) if (!this.#lives(row)) this.#rows.delete(key);
  }

  /** The call failed: its writes have never been. */
  takeBack() {
    for (const [key, row] of this.#replaced.splice(0).reverse()) this.#put(key, row);
  }

  get(key) {
    const row = this.#rows.get(key);
    return row && this.#lives(row) ? row.value : null;
  }

  set(key, value, ttlS) {
    const size = (key, { value }) => utf8(key).length + value.length;
    if (value.length > VALUE_BYTES_MAX || utf8(key).length > KEY_BYTES_MAX) throw { tag: "too-big" };
    let bytes = size(key, { value });
    for (const [other, row] of this.#rows) if (other !== key) bytes += size(other, row);
    if (bytes > STATE_BYTES_MAX) throw { tag: "quota" };
    this.#replaced.push([key, this.#rows.get(key)]);
    this.#put(key, { value, until: ttlS == null ? Infinity : this.now + ttlS * 1000 });
  }

  delete(key) {
    this.#replaced.push([key, this.#rows.get(key)]);
    this.#put(key, undefined);
  }

  keys(prefix, after, limit) {
    const living = [...this.#rows].filter(([key, row]) => key.startsWith(prefix) && this.#lives(row));
    const sorted = living.map(([key]) => key).sort(byCodePoint);
    return sorted.filter((key) => after == null || byCodePoint(key, after) > 0).slice(0, limit);
  }

  /** The texts of all values that have not expired by now, by key. */
  texts(now) {
    const living = [...this.#rows].filter(([, row]) => row.until > now);
    return living.sort(([a], [b]) => byCodePoint(a, b)).map(([key, row]) => [key, row.value]);
  }

  #lives(row) {
    return row.until > this.now;
  }

  #put(key, row) {
    if (row) this.#rows.set(key, row);
    else this.#rows.delete(key);
  }
}

/** What a test says is there. */
export class Outside {
  /** Answers requests; throws an `HttpError`. */
  http;
  secrets = new Map();
  /** Each `{ secret, data, signature }`. */
  signatures = [];
  /** By name `{ kind, answer }`. */
  sources = new Map();
  /** Requests so far. */
  sent = [];
}

/** What there is now; tests put others in their place. */
export const now = { store: new Store(), outside: new Outside() };

export const native = {
  log: { log: (level, message) => now.store.lines.push([level, message]) },
  state: {
    get: (key) => now.store.get(key),
    set: (key, value, ttlS) => now.store.set(key, value, ttlS),
    delete: (key) => now.store.delete(key),
    increment,
    keys: (prefix, after, limit) => now.store.keys(prefix, after, limit),
  },
  http: { send },
  secrets: {
    get: secret,
    verifyHmac,
    verifyEqual: (name, value) => secret(name) === value,
  },
  sources: { granted, call },
};

function increment(key, by, ttlS) {
  const stored = now.store.get(key);
  const before = stored ? Number(String.fromCharCode(...stored)) : 0;
  const sum = before + by;
  if (!Number.isFinite(sum)) throw { tag: "not-a-number" };
  now.store.set(key, utf8(String(sum)), ttlS);
  return sum;
}

function send(request) {
  now.outside.sent.push(request);
  if (!now.outside.http) throw { tag: "denied", val: `${request.url} is not granted: no test answers for it` };
  return now.outside.http(request);
}

function secret(name) {
  if (now.outside.secrets.has(name)) return now.outside.secrets.get(name);
  throw { tag: "denied", val: `the secret \`${name}\` is not granted: no test set it` };
}

function verifyHmac(name, _hash, data, signature) {
  secret(name);
  const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
  return now.outside.signatures.some(
    (known) => known.secret === name && same(known.data, data) && same(known.signature, signature),
  );
}

function granted() {
  return [...now.outside.sources].map(([name, { kind }]) => ({ name, kind }));
}

function call(source, method, args) {
  const known = now.outside.sources.get(source);
  if (!known) throw { tag: "denied", val: `the source \`${source}\` is not granted: no test has it` };
  return JSON.stringify(known.answer(method, JSON.parse(args)));
}
