// Single calls, with the configuration as JSON.

import { BadConfig, Misfit } from "../error.js";
import { now as here } from "../host/native.js";
import { problemsOf, Request, UnknownMethod } from "../kinds.js";

/** The configuration as calls get it; throws {@link BadConfig}. */
export function read(plugin, config) {
  try {
    return plugin.config.read(config, "");
  } catch (why) {
    throw why instanceof Misfit ? new BadConfig(why.message) : why;
  }
}

export function validate(plugin, config) {
  return problemsOf(plugin, "tester", config);
}

export function accept(plugin, config, now, request) {
  return plugin.accept(read(plugin, config), now, new Request(request));
}

export function check(plugin, config, now) {
  const { store } = here;
  const given = read(plugin, config);
  store.begin(now);
  try {
    return plugin.check(given, now);
  } catch (error) {
    store.takeBack();
    throw error;
  }
}

export function query(plugin, config, now, method, args) {
  const known = plugin.methods.find(({ name }) => name === method);
  if (!known) throw new UnknownMethod(`there is no method \`${method}\``);
  return plugin.call(read(plugin, config), now, method, known.arguments.read(args, ""));
}

export function deliver(plugin, config, now, message) {
  const nothing = { recipient: "alice", severity: "notice", subject: "", text: "", ascii: "", items: [], links: [] };
  return plugin.deliver(read(plugin, config), now, { id: "m1", attempt: 1, ...nothing, ...message });
}
