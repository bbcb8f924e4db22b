//! Secrets: what an administrator keeps here for plugins and sources, shown to nobody.

use serde::{Deserialize, Serialize};

use crate::{Ciphertext, KeyId, Name, Timestamp};

/// A secret as records and state hold it. Each value has a key of its own, which is
/// destroyed when it is replaced or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRecord {
    pub name: Name,
    pub set: Timestamp,
    /// None: the administrator's token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_by: Option<Name>,
    pub whole: Ciphertext,
}

impl SecretRecord {
    /// Longest value, in bytes: a private key with its chain of certificates fits.
    pub const BYTES_MAX: usize = 64 << 10;

    pub fn key(&self) -> &KeyId {
        &self.whole.key
    }
}
