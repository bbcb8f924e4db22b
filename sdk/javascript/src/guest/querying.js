// The exports of the world `source`.

import { BadConfig, Misfit } from "../error.js";
import { BadArguments, TimedOut, UnknownMethod } from "../kinds.js";
import { answered, Configurations, said } from "./called.js";
import * as convert from "./convert.js";

export function querying(plugin) {
  const saved = new Configurations(plugin);
  const call = (c, now, method, text) => {
    const known = plugin.methods.find(({ name }) => name === method);
    if (!known) throw new UnknownMethod(`there is no method \`${method}\``);
    return convert.json(plugin.call(saved.of(c), now, method, argumentsOf(known, text)));
  };
  return {
    methods: () => plugin.methods.map(methodOf),
    call: (c, now, method, text) => answered(() => call(c, now, method, text), failure),
  };
}

function methodOf({ name, summary, arguments: given, result }) {
  const schemas = { argumentsSchema: JSON.stringify(given.schema), resultSchema: JSON.stringify(result.schema) };
  return { name, summary, ...schemas };
}

function argumentsOf(method, text) {
  try {
    return method.arguments.read(JSON.parse(text), "");
  } catch (why) {
    throw why instanceof Misfit ? new BadArguments(why.message) : why;
  }
}

function failure(error) {
  if (error instanceof UnknownMethod) return { tag: "unknown-method" };
  if (error instanceof BadArguments) return { tag: "bad-arguments", val: error.message };
  if (error instanceof BadConfig) return { tag: "bad-config", val: error.message };
  if (error instanceof TimedOut) return { tag: "timeout" };
  return { tag: "failed", val: said(error) };
}
