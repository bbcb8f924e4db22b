// One row for each thing that a handler tells apart, and a bound on how many there are.

import { log } from "./log.js";
import { state } from "./state.js";

/** How many rows have been stored since they were last counted. */
const STORED = "!stored";
/** Stands for a minute after a count found them to be too many. */
const FULL = "!full";
/** Stands for a day after the owner was told. */
const TOLD = "!told";
const MINUTE_S = 60;
const DAY_S = 86_400;

/**
 * Rows by key in the state, each any JSON. What people send decides how many keys there are, so
 * there is a bound; who is turned away at it is told of once a day.
 */
export class Rows {
  #prefix;
  #most;

  constructor(prefix, most) {
    this.#prefix = prefix;
    this.#most = most;
  }

  get(key) {
    return state.get(this.#prefix + key);
  }

  update(key, row, ttlS) {
    return state.setIfRoom(this.#prefix + key, row, ttlS);
  }

  insert(key, row, ttlS) {
    let stored = state.get(STORED) ?? 0;
    if (stored >= this.#most) {
      if (state.get(FULL) !== undefined) return false;
      // Rows go away in many ways, so only a count tells how many there are.
      stored = state.keys(this.#prefix, this.#most).length;
      if (stored === this.#most) {
        state.setIfRoom(FULL, 1, MINUTE_S);
        return false;
      }
    }
    return state.setIfRoom(STORED, stored + 1) && this.update(key, row, ttlS);
  }

  remove(key) {
    state.delete(this.#prefix + key);
  }

  keys() {
    return state.keys(this.#prefix).map((key) => key.slice(this.#prefix.length));
  }

  turnAway(title, out) {
    log.warn(title);
    if (state.get(TOLD) === undefined && state.setIfRoom(TOLD, 1, DAY_S)) out.note("full", "warning", title);
  }
}
