// Moments: whole milliseconds since the Unix epoch, UTC, as plain numbers.

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** RFC 3339 in UTC with milliseconds: `2026-11-20T10:00:00.000Z`. */
export function rfc3339(at) {
  return new Date(at).toISOString();
}

/** Reads RFC 3339 with `Z` or an offset; what is finer than a millisecond is cut off. Throws for all else. */
export function moment(text) {
  const parts = RFC_3339.exec(text);
  const wrong = () => new Error("not an RFC 3339 time with an offset, such as 2026-11-20T10:00:00Z");
  if (!parts) throw wrong();
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
  const date = Date.UTC(year, month - 1, day);
  // The 31st of a shorter month would come back as a day of the next.
  if (new Date(date).getUTCDate() !== day || hour > 23 || minute > 59 || second > 60) throw wrong();
  const ms = Number((parts[7] ?? "").padEnd(3, "0").slice(0, 3));
  const offset = (Number(parts[9] ?? 0) * 60 + Number(parts[10] ?? 0)) * (parts[8] === "-" ? -1 : 1);
  return date + ((hour * 60 + minute - offset) * 60 + second) * 1000 + ms;
}
