//! `tellify secret`.

use std::io::Read;

use clap::Subcommand;
use egress::Method;
use event::SecretRecord;
use serde_json::json;

use super::client::{Client, step};
use super::failure::Failure;
use super::output::{Column, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Keep what standard input says as a secret: tellify secret set github-token < token.txt
    #[command(after_help = SET_HELP)]
    Set {
        /// Under which name plugins are granted it
        name: String,
    },
    /// List the secrets, never their values
    List,
    /// Remove a secret, and destroy the key that opened it
    Remove {
        /// Its name
        name: String,
    },
}

const SET_HELP: &str = "\
The value is read from standard input, so that no list of processes and no shell history holds it; one
line end behind it is left out. A secret of the same name gives way, and its value is gone for good.
`tellify plugin grant PLUGIN --secret NAME` lets a plugin use it.";

const PATH: &str = "/api/v1/secrets";
const COLUMNS: &[Column] = &[
    ("name", "name"),
    ("set", "set"),
    ("by", "set_by"),
    ("granted to", "granted_to"),
    ("unreadable", "unreadable"),
];
const NOTHING: &str = "secrets: `tellify secret set NAME < FILE` keeps one";

pub(super) async fn run(verb: Verb, client: &Client, output: &Output) -> Result<(), Failure> {
    match verb {
        Verb::Set { name } => {
            let value = typed(std::io::stdin().lock())?;
            let set = client.send(Method::PUT, &path(&name), &[], &json!({"value": value})).await?;
            output.one(&set, COLUMNS)
        }
        Verb::List => output.list(&client.whole(PATH, &[]).await?, COLUMNS, NOTHING),
        Verb::Remove { name } => {
            client.json(Method::DELETE, &path(&name), &[], "", Vec::new()).await?;
            output.done(&format!("removed secret {name}, and destroyed its key"));
            Ok(())
        }
    }
}

/// What was typed or piped, without the line end that editors and `echo` leave.
fn typed(input: impl Read) -> Result<String, Failure> {
    let mut text = String::new();
    let most = SecretRecord::BYTES_MAX as u64 + 3;
    input.take(most).read_to_string(&mut text).map_err(|error| {
        Failure::usage(format!("standard input is no text: {error}; encode bytes, such as in base64"))
    })?;
    let value = text.strip_suffix('\n').unwrap_or(&text);
    let value = value.strip_suffix('\r').unwrap_or(value);
    if value.is_empty() {
        return Err(Failure::usage("standard input is empty: the secret's value is read from there"));
    }
    Ok(value.to_owned())
}

fn path(name: &str) -> String {
    format!("{PATH}/{}", step(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn one_line_end_is_no_part_of_a_secret() {
        for (typed, value) in [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a b ", " a b ")]
        {
            assert_eq!(super::typed(typed.as_bytes()).unwrap(), value);
        }
        assert!(super::typed(&b"\n"[..]).is_err());
        assert!(super::typed(&b"\xff"[..]).is_err());
    }
}
