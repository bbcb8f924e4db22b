// A component of the world `monitor`: `the-plugin` is the author's module.

import * as log from "tellify:plugin/log@0.2.0";
import * as state from "tellify:plugin/state@0.2.0";
import * as http from "tellify:plugin/http@0.2.0";
import * as secrets from "tellify:plugin/secrets@0.2.0";
import * as sources from "tellify:plugin/sources@0.2.0";
import plugin from "the-plugin";
import { checking as exported } from "../src/guest/checking.js";
import { descriptor as described } from "../src/guest/descriptor.js";
import { connect } from "../src/host/index.js";

if (plugin?.kind !== "monitor") {
  throw new TypeError(`plugin.toml says that this is a monitor, and its module's default export is ${plugin?.kind ?? "none"}`);
}

connect({ log, state, http, secrets, sources });

export const descriptor = described(plugin);
export const checking = exported(plugin);
