//! Secrets that an administrator set and granted, by name.
//!
//! To check a signature or a token, [`verify_hmac`] and [`verify_equal`] do without the
//! secret itself ever coming here.

use std::fmt;

use crate::host;

/// What an HMAC is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// Why there is no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretError {
    /// Nobody granted it; says what to ask for.
    Denied(String),
    /// It was granted, and is not there.
    Missing(String),
}

/// The secret itself, to be sent on. It belongs in no log, title or event.
pub fn get(name: &str) -> Result<String, SecretError> {
    host::secret(name)
}

/// Whether this is the HMAC of `data` under the secret; `signature` is raw bytes.
pub fn verify_hmac(name: &str, hash: Hash, data: &[u8], signature: &[u8]) -> Result<bool, SecretError> {
    host::verify_hmac(name, hash, data, signature)
}

/// Whether this is the secret.
pub fn verify_equal(name: &str, value: &str) -> Result<bool, SecretError> {
    host::verify_equal(name, value)
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretError::Denied(why) | SecretError::Missing(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for SecretError {}
