//! What a sender shows at a door to be let in, and where none of it may be seen.
//!
//! Senders put a token wherever they can be made to: in `Authorization`, in a header
//! of their own, in the query string, as the last step of the path. It is taken out
//! before anybody else looks at the request, so that neither a plugin nor the record
//! of its failure ever holds it.

use accounts::Secret;
use api::{Credentials, DoorRequest};
use event::Door;

/// Headers that hold nothing but the token of a door, beside `Authorization`: ours, and
/// that of Chef's data collector.
const TOKEN_HEADERS: &[&str] = &["x-tellify-token", "x-data-collector-token"];
const TOKEN_PARAMETER: &str = "token";

/// Headers that prove who somebody is. A plugin may need some of them, since senders
/// sign in ways of their own; a record of a failure must not hold them.
const CREDENTIALS: &[&str] = &["cookie", "proxy-authorization"];
/// Parts of other senders' names for what is secret.
const CREDENTIAL_PARTS: &[&str] = &["token", "signature", "secret", "key", "auth", "password", "sig"];

/// Takes out of a request, and of the path below its door, every token that is shown.
pub(super) fn take(
    door: &Door,
    below: &mut String,
    credentials: &mut Credentials,
    request: &mut DoorRequest,
) -> Vec<String> {
    let mut shown: Vec<String> = credentials.bearer.take().into_iter().collect();
    request.request.headers.retain(|(name, value)| {
        let is_token = TOKEN_HEADERS.contains(&name.as_str());
        if is_token {
            shown.push(value.trim().to_owned());
        }
        !is_token && name != "authorization"
    });
    let (tokens, others): (Vec<&str>, Vec<&str>) =
        request.request.query.split('&').partition(|pair| parameter(pair) == TOKEN_PARAMETER);
    shown.extend(tokens.iter().map(|pair| pair.split_once('=').map_or("", |(_, value)| value).to_owned()));
    request.request.query = others.join("&");
    shown.extend(from_path(door, below));
    shown
}

/// The last step of a path is a token when it looks like one of ours, or opens the door.
fn from_path(door: &Door, below: &mut String) -> Option<String> {
    let path = below.strip_suffix('/').unwrap_or(below);
    let (above, last) = path.rsplit_once('/').unwrap_or(("", path));
    let is_token = last.starts_with(Secret::PREFIX) || opens(door, last);
    let token = is_token.then(|| last.to_owned())?;
    *below = above.to_owned();
    Some(token)
}

/// Whether this is the door's own token.
pub(super) fn opens(door: &Door, token: &str) -> bool {
    door.token_hash.as_ref().is_some_and(|hash| accounts::hash(token) == *hash)
}

/// Whether a header proves who sent a request.
pub(super) fn is_credential(header: &str) -> bool {
    CREDENTIALS.contains(&header) || is_secret(header)
}

/// The name of a parameter that proves who sent a request.
pub(super) fn credential_in(pair: &str) -> Option<&str> {
    Some(parameter(pair)).filter(|name| is_secret(name))
}

fn parameter(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    CREDENTIAL_PARTS.iter().any(|part| name.contains(part))
}
