// What a handler returns, gathered in the order of the calls.

export class Outcome {
  alerts = [];
  events = [];
  /** `{ tag: "keep" }`, `{ tag: "clear" }` or `{ tag: "at", val: moment }`. */
  wake = { tag: "keep" };

  firing(key, severity, title, data = null) {
    this.alerts.push({ key, state: "firing", severity, title, data });
  }

  resolved(key, severity, title, data = null) {
    this.alerts.push({ key, state: "resolved", severity, title, data });
  }

  note(key, severity, title, data = null) {
    this.alerts.push({ key, state: "note", severity, title, data });
  }

  emit(event) {
    this.events.push(event);
  }

  wakeAt(at) {
    this.wake = { tag: "at", val: at };
  }

  clearWake() {
    this.wake = { tag: "clear" };
  }
}
