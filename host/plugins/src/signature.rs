//! What a guest wants to know of a secret without ever seeing it. Neither question takes
//! longer for a guess that is nearly right.

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::Secret;
use crate::bindings::secrets::Hash;

/// Whether this is the HMAC of `data` under the secret, as raw bytes and whole.
pub(crate) fn signed(secret: &Secret, hash: Hash, data: &[u8], signature: &[u8]) -> bool {
    match hash {
        Hash::Sha1 => verified::<Hmac<Sha1>>(secret, data, signature),
        Hash::Sha256 => verified::<Hmac<Sha256>>(secret, data, signature),
        Hash::Sha512 => verified::<Hmac<Sha512>>(secret, data, signature),
    }
}

/// Whether this is the secret. Their hashes are compared, so not even its length is told.
pub(crate) fn equal(secret: &Secret, value: &str) -> bool {
    let own = keyed::<Hmac<Sha256>>(secret).chain_update(secret.reveal()).finalize().into_bytes();
    verified::<Hmac<Sha256>>(secret, value.as_bytes(), &own)
}

fn verified<M: Mac + KeyInit>(secret: &Secret, data: &[u8], signature: &[u8]) -> bool {
    keyed::<M>(secret).chain_update(data).verify_slice(signature).is_ok()
}

fn keyed<M: Mac + KeyInit>(secret: &Secret) -> M {
    <M as KeyInit>::new_from_slice(secret.reveal().as_bytes()).expect("an HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex")).collect()
    }

    /// RFC 2202 and RFC 4231, the cases whose key is the text `Jefe`.
    #[test]
    fn the_signatures_of_the_standards_are_true_and_others_are_not() {
        let data = b"what do ya want for nothing?";
        let table = [
            (Hash::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (Hash::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                Hash::Sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd\
                 caeab1a34d4a6b4b636e070a38bce737",
            ),
        ];
        let secret = Secret::new("Jefe".into());
        for (hash, signature) in table {
            let signature = hex(signature);
            assert!(signed(&secret, hash, data, &signature), "{hash:?}");
            assert!(!signed(&secret, hash, b"something else", &signature), "{hash:?}");
            assert!(!signed(&Secret::new("Jefo".into()), hash, data, &signature), "{hash:?}");
            // The beginning of a signature is none, nor is nothing.
            assert!(!signed(&secret, hash, data, &signature[..signature.len() - 1]), "{hash:?}");
            assert!(!signed(&secret, hash, data, &[]), "{hash:?}");
        }
    }

    #[test]
    fn a_secret_equals_itself_alone() {
        let secret = Secret::new("pass word".into());
        assert!(equal(&secret, "pass word"));
        for other in ["", "pass", "pass word ", "Pass word"] {
            assert!(!equal(&secret, other), "{other}");
        }
        assert!(equal(&Secret::new(String::new()), ""));
    }
}
