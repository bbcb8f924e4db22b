//! XChaCha20-Poly1305 over a value's JSON: its nonces are long enough to be drawn at
//! random for each value, however many there are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use event::Name;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

pub(crate) const KEY_BYTES: usize = 32;
pub(crate) const NONCE_BYTES: usize = 24;

/// A key in memory; it is wiped when it is let go.
pub(crate) struct Key(Zeroizing<[u8; KEY_BYTES]>);

impl Key {
    pub(crate) fn new(bytes: [u8; KEY_BYTES]) -> Key {
        Key(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

/// What a ciphertext is, and whose: it opens as nothing else, so it cannot be moved to
/// another person, or into another field.
#[derive(Clone, Copy, Debug)]
pub struct Belonging<'a> {
    /// Or a thing that is nobody's, such as a source.
    pub person: &'a Name,
    /// What kind of thing it is, such as `address`.
    pub kind: &'static str,
    /// Which of these; empty when a person has one only.
    pub name: &'a str,
}

impl Belonging<'_> {
    /// Names and kinds hold no zero, so no two belongings read the same.
    fn bytes(&self) -> Vec<u8> {
        [self.kind, self.person.as_str(), self.name].join("\0").into_bytes()
    }
}

/// Nonce, ciphertext and tag as Base64. The nonce is new each time.
pub(crate) fn encrypt<T: Serialize>(
    key: &Key,
    belonging: &Belonging<'_>,
    value: &T,
    nonce: [u8; NONCE_BYTES],
) -> String {
    let json = serde_json::to_vec(value).expect("what records hold can be written as JSON");
    let clear = Zeroizing::new(json);
    let payload = Payload { msg: &clear, aad: &belonging.bytes() };
    let sealed = key.cipher().encrypt(&XNonce::from(nonce), payload);
    let sealed = sealed.expect("a value is far smaller than the 256 GiB that the cipher takes");
    STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat())
}

/// None when it is not what was encrypted.
pub(crate) fn decrypt<T: DeserializeOwned>(key: &Key, belonging: &Belonging<'_>, text: &str) -> Option<T> {
    let bytes = STANDARD_NO_PAD.decode(text).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
    let payload = Payload { msg: sealed, aad: &belonging.bytes() };
    let clear = Zeroizing::new(key.cipher().decrypt(&XNonce::from(*nonce), payload).ok()?);
    serde_json::from_slice(&clear).ok()
}
