//! What a value looks like on disk: a checksum of eight bytes, then JSON.
//!
//! redb verifies its pages only when it repairs, so a bit that flips on the disk
//! would be served. The checksum covers table and key too: a good value that turns
//! up in another row's place is found as well.

use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::StateError;

const CHECKSUM_BYTES: usize = 8;

pub(super) fn encode<V: Serialize>(table: &str, key: &[u8], value: &V) -> Vec<u8> {
    let mut bytes = vec![0; CHECKSUM_BYTES];
    serde_json::to_writer(&mut bytes, value)
        .expect("a row has text for keys, and a Vec takes all that comes");
    let sum = checksum(table, key, &bytes[CHECKSUM_BYTES..]);
    bytes[..CHECKSUM_BYTES].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// The JSON of a value whose checksum holds.
///
/// # Errors
/// `Damaged` when it does not.
pub(super) fn verify<'b>(table: &'static str, key: &[u8], bytes: &'b [u8]) -> Result<&'b [u8], StateError> {
    let sound = bytes
        .split_first_chunk::<CHECKSUM_BYTES>()
        .filter(|(sum, json)| u64::from_le_bytes(**sum) == checksum(table, key, json));
    match sound {
        Some((_, json)) => Ok(json),
        None => Err(damaged(table, key, "its checksum does not hold")),
    }
}

/// # Errors
/// `Damaged` when the checksum does not hold, or what it covers is no such value.
pub(super) fn decode<V: DeserializeOwned>(
    table: &'static str,
    key: &[u8],
    bytes: &[u8],
) -> Result<V, StateError> {
    let json = verify(table, key, bytes)?;
    serde_json::from_slice(json).map_err(|e| damaged(table, key, &e.to_string()))
}

pub(super) fn damaged(table: &'static str, key: &[u8], message: &str) -> StateError {
    StateError::Damaged { table, key: key.escape_ascii().to_string(), message: message.to_owned() }
}

fn checksum(table: &str, key: &[u8], json: &[u8]) -> u64 {
    xxh3_64_with_seed(json, xxh3_64_with_seed(key, xxh3_64(table.as_bytes())))
}
