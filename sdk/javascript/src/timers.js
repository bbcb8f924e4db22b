// Many moments on one wake-up: a configuration has one pending wake-up, and a handler that waits for
// something of each of its keys needs more.
//
// The moments lie in the state, in order of time, under keys that begin with `@`. A name may have
// several; one that is due too early is no harm to a handler that looks at what it knows, and asks anew.

import { state } from "./state.js";

const PREFIX = "@";
/** So many are taken at a time: one call must stay far within its limits. */
const TAKEN_MAX = 250;

export const timers = {
  set(name, at) {
    state.set(keyOf(name, at), 0);
  },

  setIfRoom(name, at) {
    return state.setIfRoom(keyOf(name, at), 0);
  },

  takeDue(now) {
    const due = [];
    for (const key of state.keys(PREFIX, TAKEN_MAX)) {
      const timer = read(key);
      if (timer?.at > now) break;
      // What does not read is not ours, and in our place.
      if (timer) due.push(timer.name);
      state.delete(key);
    }
    return due;
  },

  arm(out) {
    const [first] = state.keys(PREFIX, 1).map(read);
    if (first) out.wakeAt(first.at);
    else out.clearWake();
  },
};

/** Sixteen hexadecimal digits sort like the moments themselves. */
function keyOf(name, at) {
  return `${PREFIX}${Math.max(at, 0).toString(16).padStart(16, "0")}:${name}`;
}

function read(key) {
  const [, digits, name] = /^@([0-9a-f]{16}):([^]*)$/.exec(key) ?? [];
  return digits && { at: Number.parseInt(digits, 16), name };
}
