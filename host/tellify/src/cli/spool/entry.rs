//! One file of the spool: a line that says what it is, and the events of one request.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use event::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// The events of one request, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Entry {
    /// Each a JSON object, as it is to be sent.
    pub(in crate::cli) events: Vec<String>,
    /// They were sent once, and nobody knows whether they arrived.
    pub(in crate::cli) perhaps_taken: bool,
    /// All of their ids are ours: another event under one of them is this event.
    pub(in crate::cli) own_ids: bool,
    pub(in crate::cli) since: Timestamp,
}

/// Why a file is of no use.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum Damage {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("its first line is not that of a spool file of a version that is known here")]
    Header,
    #[error("it was cut short: {found} of {expected} bytes are there")]
    Short { found: usize, expected: usize },
    #[error("its checksum does not fit its content")]
    Checksum,
}

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    /// The version of this format.
    tellify_spool: u32,
    url: String,
    since: Timestamp,
    perhaps_taken: bool,
    own_ids: bool,
    /// Length and SHA-256 of what follows the line.
    bytes: usize,
    sha256: String,
}

impl Entry {
    /// The content of a file.
    pub(super) fn written(&self, url: &str) -> Vec<u8> {
        let body = format!("[{}]", self.events.join(",\n"));
        let header = Header {
            tellify_spool: VERSION,
            url: url.to_owned(),
            since: self.since,
            perhaps_taken: self.perhaps_taken,
            own_ids: self.own_ids,
            bytes: body.len(),
            sha256: checksum(body.as_bytes()),
        };
        let header = serde_json::to_string(&header).expect("texts and numbers are always JSON");
        format!("{header}\n{body}").into_bytes()
    }

    pub(super) fn read(file: &Path) -> Result<Entry, Damage> {
        let mut reader = BufReader::new(fs::File::open(file)?);
        let header = header(&mut reader)?;
        let mut body = Vec::new();
        reader.read_to_end(&mut body)?;
        if body.len() < header.bytes {
            return Err(Damage::Short { found: body.len(), expected: header.bytes });
        }
        if checksum(&body) != header.sha256 {
            return Err(Damage::Checksum);
        }
        let events: Vec<&RawValue> = serde_json::from_slice(&body).map_err(|_| Damage::Checksum)?;
        Ok(Entry {
            events: events.into_iter().map(|event| event.get().to_owned()).collect(),
            perhaps_taken: header.perhaps_taken,
            own_ids: header.own_ids,
            since: header.since,
        })
    }

    /// Which daemon a file is for, when it says so.
    pub(super) fn url(file: &Path) -> Option<String> {
        header(&mut BufReader::new(fs::File::open(file).ok()?)).ok().map(|header| header.url)
    }
}

fn header(reader: &mut impl BufRead) -> Result<Header, Damage> {
    let mut line = Vec::new();
    // A header is short; what has none may be anything.
    reader.take(64 << 10).read_until(b'\n', &mut line)?;
    let header: Header = serde_json::from_slice(&line).map_err(|_| Damage::Header)?;
    if header.tellify_spool == VERSION { Ok(header) } else { Err(Damage::Header) }
}

fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
