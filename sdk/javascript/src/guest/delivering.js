// The exports of the world `channel`.

import { answered, Configurations } from "./called.js";
import * as convert from "./convert.js";

export function delivering(plugin) {
  const saved = new Configurations(plugin);
  const deliver = (c, now, m) => plugin.deliver(saved.of(c), now, message(m)) ?? null;
  return { deliver: (c, now, m) => answered(() => ({ reference: deliver(c, now, m) })) };
}

function message(theirs) {
  return {
    ...theirs,
    html: theirs.html ?? undefined,
    previous: theirs.previous ?? undefined,
    items: theirs.items.map((item) => ({ ...item, data: JSON.parse(item.data) })),
    links: convert.pairs(theirs.links),
  };
}
