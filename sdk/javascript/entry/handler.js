// A component of the world `handler`: `the-plugin` is the author's module.

import * as log from "tellify:plugin/log@0.2.0";
import * as state from "tellify:plugin/state@0.2.0";
import plugin from "the-plugin";
import { handling as exported } from "../src/guest/handling.js";
import { descriptor as described } from "../src/guest/descriptor.js";
import { connect } from "../src/host/index.js";

if (plugin?.kind !== "handler") {
  throw new TypeError(`plugin.toml says that this is a handler, and its module's default export is ${plugin?.kind ?? "none"}`);
}

connect({ log, state });

export const descriptor = described(plugin);
export const handling = exported(plugin);
