// UTF-8 by hand: the engine of a component has neither TextEncoder nor TextDecoder.

/** The bytes of a text. */
export function utf8(text) {
  const escaped = encodeURIComponent(text.toWellFormed());
  const bytes = [];
  for (let i = 0; i < escaped.length; i += 1) {
    const isByte = escaped[i] === "%";
    bytes.push(isByte ? Number.parseInt(escaped.slice(i + 1, i + 3), 16) : escaped.charCodeAt(i));
    if (isByte) i += 2;
  }
  return Uint8Array.from(bytes);
}

/** The text of some bytes; throws when they are no UTF-8. */
export function fromUtf8(bytes) {
  let escaped = "";
  for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, "0")}`;
  return decodeURIComponent(escaped);
}

/** The text of some bytes, with marks in place of what is no UTF-8. */
export function fromUtf8Lossy(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] < 0x80 ? 1 : bytes[at] < 0xe0 ? 2 : bytes[at] < 0xf0 ? 3 : 4;
    const character = attempt(bytes.subarray(at, at + length));
    text += character ?? "\ufffd";
    at += character === undefined ? 1 : length;
  }
  return text;
}

/** The place of the first byte that is no UTF-8; `undefined` when all is well. */
export function firstNotUtf8(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] < 0x80 ? 1 : bytes[at] < 0xe0 ? 2 : bytes[at] < 0xf0 ? 3 : 4;
    if (attempt(bytes.subarray(at, at + length)) === undefined) return at;
    at += length;
  }
  return undefined;
}

function attempt(bytes) {
  try {
    return fromUtf8(bytes);
  } catch {
    return undefined;
  }
}
