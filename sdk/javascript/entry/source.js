// A component of the world `source`: `the-plugin` is the author's module.

import * as log from "tellify:plugin/log@0.2.0";
import * as http from "tellify:plugin/http@0.2.0";
import * as secrets from "tellify:plugin/secrets@0.2.0";
import plugin from "the-plugin";
import { querying as exported } from "../src/guest/querying.js";
import { descriptor as described } from "../src/guest/descriptor.js";
import { connect } from "../src/host/index.js";

if (plugin?.kind !== "source") {
  throw new TypeError(`plugin.toml says that this is a source, and its module's default export is ${plugin?.kind ?? "none"}`);
}

connect({ log, http, secrets });

export const descriptor = described(plugin);
export const querying = exported(plugin);
