// Lengths of time, as people write them in a configuration: `90s`, `5m`, `1h30m`, `14d`.

import { parsed } from "./shape.js";

/** In falling order, as they are written and read. */
const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000], ["ms", 1]];
/** Ten years: longer ones are mistakes. */
const MAX_MS = 3_652 * 86_400_000;
const WRITTEN = new RegExp(`^${UNITS.map(([unit]) => `(?:(\\d+)${unit}(?![a-z]))?`).join("")}$`);

/** A length of time in whole milliseconds, from nought to ten years. */
export class Span {
  constructor(ms) {
    this.ms = ms;
  }

  static parse(text) {
    const found = typeof text === "string" ? WRITTEN.exec(text.trim())?.slice(1) : undefined;
    const ms = UNITS.reduce((sum, [, unit], i) => sum + Number(found?.[i] ?? 0) * unit, 0);
    if (!found?.some((number) => number !== undefined) || ms > MAX_MS) {
      throw new Error(
        `\`${text}\` is no length of time up to ten years: write whole numbers with d, h, m, s or ms, ` +
          "the larger first, such as 90s or 1h30m",
      );
    }
    return new Span(ms);
  }

  get seconds() {
    return Math.ceil(this.ms / 1000);
  }

  toString() {
    if (this.ms === 0) return "0s";
    let rest = this.ms;
    const part = ([unit, ms]) => {
      const count = Math.floor(rest / ms);
      rest %= ms;
      return count > 0 ? `${count}${unit}` : "";
    };
    return UNITS.map(part).join("");
  }

  toJSON() {
    return this.toString();
  }
}

/** The shape of a {@link Span}. */
export function span(about = "A length of time, such as 90s, 5m, 1h30m or 14d.") {
  // The pattern says less than the parser, but names the field that is wrong.
  return parsed({ type: "string", pattern: "^([0-9]+(d|h|m|s|ms))+$" }, Span.parse, about);
}
