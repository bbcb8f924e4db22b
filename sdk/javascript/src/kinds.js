// The five kinds of plugins: what their author writes, completed with what is left out.

import { Misfit, PluginError } from "./error.js";
import { firstNotUtf8, fromUtf8 } from "./utf8.js";

const ABOUT = ["name", "version", "title", "description", "config"];

const COMMON = {
  uiHints: {},
  validate: () => [],
  titleOf: undefined,
  summaryOf: undefined,
};

function define(kind, calls, defaults, plugin) {
  const missing = [...ABOUT, ...calls].find((key) => plugin[key] === undefined);
  if (missing) throw new TypeError(`this ${kind} has no \`${missing}\``);
  const titles = { titleOf: () => plugin.title, summaryOf: () => plugin.description };
  return Object.freeze({ ...COMMON, ...defaults, ...titles, ...plugin, kind });
}

/** A handler: looks at events for a subscription and says what people should know. */
export function defineHandler(plugin) {
  const { gang } = plugin;
  const defaults = {
    wakesFirst: false,
    requiredFields: () => [],
    alertText: (items) => gang?.line(items),
    alertAscii: (items) => gang?.lines(items),
    alertHtml: (items) => gang?.list(items),
  };
  return define("handler", ["handle"], defaults, plugin);
}

/** An ingest plugin: reads what another system sends to one of its doors. */
export const defineIngest = (plugin) => define("ingest", ["accept"], {}, plugin);
/** A monitor: looks at something outside, and says whether it is as it should be. */
export const defineMonitor = (plugin) => define("monitor", ["check"], {}, plugin);
/** A source: answers questions of monitors from behind one configured connection. */
export const defineSource = (plugin) => define("source", ["methods", "call"], {}, plugin);
/** A channel: hands a rendered digest to some service for one recipient. */
export const defineChannel = (plugin) => define("channel", ["deliver"], {}, plugin);

/** A request to a door, whole. */
export class Request {
  constructor({ method = "POST", path = "", query = "", headers = [], body = new Uint8Array(), remote = "" }) {
    Object.assign(this, { method, path, query, headers, body, remote });
  }

  header(name) {
    return this.headers.find(([key]) => key === name)?.[1];
  }

  text() {
    const at = firstNotUtf8(this.body);
    if (at !== undefined) throw new Malformed(`byte ${at} of the body is not UTF-8`);
    return fromUtf8(this.body);
  }

  json() {
    try {
      return JSON.parse(this.text());
    } catch (why) {
      throw why instanceof Malformed ? why : new Malformed(why.message);
    }
  }
}

/** The sender did not prove who they are. */
export class Unauthorized extends PluginError {}
/** The payload is not what it should be; says where and why. */
export class Malformed extends PluginError {}
/** Not for us (a ping, an ignored kind): answered with 200, nothing stored. */
export class Ignored extends PluginError {}

/** A source has no such method. */
export class UnknownMethod extends PluginError {}
/** A source cannot answer with these arguments, whatever the schema says. */
export class BadArguments extends PluginError {}
/** What lies behind a source did not answer in time. */
export class TimedOut extends PluginError {}

/** What a plugin finds wrong with a configuration; what does not even read is one problem. */
export function problemsOf(plugin, username, data) {
  try {
    return [...plugin.validate(username, plugin.config.read(data, ""))];
  } catch (why) {
    if (why instanceof Misfit) return [{ pointer: why.pointer, message: why.reason }];
    throw why;
  }
}
