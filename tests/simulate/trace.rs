//! All that happened in a life, line by line.

use crate::life::Past;

/// The same seed leads to the same lines.
pub(crate) fn trace(past: &Past) -> Vec<String> {
    let records = past.records.iter().map(|recorded| {
        let record = serde_json::to_string(&recorded.record).expect("records are JSON");
        format!("{} {} {record}", recorded.seq, recorded.received)
    });
    let calls = past.calls.iter().map(|call| format!("{call:?}"));
    let acknowledged = past.acknowledged.iter().map(|told| format!("{told:?}"));
    records.chain(calls).chain(acknowledged).collect()
}
