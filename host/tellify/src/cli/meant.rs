//! What was probably meant: the name that is nearest to one that is not there, and what
//! to do about one that is taken.

use egress::Method;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::client::{Client, Query};

const API: &str = "/api/v1/";
/// Enough names to find a mistyped one among.
const LIMIT: &str = "1000";
const ANSWER_MAX: usize = 16 << 20;

/// What else there is beside something that was not found. The daemon is asked for the
/// lists that lead there; when it does not tell, there is no advice.
pub(super) async fn instead(client: &Client, path: &str, query: Query<'_>) -> Option<String> {
    let user = query.iter().find(|(name, _)| *name == "user").and_then(|(_, value)| *value);
    if let Some(user) = user {
        let users = names(client, "users", &[]).await?;
        if !users.iter().any(|name| name == user) {
            return Some(advice(user, &users, "users"));
        }
    }
    let steps: Vec<&str> = path.strip_prefix(API)?.split('/').collect();
    for (at, step) in steps.iter().enumerate().skip(1).step_by(2) {
        let wanted = percent_decode_str(step).decode_utf8_lossy();
        let there = names(client, &steps[..at].join("/"), query).await?;
        if !there.iter().any(|name| *name == wanted) {
            return Some(advice(&wanted, &there, steps[at - 1]));
        }
    }
    None
}

/// What to do when a name is taken; none where the path leads to no collection, but to something
/// that is done to one thing of it.
pub(super) fn taken(path: &str) -> Option<String> {
    // Collections and names take turns; what comes behind a name may also be a verb.
    let steps = path.strip_prefix(API).unwrap_or(path).split('/').step_by(2);
    let noun = steps.last().filter(|step| step.ends_with('s'))?;
    let noun = noun.strip_suffix("es").filter(|noun| noun.ends_with("ss")).unwrap_or(noun);
    let noun = noun.strip_suffix('s').filter(|_| !noun.ends_with("ss")).unwrap_or(noun);
    Some(format!(
        "See `tellify {noun} list`, and choose another name, or change or remove the one that is there."
    ))
}

/// The names, and where there are any the ids, of a list.
async fn names(client: &Client, collection: &str, query: Query<'_>) -> Option<Vec<String>> {
    let user = query.iter().filter(|(name, _)| *name == "user").copied();
    let asked: Vec<_> = user.chain([("limit", Some(LIMIT))]).collect();
    let path = format!("{API}{collection}");
    let mut answer = client.attempt(Method::GET, &path, &asked, &[], Vec::new()).await;
    if answer.is_err() {
        // A list that comes whole takes no limit.
        answer = client.attempt(Method::GET, &path, &asked[..asked.len() - 1], &[], Vec::new()).await;
    }
    let list: Value = serde_json::from_slice(&answer.ok()?.bytes(ANSWER_MAX).await.ok()?).ok()?;
    let text = |item: &Value, key: &str| item[key].as_str().map(str::to_owned);
    let items = list["items"].as_array()?;
    let names: Vec<_> =
        items.iter().flat_map(|item| [text(item, "name"), text(item, "id")]).flatten().collect();
    // Things that have only numbers are not mistyped.
    (items.is_empty() || !names.is_empty()).then_some(names)
}

fn advice(wanted: &str, there: &[String], collection: &str) -> String {
    let near = settings::nearest(wanted, there).filter(|name| settings::is_near(wanted, name));
    match (near, there.is_empty()) {
        (Some(near), _) => format!("Did you mean `{near}`?"),
        (None, true) => format!("There are no {collection} yet."),
        (None, false) => format!("There are no {collection} whose name comes near `{wanted}`."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_what_is_near_and_nothing_that_is_far() {
        let there = ["alice", "bob", "carol"].map(str::to_owned);
        assert_eq!(advice("alcie", &there, "users"), "Did you mean `alice`?");
        assert_eq!(
            advice("somebody", &there, "users"),
            "There are no users whose name comes near `somebody`."
        );
        assert_eq!(advice("alice", &[], "users"), "There are no users yet.");
    }

    #[test]
    fn a_taken_name_leads_to_the_list_of_its_kind() {
        for (path, command) in [
            ("/api/v1/users", "`tellify user list`"),
            ("/api/v1/users/alice/addresses", "`tellify address list`"),
            ("/api/v1/users/alice/styles", "`tellify style list`"),
        ] {
            assert!(taken(path).is_some_and(|advice| advice.contains(command)), "{path}");
        }
        assert_eq!(taken("/api/v1/users/alice/addresses/mail/rotate"), None);
    }
}
