//! Token secrets: made from 256 random bits, shown once, kept only as a hash.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The text of a token. It is never logged: it has no `Debug` and no `Display`.
pub struct Secret(String);

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{} is empty: put a token of at least {} characters there, or remove it", path.display(), Secret::LENGTH_MIN)]
    Empty { path: PathBuf },
}

impl Secret {
    /// Below this an administrator's own choice could be guessed.
    const LENGTH_MIN: usize = 20;
    /// Lets secret scanners, people and doors tell what a text is.
    pub const PREFIX: &str = "tfy_";

    /// # Errors
    /// When the system gives no randomness.
    pub fn mint() -> Result<Secret, SecretError> {
        let mut bits = [0u8; 32];
        getrandom::fill(&mut bits).map_err(|e| SecretError::Random(e.to_string()))?;
        Ok(Secret(format!("{}{}", Secret::PREFIX, URL_SAFE_NO_PAD.encode(bits))))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> String {
        hash(&self.0)
    }
}

/// SHA-256 of a secret in lower-case hexadecimal. Comparing hashes tells an
/// attacker nothing about the secret, so no constant-time comparison is needed.
pub fn hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The administrator's token: a file beside the data that whoever owns the machine
/// can read, and nobody else.
pub struct AdminToken {
    hash: String,
    /// Made just now, by the first start.
    pub fresh: bool,
}

impl AdminToken {
    /// Reads `<data>/admin-token`, or makes it with mode 0600.
    ///
    /// # Errors
    /// When the file can be neither read nor made, or holds too little.
    pub fn open(data: &Path) -> Result<AdminToken, SecretError> {
        let path = data.join("admin-token");
        let failed = |error| SecretError::File { path: path.clone(), error };
        match fs::read_to_string(&path) {
            Ok(text) if text.trim().len() >= Secret::LENGTH_MIN => {
                Ok(AdminToken { hash: hash(text.trim()), fresh: false })
            }
            Ok(_) => Err(SecretError::Empty { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = Secret::mint()?;
                let mut file = fs::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
                    .map_err(failed)?;
                if let Err(error) = writeln!(file, "{}", secret.reveal()).and_then(|()| file.sync_all()) {
                    // An empty one would be in the way of the next start.
                    let _ = fs::remove_file(&path);
                    return Err(failed(error));
                }
                Ok(AdminToken { hash: secret.hash(), fresh: true })
            }
            Err(error) => Err(failed(error)),
        }
    }

    pub(crate) fn opens_with(&self, hash: &str) -> bool {
        self.hash == hash
    }
}
