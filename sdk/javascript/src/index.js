// Write Tellify plugins in JavaScript and TypeScript: see `index.d.ts`.

export { AnyOf, anyOf, Conditions, conditions } from "./any_of.js";
export { Emit, emit } from "./emit.js";
export { BadConfig, Failed, Misfit, PluginError, Retry } from "./error.js";
export { compareSeverities, Event, SEVERITIES } from "./event.js";
export { bounded, Fields, fields } from "./fields.js";
export { Finding, isNews, isOver, Telling, turnBetween } from "./finding.js";
export { escapeHtml, Gang } from "./gang.js";
export {
  BadArguments,
  defineChannel,
  defineHandler,
  defineIngest,
  defineMonitor,
  defineSource,
  Ignored,
  Malformed,
  Request,
  TimedOut,
  Unauthorized,
  UnknownMethod,
} from "./kinds.js";
export { Bound, boundOf, holding, limit, limitProblems, worst } from "./limits.js";
export { log } from "./log.js";
export { Outcome } from "./outcome.js";
export { http, HttpError, Response, SecretError, secrets, SourceError, sources } from "./outside.js";
export { require } from "./requirement.js";
export { Rows } from "./rows.js";
export { anything, integer, list, map, number, object, oneOf, optional, severity, text, truth } from "./shape.js";
export { Span, span } from "./span.js";
export { state } from "./state.js";
export { oneLine, Template, template } from "./template.js";
export { moment, rfc3339 } from "./time.js";
export { timers } from "./timers.js";
