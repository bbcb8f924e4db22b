//! What must be forgettable: records and state hold it only as ciphertext, under a
//! key that lies outside of both. With the key goes what it opened, from every
//! segment, snapshot and backup at once.

use serde::{Deserialize, Serialize};

/// The name of a key: 32 lower-case hexadecimal digits, drawn at random. So it is safe
/// as the name of a file, and nobody gets the key of an earlier person of the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// Why a text is no [`KeyId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name of a key is 32 hexadecimal digits in lower case")]
pub struct KeyIdError;

impl KeyId {
    const DIGITS: usize = 32;

    pub fn from_bits(bits: u128) -> KeyId {
        KeyId(format!("{bits:032x}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KeyId {
    type Error = KeyIdError;

    fn try_from(text: String) -> Result<KeyId, KeyIdError> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let named = text.len() == KeyId::DIGITS && text.bytes().all(digit);
        named.then_some(KeyId(text)).ok_or(KeyIdError)
    }
}

impl From<KeyId> for String {
    fn from(key: KeyId) -> String {
        key.0
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something that only its key opens. What the text is made of is known to whoever
/// encrypts and decrypts, and to nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ciphertext {
    pub key: KeyId,
    pub cipher: String,
}

/// A value that must be forgettable, as records and state hold it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Forgettable<T> {
    Cipher(Ciphertext),
    /// As the first release wrote it. It is read for good, and never written any more.
    Clear(T),
}

impl<T> Forgettable<T> {
    /// The key that opens it; none when it lies open.
    pub fn key(&self) -> Option<&KeyId> {
        match self {
            Forgettable::Cipher(cipher) => Some(&cipher.key),
            Forgettable::Clear(_) => None,
        }
    }

    pub fn is_clear(&self) -> bool {
        matches!(self, Forgettable::Clear(_))
    }
}

impl<T> From<Ciphertext> for Forgettable<T> {
    fn from(cipher: Ciphertext) -> Forgettable<T> {
        Forgettable::Cipher(cipher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_32_small_hexadecimal_digits_name_a_key() {
        let read = |text: &str| KeyId::try_from(text.to_owned());
        let id = KeyId::from_bits(0xfe);
        assert_eq!(id.as_str(), "000000000000000000000000000000fe");
        assert_eq!(read(id.as_str()), Ok(id));
        let long = "0".repeat(33);
        let outside = format!("../{}", "0".repeat(29));
        for text in ["", "fe", &long, &outside, &"F".repeat(32), &"ä".repeat(16)] {
            assert_eq!(read(text), Err(KeyIdError), "{text}");
        }
    }

    #[test]
    fn what_was_written_in_the_clear_is_read_beside_ciphertext() {
        let read = |json: &str| serde_json::from_str::<Forgettable<String>>(json).expect("it is one");
        assert_eq!(read(r#""a@example.org""#), Forgettable::Clear("a@example.org".to_owned()));
        let cipher = Ciphertext { key: KeyId::from_bits(1), cipher: "AAAA".to_owned() };
        let written = serde_json::to_string(&cipher).expect("it is JSON");
        assert_eq!(read(&written), Forgettable::Cipher(cipher));
    }
}
