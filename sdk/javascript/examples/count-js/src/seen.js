// What was seen within the window, in little space.

/** So many moments are kept apart; then they are put together in slots. */
export const MOMENTS_MAX = 128;
/** Slots of the window, when there are more moments than that. */
export const SLOTS = 64;
/** More distinct values are not kept: the ones seen longest ago go. */
export const VALUES_MAX = 256;

/** Events, or distinct values, each at the moment at which it was seen last. */
export class Seen {
  constructor({ events = [], values = {} } = {}) {
    /** Moments in milliseconds, the oldest first, with how many events there were. */
    this.events = events;
    this.values = new Map(Object.entries(values));
  }

  addEvent(now, within) {
    const last = this.events.at(-1);
    if (last?.[0] === now) last[1] += 1;
    else this.events.push([now, 1]);
    if (this.events.length > MOMENTS_MAX) this.#putTogether(Math.max(Math.floor(within / SLOTS), 1));
  }

  addValue(value, now) {
    this.values.set(value, now);
    if (this.values.size <= VALUES_MAX) return;
    const older = (a, b) => (this.values.get(b) < this.values.get(a) ? b : a);
    this.values.delete(this.names().reduce(older));
  }

  /** Forgets what was seen `within` ago or longer. */
  forget(now, within) {
    this.events = this.events.filter(([at]) => at + within > now);
    this.values = new Map([...this.values].filter(([, at]) => at + within > now));
  }

  get count() {
    return this.events.reduce((sum, [, count]) => sum + count, 0) + this.values.size;
  }

  /** The values in their order. */
  names() {
    return [...this.values.keys()].sort();
  }

  /**
   * The moments at which something was seen, the oldest first, with what the count is once that is
   * forgotten.
   */
  falling() {
    const moments = [...this.events, ...[...this.values.values()].map((at) => [at, 1])];
    let left = this.count;
    return moments.sort(([a], [b]) => a - b).map(([at, count]) => [at, (left -= count)]);
  }

  toJSON() {
    const events = this.events.length > 0 ? { events: this.events } : {};
    return this.values.size > 0 ? { ...events, values: Object.fromEntries(this.values) } : events;
  }

  /** Moments of one slot become its last, so that nothing is forgotten too early. */
  #putTogether(slot) {
    const together = [];
    for (const [at, count] of this.events) {
      const last = together.at(-1);
      const isSame = last && Math.floor(last[0] / slot) === Math.floor(at / slot);
      if (isSame) together[together.length - 1] = [at, last[1] + count];
      else together.push([at, count]);
    }
    this.events = together;
  }
}
