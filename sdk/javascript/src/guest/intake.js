// The exports of the world `ingest`.

import { BadConfig } from "../error.js";
import { Ignored, Malformed, Request, Unauthorized } from "../kinds.js";
import { utf8 } from "../utf8.js";
import { answered, Configurations, said } from "./called.js";
import * as convert from "./convert.js";

export function intake(plugin) {
  const saved = new Configurations(plugin);
  const accept = (c, now, r) => {
    const request = new Request({ ...r, headers: convert.pairs(r.headers), body: Uint8Array.from(r.body) });
    return accepted(plugin.accept(saved.of(c), now, request));
  };
  return { accept: (c, now, r) => answered(() => accept(c, now, r), rejection) };
}

const TAGS = [
  [Unauthorized, "unauthorized"],
  [Malformed, "malformed"],
  [Ignored, "ignored"],
];

function rejection(error) {
  const tag = TAGS.find(([Kind]) => error instanceof Kind)?.[1];
  if (tag) return { tag, val: error.message };
  // Only the door's owner can mend this.
  if (!(error instanceof BadConfig)) return { tag: "failed", val: said(error) };
  return { tag: "failed", val: `this door's configuration does not read: ${error.message}` };
}

function accepted({ events, reply }) {
  const body = (bytes) => (typeof bytes === "string" ? utf8(bytes) : (bytes ?? new Uint8Array()));
  const answer = reply && {
    status: reply.status,
    headers: convert.attributes(reply.headers),
    body: body(reply.body),
  };
  return { events: events.map(convert.newEvent), reply: answer ?? null };
}
