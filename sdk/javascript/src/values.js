// Small things about JSON values that several modules need.

/** Whether it is an object with keys, and no array. */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as people write it: a text as it is, anything else as JSON. */
export function word(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The number that a value is, or that its text spells; `undefined` when it is none. */
export function spelledNumber(value) {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "" || value !== value.trim()) return undefined;
  const number = Number(value);
  return Number.isFinite(number) && !/^[+-]?0[xob]/i.test(value) ? number : undefined;
}

/** A key as RFC 6901 writes it in a pointer. */
export function escapedKey(key) {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Text in the order of its code points, as the daemon sorts it. */
export function byCodePoint(a, b) {
  const [left, right] = [[...a], [...b]];
  const at = left.findIndex((c, i) => c !== right[i]);
  if (at < 0) return left.length - right.length;
  return at < right.length ? left[at].codePointAt(0) - right[at].codePointAt(0) : 1;
}
