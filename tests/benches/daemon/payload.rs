//! What is sent: events of one kilobyte and twenty fields, made once; a request only
//! gets new ids.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) const EVENT_BYTES: usize = 1024;

const ID: &str = "0000000000000000";

/// Nineteen fields; the twentieth fills the kilobyte.
const FIELDS: &str = r#"{"id":"0000000000000000","type":"disk.usage","source":"host17.example.org","subject":"/sarc/cad","severity":"notice","text":"The file system /sarc/cad on host17 is filling up.","tags":["storage","prod"],"percent":93.5,"free_bytes":123456789,"total_bytes":1899335233,"device":"/dev/mapper/vg0-cad","mounted":true,"inodes":{"used":81234,"free":918766},"owner":"alice","project":"vr0","block":"gc_t","status":"ok","samples":[91.5,92.0,92.75,93.5],"collector":"df 9.1","remark":""#;

/// Unique over all clients and rounds: a duplicate would be answered without a write.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// A whole HTTP request, sent again and again with other ids.
pub(crate) struct Request {
    bytes: Vec<u8>,
    /// Where each event's id stands.
    ids: Vec<usize>,
}

impl Request {
    /// One event as an object, several as an array.
    pub(crate) fn new(events: usize) -> Request {
        let all = vec![event(); events].join(",");
        let body = if events == 1 { all } else { format!("[{all}]") };
        let head = format!(
            "POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        let request = head + &body;
        let ids = request.match_indices(ID).map(|(at, _)| at).collect();
        Request { bytes: request.into_bytes(), ids }
    }

    /// The bytes, with ids that no request had before.
    pub(crate) fn fresh(&mut self) -> &[u8] {
        for at in &self.ids {
            let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
            write!(&mut self.bytes[*at..][..ID.len()], "{id:016x}").expect("sixteen digits fit");
        }
        &self.bytes
    }
}

fn event() -> String {
    let end = "\"}";
    let filling = "x".repeat(EVENT_BYTES - FIELDS.len() - end.len());
    format!("{FIELDS}{filling}{end}")
}
