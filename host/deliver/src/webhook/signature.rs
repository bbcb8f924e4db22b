//! Signatures of Standard Webhooks 1.0: HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event::{SigningKey, SigningSecret, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";
/// What the specification allows for, in bytes.
const KEY_MIN: usize = 24;
const KEY_MAX: usize = 64;
const KEY_MINTED: usize = 32;

/// Why a text cannot be a webhook's secret. It does not show the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    #[error("a webhook's secret is `whsec_` and then base64, as in Standard Webhooks")]
    Shape,
    #[error("the secret holds {0} bytes; {KEY_MIN} to {KEY_MAX} are needed")]
    Length(usize),
    #[error("the system gives no random numbers")]
    Random,
}

/// Reads a secret that somebody chose.
///
/// # Errors
/// When it is none, or too short to be one.
pub fn read_secret(text: &str) -> Result<SigningSecret, BadSecret> {
    let text = text.trim();
    key(text)?;
    Ok(SigningSecret::new(text.to_owned()))
}

/// A new secret of 256 random bits.
///
/// # Errors
/// `Random`.
pub fn mint_secret() -> Result<SigningSecret, BadSecret> {
    let mut bits = [0; KEY_MINTED];
    getrandom::fill(&mut bits).map_err(|_| BadSecret::Random)?;
    Ok(SigningSecret::new(format!("{PREFIX}{}", STANDARD.encode(bits))))
}

/// The value of `webhook-signature`: one for each key that is in force at `now`.
///
/// # Errors
/// When a key is none. They were checked when they were saved.
pub(super) fn sign(keys: &[SigningKey], id: &str, now: Timestamp, body: &str) -> Result<String, BadSecret> {
    let in_force = keys.iter().filter(|key| key.until.is_none_or(|until| now < until));
    let signatures = in_force.map(|key| {
        let mac = mac(key.secret.reveal(), id, now, body)?;
        Ok(format!("v1,{}", STANDARD.encode(mac)))
    });
    Ok(signatures.collect::<Result<Vec<_>, BadSecret>>()?.join(" "))
}

/// What stands in `webhook-timestamp`.
pub(super) fn seconds(now: Timestamp) -> i64 {
    now.0.div_euclid(1000)
}

fn mac(secret: &str, id: &str, now: Timestamp, body: &str) -> Result<impl AsRef<[u8]>, BadSecret> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key(secret)?).map_err(|_| BadSecret::Shape)?;
    mac.update(format!("{id}.{}.{body}", seconds(now)).as_bytes());
    Ok(mac.finalize().into_bytes())
}

fn key(text: &str) -> Result<Vec<u8>, BadSecret> {
    let encoded = text.strip_prefix(PREFIX).ok_or(BadSecret::Shape)?;
    let key = STANDARD.decode(encoded).map_err(|_| BadSecret::Shape)?;
    match key.len() {
        KEY_MIN..=KEY_MAX => Ok(key),
        length => Err(BadSecret::Length(length)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str, until: Option<i64>) -> SigningKey {
        SigningKey { secret: SigningSecret::new(text.to_owned()), until: until.map(Timestamp) }
    }

    /// The example of the specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const NOW: Timestamp = Timestamp(1_614_265_330_999);
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_example_of_the_specification_is_signed_as_it_says() {
        assert_eq!(sign(&[key(SECRET, None)], ID, NOW, BODY).as_deref(), Ok(SIGNED));
    }

    #[test]
    fn an_older_key_signs_too_until_its_end() {
        let newer = mint_secret().expect("there is randomness");
        let keys = |until| [key(newer.reveal(), None), key(SECRET, Some(until))];
        let both = sign(&keys(NOW.0 + 1), ID, NOW, BODY).expect("both are keys");
        let (first, second) = both.split_once(' ').expect("there are two signatures");
        assert_eq!(second, SIGNED);
        assert_eq!(sign(&keys(NOW.0), ID, NOW, BODY).as_deref(), Ok(first));
    }

    #[test]
    fn secrets_are_read_as_the_specification_writes_them() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        let table = [
            (SECRET.to_owned(), Ok(())),
            (format!(" {SECRET}\n"), Ok(())),
            (of(24), Ok(())),
            (of(64), Ok(())),
            (of(23), Err(BadSecret::Length(23))),
            (of(65), Err(BadSecret::Length(65))),
            ("whsec_".to_owned(), Err(BadSecret::Length(0))),
            (SECRET.replace("whsec_", ""), Err(BadSecret::Shape)),
            (SECRET.replace("whsec_", "whsk_"), Err(BadSecret::Shape)),
            (format!("{SECRET}!"), Err(BadSecret::Shape)),
            (String::new(), Err(BadSecret::Shape)),
        ];
        for (text, expected) in table {
            assert_eq!(read_secret(&text).map(drop), expected, "{text:?}");
        }
    }

    #[test]
    fn a_minted_secret_is_one_and_never_the_same_and_does_not_show_itself() {
        let [a, b] = [mint_secret(), mint_secret()].map(|secret| secret.expect("there is randomness"));
        assert_ne!(a, b);
        assert_eq!(read_secret(a.reveal()), Ok(a.clone()));
        assert!(!format!("{:?}", key(a.reveal(), None)).contains(&a.reveal()[6..]));
    }
}
