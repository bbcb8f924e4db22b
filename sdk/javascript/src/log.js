// Lines for the author; the host keeps the last of them with each failed call.

import { host } from "./host/index.js";

const at = (level) => (message) => host.log.log(level, message);

export const log = {
  trace: at("trace"),
  debug: at("debug"),
  info: at("info"),
  warn: at("warn"),
  error: at("error"),
};
