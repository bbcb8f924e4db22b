//! Letting ourselves in: by password, in whichever way the server asks for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};

use super::message::{Message, Out, Wire};
use crate::error::SourceError;
use crate::sql::Server;
use crate::sql::stream::{Reader, nonsense};

/// Version 3.0.
const PROTOCOL: i32 = 3 << 16;

/// Greets the server, shows the password, and waits until it is ready.
pub(super) async fn log_in(wire: &mut Wire, server: &Server) -> Result<(), SourceError> {
    let mut greeting = Out::new(0).i32(PROTOCOL);
    for (name, value) in [
        ("user", server.username.as_str()),
        ("database", &server.database),
        ("application_name", "tellify"),
        ("client_encoding", "UTF8"),
        ("DateStyle", "ISO"),
        ("TimeZone", "UTC"),
    ] {
        greeting = greeting.text(name).text(value);
    }
    wire.greet(greeting.byte(0)).await?;
    let mut scram = None;
    loop {
        let Message { kind, body } = wire.next().await?;
        match kind {
            b'R' => answer(wire, server, &body, &mut scram).await?,
            b'Z' => return Ok(()),
            // A key to cancel with, and a word on versions.
            b'K' | b'v' => {}
            _ => return Err(nonsense()),
        }
    }
}

/// Answers a wish of the server for proof.
async fn answer(
    wire: &mut Wire,
    server: &Server,
    body: &[u8],
    scram: &mut Option<Scram>,
) -> Result<(), SourceError> {
    let mut reader = Reader(body);
    let wish = u32::from_be_bytes(reader.array()?);
    if wish == 0 {
        return Ok(());
    }
    let Some(password) = server.password.as_deref() else {
        return Err(SourceError::Failed(
            "PostgreSQL asks for a password: give the source its secret `password`".to_owned(),
        ));
    };
    match (wish, scram) {
        // In the clear, which is for nobody else to read.
        (3, _) if wire.0.is_secret() => wire.send(Out::new(b'p').text(password)).await,
        (3, _) => Err(SourceError::Denied(
            "PostgreSQL asks for the password in the clear, and without TLS it is not sent".to_owned(),
        )),
        (5, _) => wire.send(Out::new(b'p').text(&md5(&server.username, password, &reader.array()?))).await,
        (10, scram) => {
            offers_scram(reader.0)?;
            let begun = Scram::begin(password)?;
            let first = begun.first();
            wire.send(Out::new(b'p').text(MECHANISM).counted(first.as_bytes())).await?;
            *scram = Some(begun);
            Ok(())
        }
        (11, Some(scram)) => {
            let proof = scram.proof(reader.0)?;
            wire.send(Out::new(b'p').raw(proof.as_bytes())).await
        }
        (12, Some(scram)) => scram.verify(reader.0),
        (11 | 12, None) => Err(nonsense()),
        _ => Err(SourceError::Failed(
            "PostgreSQL wants another proof than a password (such as Kerberos or a certificate), which a source \
             has not: let this user in by scram-sha-256 in pg_hba.conf"
                .to_owned(),
        )),
    }
}

