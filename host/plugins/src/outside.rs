//! What lies outside of a plugin, and the one way there.
//!
//! Whoever calls a plugin that may hold capabilities hands in an [`Outside`]: it knows
//! what was granted, judges each request by it, and carries out what it admits. The host
//! itself grants nothing.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use zeroize::Zeroizing;

pub use egress::{HttpError, HttpRequest, HttpResponse};
pub use event::SourceError;

/// Everything that a call can reach. One serves one plugin, with that plugin's grants.
///
/// Each function blocks the thread of the call that asks, for `within` at most: that much
/// is left of the call's time. A refusal says to the plugin's author what is missing
/// ([`ungranted`]); the host writes it into the call's log as well.
pub trait Outside: Send + Sync {
    fn http(&self, request: HttpRequest, within: Duration) -> Result<HttpResponse, HttpError>;
    /// Handed to the guest, or only compared with what the guest hands in.
    fn secret(&self, name: &str) -> Result<Secret, SecretError>;
    /// Those that are granted.
    fn sources(&self) -> Vec<SourceRef>;
    fn ask_source(
        &self,
        source: &str,
        method: &str,
        arguments: Value,
        within: Duration,
    ) -> Result<Value, SourceError>;
}

/// Grants nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

/// A secret's text, wiped from memory when it is dropped, and shown by no `{:?}`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// A source as a plugin sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRef {
    pub name: String,
    pub kind: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nobody granted it.
    #[error("{0}")]
    Denied(String),
    /// It was granted, and is not there or cannot be read.
    #[error("{0}")]
    Missing(String),
}

/// What a plugin would need a grant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability<'a> {
    /// To reach this URL.
    Http(&'a str),
    /// To use the secret of this name.
    Secret(&'a str),
    /// To ask the source of this name.
    Source(&'a str),
}

/// What the author of a plugin reads when it lacks a grant: what is missing, and who can
/// give it how.
pub fn ungranted(plugin: &str, missing: Capability<'_>) -> String {
    let (what, option) = match missing {
        Capability::Http(url) => {
            let place = without_query(url);
            (format!("http: {place}"), format!("--http '{place}'"))
        }
        Capability::Secret(name) => (format!("secret: `{name}`"), format!("--secret {name}")),
        Capability::Source(name) => (format!("source: `{name}`"), format!("--source {name}")),
    };
    format!(
        "{what} is not granted to this plugin: its plugin.toml has to ask for it, and an administrator to \
         grant it with `tellify plugin grant {plugin} {option}`"
    )
}

/// What stands behind `?` or in front of `@` is often a secret, and messages are kept.
fn without_query(url: &str) -> String {
    let place = url.split(['?', '#']).next().unwrap_or_default();
    match place.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..end].rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{}", &rest[end..])
        }
        None => place.to_owned(),
    }
}

/// The plugin's name, where nobody knows it.
const SOME_PLUGIN: &str = "NAME";

impl Outside for Nothing {
    fn http(&self, request: HttpRequest, _: Duration) -> Result<HttpResponse, HttpError> {
        Err(HttpError::Denied(ungranted(SOME_PLUGIN, Capability::Http(&request.url))))
    }

    fn secret(&self, name: &str) -> Result<Secret, SecretError> {
        Err(SecretError::Denied(ungranted(SOME_PLUGIN, Capability::Secret(name))))
    }

    fn sources(&self) -> Vec<SourceRef> {
        Vec::new()
    }

    fn ask_source(&self, source: &str, _: &str, _: Value, _: Duration) -> Result<Value, SourceError> {
        Err(SourceError::Denied(ungranted(SOME_PLUGIN, Capability::Source(source))))
    }
}

impl Secret {
    pub fn new(text: String) -> Secret {
        Secret(Zeroizing::new(text))
    }

    /// For whoever sends it on: it is not to be kept, logged or shown.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_ask_for_and_holds_no_secret_of_the_url() {
        let said = ungranted("disk", Capability::Http("https://me:word@api.example.org/v1?token=hidden#x"));
        assert_eq!(
            said,
            "http: https://api.example.org/v1 is not granted to this plugin: its plugin.toml has to ask for \
             it, and an administrator to grant it with `tellify plugin grant disk --http \
             'https://api.example.org/v1'`"
        );
        assert!(ungranted("disk", Capability::Secret("key")).ends_with("plugin grant disk --secret key`"));
        assert!(ungranted("disk", Capability::Source("db")).ends_with("plugin grant disk --source db`"));
        assert!(
            ungranted("disk", Capability::Http("nonsense?token=hidden")).starts_with("http: nonsense is")
        );
    }

    #[test]
    fn a_secret_is_not_shown_by_accident() {
        assert_eq!(format!("{:?}", Secret::new("hidden".into())), "Secret(…)");
    }
}
