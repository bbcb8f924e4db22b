// What a call may fail with. A call that throws leaves nothing behind: its state writes, alerts and
// events are discarded. Whatever else is thrown fails the call too, and its stack goes to the log.

/** The base of those below. */
export class PluginError extends Error {
  get name() {
    return this.constructor.name;
  }
}

/** The configuration can never work: the host disables it and tells its owner. */
export class BadConfig extends PluginError {}

/** Worth another try, `afterMs` milliseconds from now; without it after the host's own back-off. */
export class Retry extends PluginError {
  constructor(reason, afterMs) {
    super(reason);
    this.afterMs = afterMs;
  }
}

/** Give up on this call only. */
export class Failed extends PluginError {}

/** A value that a configuration cannot have, and where it stands. */
export class Misfit extends PluginError {
  constructor(pointer, reason) {
    super(pointer ? `${pointer}: ${reason}` : reason);
    this.pointer = pointer;
    this.reason = reason;
  }
}