/// The oldest way, of servers that keep passwords so.
fn md5(username: &str, password: &str, salt: &[u8; 4]) -> String {
    let kept = hex(&Md5::digest([password, username].concat()));
    format!("md5{}", hex(&Md5::digest([kept.as_bytes(), salt].concat())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const MECHANISM: &str = "SCRAM-SHA-256";

fn offers_scram(mut offers: &[u8]) -> Result<(), SourceError> {
    while let Some(end) = offers.iter().position(|byte| *byte == 0).filter(|end| *end > 0) {
        if &offers[..end] == MECHANISM.as_bytes() {
            return Ok(());
        }
        offers = &offers[end + 1..];
    }
    Err(SourceError::Failed(format!(
        "PostgreSQL does not offer {MECHANISM}, the one proof of this kind known here"
    )))
}

/// RFC 5802 and 7677: both sides prove that they know the password, and neither says it.
struct Scram {
    password: String,
    nonce: String,
    /// What the server has to prove in the end.
    signature: Option<[u8; 32]>,
}

impl Scram {
    fn begin(password: &str) -> Result<Scram, SourceError> {
        let mut nonce = [0; 18];
        getrandom::fill(&mut nonce)
            .map_err(|error| SourceError::Failed(format!("the system gives no random numbers: {error}")))?;
        Ok(Scram::with_nonce(password, STANDARD.encode(nonce)))
    }

    fn with_nonce(password: &str, nonce: String) -> Scram {
        Scram { password: password.to_owned(), nonce, signature: None }
    }

    /// The user was named in the greeting.
    fn first(&self) -> String {
        format!("n,,{}", self.first_bare())
    }

    fn first_bare(&self) -> String {
        format!("n=,r={}", self.nonce)
    }

    /// Answers what the server said first.
    fn proof(&mut self, said: &[u8]) -> Result<String, SourceError> {
        /// More rounds than this only cost time, and ours.
        const ROUNDS_MAX: u32 = 1_000_000;
        let said = std::str::from_utf8(said).map_err(|_| nonsense())?;
        let part = |name: &str| said.split(',').find_map(|part| part.strip_prefix(name)).ok_or_else(nonsense);
        let (nonce, salt, rounds) = (part("r=")?, part("s=")?, part("i=")?);
        let salt = STANDARD.decode(salt).map_err(|_| nonsense())?;
        let rounds: u32 = rounds.parse().map_err(|_| nonsense())?;
        if !nonce.starts_with(&self.nonce) || rounds == 0 || rounds > ROUNDS_MAX {
            return Err(nonsense());
        }
        let salted = salted(self.password.as_bytes(), &salt, rounds);
        let client_key = sign(&salted, b"Client Key");
        let without_proof = format!("c=biws,r={nonce}");
        let both = format!("{},{said},{without_proof}", self.first_bare());
        let signature = sign(&Sha256::digest(client_key).into(), both.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, mask)| key ^ mask).collect();
        self.signature = Some(sign(&sign(&salted, b"Server Key"), both.as_bytes()));
        Ok(format!("{without_proof},p={}", STANDARD.encode(proof)))
    }

    /// Whether the server knows the password too.
    fn verify(&self, said: &[u8]) -> Result<(), SourceError> {
        let proof = said.strip_prefix(b"v=").and_then(|proof| STANDARD.decode(proof).ok());
        match (proof, self.signature) {
            (Some(proof), Some(expected)) if proof == expected => Ok(()),
            _ => Err(SourceError::Failed(
                "what answers there does not know the user's password, so it is not the right PostgreSQL"
                    .to_owned(),
            )),
        }
    }
}

fn sign(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// PBKDF2 with one block.
fn salted(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    let keyed = Hmac::<Sha256>::new_from_slice(password).expect("a key may have any length");
    let round = |text: &[&[u8]]| -> [u8; 32] {
        let mut mac = keyed.clone();
        text.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    };
    let mut last = round(&[salt, &1_u32.to_be_bytes()]);
    let mut all = last;
    for _ in 1..rounds {
        last = round(&[&last]);
        all.iter_mut().zip(last).for_each(|(all, last)| *all ^= last);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange of RFC 7677, but for the user, whom PostgreSQL knows already.
    #[test]
    fn a_password_is_salted_as_the_standard_says() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").expect("the test writes it");
        let salted = salted(b"pencil", &salt, 4096);
        let said = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                    s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let signature = sign(&sign(&salted, b"Server Key"), said.as_bytes());
        assert_eq!(STANDARD.encode(signature), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    #[test]
    fn a_server_that_does_not_know_the_password_is_not_believed() {
        let mut scram = Scram::with_nonce("pencil", "abc".to_owned());
        assert_eq!(scram.first(), "n,,n=,r=abc");
        for said in ["r=other,s=AAAA,i=4096", "r=abcd,s=AAAA,i=0", "r=abcd,s=AAAA,i=9999999", "r=abcd", "x"] {
            assert!(scram.proof(said.as_bytes()).is_err(), "{said}");
        }
        assert!(
            scram.proof(b"r=abcd,s=AAAA,i=1").expect("the test writes it").starts_with("c=biws,r=abcd,p=")
        );
        for said in ["v=AAAA", "e=unknown-user", ""] {
            assert!(scram.verify(said.as_bytes()).is_err(), "{said}");
        }
    }

    #[test]
    fn passwords_that_are_kept_as_md5_are_shown_so() {
        assert_eq!(
            md5("md5_user", "password", &[0x2a, 0x3d, 0x8f, 0xe0]),
            "md562af4dd09bbb41884907a838a3233294"
        );
    }

    #[test]
    fn one_mechanism_among_others_is_found() {
        assert!(offers_scram(b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0").is_ok());
        assert!(offers_scram(b"OAUTHBEARER\0\0").is_err());
    }
}
