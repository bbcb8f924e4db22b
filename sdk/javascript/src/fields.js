// The fields that tell one thing from another.

import { require } from "./requirement.js";
import { parsed } from "./shape.js";
import { fromUtf8, utf8 } from "./utf8.js";

/**
 * Longer keys are cut off, with a mark of what was cut: they are kept in the state, where a key has
 * its bound, and nobody reads them.
 */
const KEY_BYTES_MAX = 200;
const BETWEEN = " / ";

/** One field, or several that only together tell one thing from another. */
export class Fields {
  constructor(names) {
    this.names = typeof names === "string" ? names.split(",").map((name) => name.trim()) : names;
    if (this.names.length === 0 || this.names.includes("")) throw new Error("the name of a field is missing");
  }

  key(event) {
    const values = this.names.map((name) => event.string(name));
    return values.includes(undefined) ? undefined : bounded(values.join(BETWEEN));
  }

  part(field, key) {
    const parts = key.split(BETWEEN);
    return parts.length === this.names.length ? parts[this.names.indexOf(field)] : undefined;
  }

  requirements() {
    return this.names.map(require.present);
  }

  toString() {
    return this.names.join(" and ");
  }
}

/** A text of any length as a key of at most 200 bytes: itself, or its beginning with a hash of the whole. */
export function bounded(text) {
  const bytes = utf8(text);
  if (bytes.length <= KEY_BYTES_MAX) return text;
  let mark = 0xcbf29ce484222325n;
  for (const byte of bytes) mark = BigInt.asUintN(64, (mark ^ BigInt(byte)) * 0x100000001b3n);
  let end = KEY_BYTES_MAX - utf8("…").length - 16;
  // Not in the midst of a character.
  while ((bytes[end] & 0xc0) === 0x80) end -= 1;
  return `${fromUtf8(bytes.subarray(0, end))}…${mark.toString(16).padStart(16, "0")}`;
}

/** The shape of {@link Fields}. */
export function fields(about = "A field, or a comma list or array of fields.") {
  const read = (value) => {
    const isList = Array.isArray(value) && value.every((name) => typeof name === "string");
    if (isList || typeof value === "string") return new Fields(value);
    throw new Error("a field's name, a comma list or an array of names must stand here");
  };
  return parsed({ type: ["string", "array"], items: { type: "string" }, minItems: 1 }, read, about);
}
