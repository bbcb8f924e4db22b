//! `tellify user remove`: says what hangs on a person, asks what becomes of it, does it.

use std::io::{self, BufRead, IsTerminal, Write};

use api::{Holdings, Removed};
use clap::Args;
use egress::Method;
use event::Name;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::Client;
use super::failure::Failure;
use super::output::Output;
use super::user;

pub(super) const EXAMPLES: &str = "\
Examples:
  tellify user remove alice                      say what hangs on her, and ask
  tellify user remove alice --transfer-to bob";

#[derive(Debug, Args)]
pub(super) struct Remove {
    /// Whom
    name: String,
    /// Their subscriptions end, and plugins that were only theirs go
    #[arg(long, conflicts_with = "transfer_to")]
    end: bool,
    /// Who gets their subscriptions, alerts and plugins
    #[arg(long, value_name = "OTHER")]
    transfer_to: Option<String>,
    /// Ask nothing
    #[arg(long)]
    yes: bool,
}

/// What becomes of it all.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Decision {
    End,
    TransferTo(String),
}

pub(super) async fn run(remove: Remove, client: &Client, output: &Output) -> Result<(), Failure> {
    let Remove { name, end, transfer_to, yes } = remove;
    let given = transfer_to.map(Decision::TransferTo).or(end.then_some(Decision::End));
    let asks = !yes && io::stdin().is_terminal() && io::stderr().is_terminal();
    let decision = match given {
        Some(decision) if !asks => decision,
        given => {
            let holdings: Holdings =
                read(client.get(&format!("{}/holdings", user::path(&name)), &[]).await?)?;
            let list = told(&holdings);
            if !asks {
                return Err(Failure::usage(format!(
                    "say what becomes of it: --end, or --transfer-to OTHER\n{list}"
                )));
            }
            eprintln!("{list}");
            match ask(&name, given)? {
                Some(decision) => decision,
                None => return Err(Failure::failed("nothing was changed")),
            }
        }
    };
    let query = match &decision {
        Decision::End => [("end", Some("true"))],
        Decision::TransferTo(other) => [("transfer_to", Some(other.as_str()))],
    };
    let done = client.json(Method::DELETE, &user::path(&name), &query, "", Vec::new()).await?;
    if !output.is_table() {
        return output.one(&done, &[]);
    }
    output.done(&report(&read(done)?));
    Ok(())
}

fn read<T: DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer)
        .map_err(|error| Failure::failed(format!("the answer is not understood: {error}")))
}

/// None: nothing is to be done.
fn ask(name: &str, given: Option<Decision>) -> Result<Option<Decision>, Failure> {
    match &given {
        Some(Decision::End) => eprint!("Remove {name}, and end all of this? [y/N] "),
        Some(Decision::TransferTo(other)) => {
            eprint!("Remove {name}, and transfer subscriptions, alerts and plugins to {other}? [y/N] ");
        }
        None => eprint!("Remove {name}? Type `end`, or `transfer OTHER`; anything else changes nothing: "),
    }
    io::stderr().flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(answered(&line, given))
}

fn answered(line: &str, given: Option<Decision>) -> Option<Decision> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match (given, words.as_slice()) {
        (Some(given), ["y" | "Y" | "yes"]) => Some(given),
        (None, ["end"]) => Some(Decision::End),
        (None, ["transfer", other]) => Some(Decision::TransferTo((*other).to_owned())),
        _ => None,
    }
}

/// What hangs on somebody, a line for each kind of thing.
fn told(holdings: &Holdings) -> String {
    let subscription = |held: &api::HeldSubscription| match held.firing {
        0 => format!("{} ({})", held.name, held.handler),
        1 => format!("{} ({}, 1 alert fires)", held.name, held.handler),
        n => format!("{} ({}, {n} alerts fire)", held.name, held.handler),
    };
    let names = |names: &[Name]| names.iter().map(Name::to_string).collect::<Vec<_>>();
    let lists = [
        ("subscriptions", holdings.subscriptions.iter().map(subscription).collect()),
        ("styles", names(&holdings.styles)),
        ("addresses", names(&holdings.addresses)),
        ("tokens", names(&holdings.tokens)),
        ("plugins", names(&holdings.plugins)),
    ];
    let mut lines = vec![format!("This hangs on {}:", holdings.user)];
    let some = lists.iter().filter(|(_, things)| !things.is_empty());
    lines.extend(some.map(|(what, things)| format!("  {what}: {}", things.join(", "))));
    let counts = [
        (holdings.unsealed, "alerts that wait to be told"),
        (holdings.undelivered, "digests that are on their way"),
        (holdings.digests, "digests in all"),
    ];
    lines.extend(counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("  {what}: {n}")));
    lines.push(format!("Their key is destroyed, and nothing of theirs is sent again. {}", holdings.remains));
    lines.join("\n")
}

fn report(removed: &Removed) -> String {
    let Removed { user, ended, transferred } = removed;
    let mut lines = vec![format!("removed user {user}")];
    for moved in transferred {
        let renamed = if moved.name == moved.was { String::new() } else { format!(" as {}", moved.name) };
        lines.push(format!("  {} is {}'s now{renamed}", moved.was, moved.to));
    }
    lines.extend(ended.iter().map(|name| format!("  {name} has ended")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_answer_removes_anybody() {
        let to_bob = || Some(Decision::TransferTo("bob".to_owned()));
        let cases = [
            ("y\n", Some(Decision::End), Some(Decision::End)),
            ("yes", to_bob(), to_bob()),
            ("\n", Some(Decision::End), None),
            ("n", to_bob(), None),
            ("end\n", None, Some(Decision::End)),
            (" transfer  bob ", None, to_bob()),
            ("transfer", None, None),
            ("y", None, None),
            ("", None, None),
        ];
        for (line, given, expected) in cases {
            assert_eq!(answered(line, given.clone()), expected, "{line:?} to {given:?}");
        }
    }
}
