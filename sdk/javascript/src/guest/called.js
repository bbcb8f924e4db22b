// What each call has in common: its configuration read once, and everything thrown told.

import { BadConfig, Misfit, PluginError, Retry } from "../error.js";
import { log } from "../log.js";

/** An instance serves one owner, and few own more. */
const PARSED_MAX = 64;

/** The parsed forms of a plugin's saved configurations. Each is parsed once in a revision. */
export class Configurations {
  #shape;
  #parsed = new Map();

  constructor(plugin) {
    this.#shape = plugin.config;
  }

  /** Throws {@link BadConfig} when it does not read. */
  of({ id, revision, data }) {
    const known = this.#parsed.get(id);
    if (known?.revision === revision) return known.value;
    const value = this.#read(data);
    this.#parsed.delete(id);
    if (this.#parsed.size >= PARSED_MAX) this.#parsed.delete(this.#parsed.keys().next().value);
    this.#parsed.set(id, { revision, value });
    return value;
  }

  #read(data) {
    try {
      return this.#shape.read(JSON.parse(data), "");
    } catch (why) {
      throw why instanceof Misfit ? new BadConfig(why.message) : why;
    }
  }
}

/** What was thrown, in words. The author finds where it comes from in the log, when nobody expects it. */
export function said(error) {
  if (error instanceof PluginError) return error.message;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`;
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  log.error(`${what}\n${stack}`);
  const place = /\(?([^\s()]+:\d+:\d+)\)?/.exec(stack)?.[1];
  return place ? `${what} (${place})` : what;
}

/** What a call failed with, for the host. */
export function failure(error) {
  if (error instanceof BadConfig) return { tag: "bad-config", val: error.message };
  if (error instanceof Retry) {
    return { tag: "retry", val: { afterMs: error.afterMs ?? null, reason: error.message } };
  }
  return { tag: "failed", val: said(error) };
}

/** The answer of a call, or its error as the interface has it. */
export function answered(call, wrong = failure) {
  try {
    return call();
  } catch (error) {
    throw wrong(error);
  }
}
