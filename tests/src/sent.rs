//! The events of a run under fire: each can be made again from its place alone, so that
//! who sends it and who judges what became of it need not tell each other.

use serde_json::{Value, json};

/// Every lane sends for itself, one request at a time: so what came of a lane's events
/// does not depend on when the others' came.
pub const LANES: u64 = 16;

/// The source and id of the event at a place.
pub fn identity(lane: u64, n: u64) -> (String, String) {
    (format!("lane{lane}"), format!("{lane}-{n}"))
}

/// The event at a place, as it is sent.
pub fn event(lane: u64, n: u64) -> Value {
    let (source, id) = identity(lane, n);
    let (kind, data) = told(lane, n);
    json!({"id": id, "source": source, "type": kind, "data": data})
}

/// The same with other content: a conflict.
pub fn conflict(lane: u64, n: u64) -> Value {
    let mut event = event(lane, n);
    event["data"]["changed"] = json!(true);
    event
}

/// What must be stored of it, but for its identity.
pub fn content(kind: &str, data: &Value) -> String {
    format!("{kind} {data}")
}

/// Of a hundred events more than half concern nobody; the others make conditions begin and end.
fn told(lane: u64, n: u64) -> (&'static str, Value) {
    let toggled = |every: u64| (n / every) % 2 == 1;
    match n % 100 {
        50..70 => ("disk", json!({"disk": lane, "percent": if toggled(200) { 95 } else { 42 }, "n": n})),
        70..80 => ("build", json!({"block": lane, "status": if toggled(400) { "fail" } else { "good" }})),
        80..90 => ("step", json!({"group": format!("{lane}-{}", n / 200), "n": n})),
        90 => ("note", json!({"what": format!("{lane}-{n}")})),
        91..95 => ("alive", json!({"host": format!("h{lane}")})),
        _ => ("reading", json!({"meter": lane, "value": n})),
    }
}
