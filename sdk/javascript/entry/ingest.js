// A component of the world `ingest`: `the-plugin` is the author's module.

import * as log from "tellify:plugin/log@0.2.0";
import * as http from "tellify:plugin/http@0.2.0";
import * as secrets from "tellify:plugin/secrets@0.2.0";
import plugin from "the-plugin";
import { intake as exported } from "../src/guest/intake.js";
import { descriptor as described } from "../src/guest/descriptor.js";
import { connect } from "../src/host/index.js";

if (plugin?.kind !== "ingest") {
  throw new TypeError(`plugin.toml says that this is a ingest, and its module's default export is ${plugin?.kind ?? "none"}`);
}

connect({ log, http, secrets });

export const descriptor = described(plugin);
export const intake = exported(plugin);
