//! Letting ourselves in: by password, in whichever way the server asks for it.

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::packet::{Out, Wire};
use crate::error::SourceError;
use crate::sources::Reachable;
use crate::sql::Server;
use crate::sql::stream::{Reader, nonsense, speaks_no_tls, wants_tls};

/// What we can: long passwords and flags, a database from the beginning, the protocol of
/// 4.1, transactions, secure passwords, other ways to show them.
const ABILITIES: u32 = 0x1 | 0x4 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x8_0000;
const TLS: u32 = 0x800;
/// A packet of ours, in bytes.
const PACKET_MAX: u32 = 16 << 20;
/// utf8mb4, which both have known since 2010.
const CHARSET: u8 = 45;
/// The server's half of a proof.
const NONCE: usize = 20;

const NATIVE: &str = "mysql_native_password";
const CACHING: &str = "caching_sha2_password";

/// The server's greeting.
struct Greeting {
    version: String,
    nonce: Vec<u8>,
    abilities: u32,
    way: String,
}

/// Greets the server, shows the password, and says which version it is.
pub(super) async fn log_in(
    wire: &mut Wire,
    server: &Server,
    reachable: &Reachable<'_>,
) -> Result<String, SourceError> {
    let greeting = Greeting::read(&wire.next().await?)?;
    let abilities = if wants_tls(server) { ABILITIES | TLS } else { ABILITIES };
    let head =
        Out::new().raw(&abilities.to_le_bytes()).raw(&PACKET_MAX.to_le_bytes()).byte(CHARSET).raw(&[0; 23]);
    if wants_tls(server) {
        if greeting.abilities & TLS == 0 {
            return Err(speaks_no_tls("the server"));
        }
        wire.send(head.clone()).await?;
        wire.stream.secure(server, reachable).await?;
    }
    // A way that is not known here is answered with one that is: the server says whether it
    // takes that.
    let way = if greeting.way == CACHING { CACHING } else { NATIVE };
    let password = server.password.as_deref().unwrap_or_default();
    let proof = proof(way, password, &greeting.nonce);
    let hello = head
        .text(&server.username)
        .byte(u8::try_from(proof.len()).unwrap_or(0))
        .raw(&proof)
        .text(&server.database)
        .text(way);
    wire.send(hello).await?;
    until_let_in(wire, password).await?;
    Ok(greeting.version)
}

impl Greeting {
    fn read(packet: &[u8]) -> Result<Greeting, SourceError> {
        let mut reader = Reader(packet);
        let [10] = reader.array()? else { return Err(nonsense()) };
        let version = String::from_utf8_lossy(reader.text()?).into_owned();
        // The number of the connection.
        reader.take(4)?;
        let mut nonce = reader.take(8)?.to_vec();
        let [_, a, b] = reader.array()?;
        // Its character set and state.
        reader.take(3)?;
        let [c, d] = reader.array()?;
        // How long the nonce is, and nothing.
        reader.take(11)?;
        nonce.extend_from_slice(reader.take(NONCE - 8)?);
        reader.take(1)?;
        let way = String::from_utf8_lossy(reader.text().unwrap_or_default()).into_owned();
        Ok(Greeting { version, nonce, abilities: u32::from_le_bytes([a, b, c, d]), way })
    }
}

async fn until_let_in(wire: &mut Wire, password: &str) -> Result<(), SourceError> {
    loop {
        let packet = wire.next().await?;
        match packet.split_first() {
            Some((0, _)) => return Ok(()),
            Some((0xfe, wish)) => {
                let mut reader = Reader(wish);
                let way = String::from_utf8_lossy(reader.text()?).into_owned();
                let nonce = reader.0.get(..NONCE).ok_or_else(nonsense)?;
                if way != NATIVE && way != CACHING {
                    return Err(SourceError::Failed(format!(
                        "the server lets this user in by `{way}`, which is not known here: let them in by {CACHING} \
                         or {NATIVE}"
                    )));
                }
                wire.send(Out::new().raw(&proof(&way, password, nonce))).await?;
            }
            // It remembers the password, and says in a moment that we are in.
            Some((1, [3])) => {}
            // It wants the password itself, once, to compare it with what it keeps.
            Some((1, [4])) if wire.stream.is_secret() => wire.send(Out::new().text(password)).await?,
            Some((1, [4])) => {
                return Err(SourceError::Denied(format!(
                    "the server asks for the password itself (as {CACHING} does the first time), and without TLS it \
                     is not sent: set `tls` to verify"
                )));
            }
            _ => return Err(nonsense()),
        }
    }
}

/// That we know the password, without saying it. No password has no proof.
fn proof(way: &str, password: &str, nonce: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    if way == CACHING {
        let once = Sha256::digest(password);
        let mask = Sha256::digest([&Sha256::digest(once)[..], nonce].concat());
        return masked(&once, &mask);
    }
    let once = Sha1::digest(password);
    let mask = Sha1::digest([nonce, &Sha1::digest(once)[..]].concat());
    masked(&once, &mask)
}

fn masked(bytes: &[u8], mask: &[u8]) -> Vec<u8> {
    bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_proof_is_what_the_server_can_check_with_what_it_keeps() {
        let nonce: Vec<u8> = (1..=20).collect();
        // It keeps the digest of the digest, takes the mask off, and digests once more.
        let native = proof(NATIVE, "secret", &nonce);
        let kept = Sha1::digest(Sha1::digest("secret"));
        let mask = Sha1::digest([&nonce[..], &kept].concat());
        assert_eq!(hex(&Sha1::digest(masked(&native, &mask))), hex(&kept));

        let caching = proof(CACHING, "secret", &nonce);
        let kept = Sha256::digest(Sha256::digest("secret"));
        let mask = Sha256::digest([&kept[..], &nonce].concat());
        assert_eq!(hex(&Sha256::digest(masked(&caching, &mask))), hex(&kept));

        assert_eq!(proof(CACHING, "", &nonce), Vec::<u8>::new());
    }

    #[test]
    fn a_greeting_is_read_and_nonsense_is_none() {
        let mut packet = b"\x0a8.0.36\0".to_vec();
        packet.extend([1, 0, 0, 0]);
        packet.extend(b"12345678\0");
        packet.extend([0xff, 0xf7, 45, 2, 0, 0xff, 0xdf, 21]);
        packet.extend([0; 10]);
        packet.extend(b"abcdefghijkl\0caching_sha2_password\0");
        let greeting = Greeting::read(&packet).expect("it is a greeting");
        assert_eq!((greeting.version.as_str(), greeting.way.as_str()), ("8.0.36", CACHING));
        assert_eq!(greeting.nonce, b"12345678abcdefghijkl");
        assert_eq!(greeting.abilities, 0xdfff_f7ff);
        for end in 0..packet.len() - 24 {
            assert!(Greeting::read(&packet[..end]).is_err(), "{end}");
        }
    }
}
