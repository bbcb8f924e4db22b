// The store of one subscription: what a handler remembers between calls.
//
// Values are JSON. Writes are committed together with the call's outcome; a call that fails leaves
// none. A value is at most 64 KiB, a subscription's values together at most 1 MiB. Anything kept in a
// variable instead is lost between calls.

import { Failed } from "./error.js";
import { failureOf, host, Refused } from "./host/index.js";
import { fromUtf8, utf8 } from "./utf8.js";

/** Keys asked for at a time: one page is far below what a call may take from the host. */
const PAGE_KEYS = 1000;

export const state = {
  get(key) {
    const stored = asked(key, () => host.state.get(key));
    if (stored == null) return undefined;
    try {
      return JSON.parse(fromUtf8(stored));
    } catch (why) {
      throw new Failed(`the state under \`${key}\` does not read as expected: ${why.message}`);
    }
  },

  set(key, value, ttlS) {
    asked(key, () => host.state.set(key, utf8(JSON.stringify(value)), ttlS ?? null));
  },

  setIfRoom(key, value, ttlS) {
    try {
      state.set(key, value, ttlS);
      return true;
    } catch (error) {
      if (error instanceof Refused && error.why === "quota") return false;
      throw error;
    }
  },

  delete(key) {
    asked(key, () => host.state.delete(key));
  },

  increment(key, by = 1, ttlS) {
    return asked(key, () => host.state.increment(key, by, ttlS ?? null));
  },

  keys(prefix = "", count = Infinity) {
    const found = [];
    for (;;) {
      const wanted = Math.min(PAGE_KEYS, count - found.length);
      const page = asked(prefix, () => host.state.keys(prefix, found.at(-1) ?? null, wanted));
      found.push(...page);
      if (page.length < wanted || found.length === count) return found;
    }
  },
};

function asked(key, ask) {
  try {
    return ask();
  } catch (error) {
    const failure = failureOf(error);
    throw failure ? new Refused(failure.tag, key) : error;
  }
}
