// What every plugin exports.

import { BadConfig, PluginError } from "../error.js";
import { problemsOf } from "../kinds.js";
import { Configurations } from "./called.js";

export function descriptor(plugin) {
  const saved = new Configurations(plugin);
  // The one thing that the daemon must know of a handler before it calls it.
  const more = plugin.wakesFirst ? { "x-wakes-first": true } : {};
  const { name, version, title, description } = plugin;
  const configSchema = JSON.stringify({ ...plugin.config.schema, ...more });
  const uiHints = JSON.stringify(plugin.uiHints);
  return {
    describe: () => ({ name, version, title, description, configSchema, uiHints }),
    validate: (username, parameters) => problemsOf(plugin, username, JSON.parse(parameters)),
    title: (c) => unlessUnread(() => plugin.titleOf(saved.of(c)), () => title),
    summary: (c) => unlessUnread(() => plugin.summaryOf(saved.of(c)), (why) => why.message),
  };
}

function unlessUnread(say, otherwise) {
  try {
    return say();
  } catch (error) {
    if (error instanceof BadConfig) return otherwise(error);
    throw error instanceof PluginError ? new Error(error.message) : error;
  }
}
