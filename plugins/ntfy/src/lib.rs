//! Push messages to telephones and desktops, through ntfy.sh or a server of one's own.

mod answer;
mod note;

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::http::{HttpError, Request};
use tellify_plugin::secrets::{self, SecretError};
use tellify_plugin::*;

/// The server that serves everybody.
const PUBLIC: &str = "https://ntfy.sh";
/// A secret that the administrator keeps, for all who say `shared_token`.
const SHARED: &str = "ntfy-token";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What the telephone is subscribed to. Whoever knows it can read along, unless the server
    /// protects it: choose one that nobody guesses.
    #[schemars(regex(pattern = "^[-_A-Za-z0-9]{1,64}$"))]
    topic: String,
    /// The server's address, such as `https://ntfy.example.org`; absent: `https://ntfy.sh`.
    #[serde(default)]
    #[schemars(regex(pattern = "^https?://[^/?#@ ]+/?$"))]
    server: Option<String>,
    /// An access token of one's own, for a topic that the server protects.
    #[serde(default)]
    #[schemars(extend("x-secret" = true), length(min = 1))]
    token: Option<String>,
    /// Uses the token that the administrator keeps as the secret `ntfy-token`.
    #[serde(default)]
    shared_token: bool,
}

impl Config {
    /// Where messages are posted: the server's root.
    fn url(&self) -> String {
        format!("{}/", self.server.as_deref().unwrap_or(PUBLIC).trim_end_matches('/'))
    }

    fn token(&self) -> Result<Option<String>, SecretError> {
        if self.shared_token { secrets::get(SHARED).map(Some) } else { Ok(self.token.clone()) }
    }
}

pub struct Ntfy;

impl Channel for Ntfy {
    type Config = Config;
    const NAME: &'static str = "ntfy";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "Push messages (ntfy)";
    const DESCRIPTION: &'static str =
        "Pushes to telephones and desktops, through ntfy.sh or a server of one's own.";

    fn validate(_: &str, config: &Config) -> Vec<Problem> {
        if config.token.is_some() && config.shared_token {
            let said = "give a token of your own, or use the shared one: not both";
            return vec![Problem::at("/shared_token", said)];
        }
        Vec::new()
    }

    fn title(config: &Config) -> String {
        format!("{}{}", config.url(), config.topic)
    }

    fn deliver(config: &Config, _: Timestamp, message: &Message) -> Result<Receipt, Error> {
        let mut request = Request::post(config.url()).json(&note::of(&config.topic, message))?;
        // Both are an administrator's to mend, who has a day for it.
        if let Some(token) = config.token().map_err(|why| later(why.to_string()))? {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        match request.send() {
            Ok(response) => answer::receipt(&response),
            Err(error @ (HttpError::Invalid(_) | HttpError::TooBig)) => Err(Error::failed(error.to_string())),
            Err(error) => Err(later(error.to_string())),
        }
    }
}

fn later(reason: String) -> Error {
    Error::Retry { after_ms: None, reason }
}

channel!(Ntfy);
