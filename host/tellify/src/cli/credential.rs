//! The token that is shown to the daemon, and where it was found.

use std::fs;
use std::path::{Path, PathBuf};

use url::{Host, Url};

use super::failure::Failure;

pub(super) struct Credential {
    pub(super) token: Option<String>,
    /// For whoever is refused: where the token is from, or where none was found.
    pub(super) told: String,
}

impl Credential {
    /// The named file's token, else that of `TELLIFY_TOKEN`, else the administrator's of
    /// the data folder, if it is there and ours to read. Nobody asked for the usual
    /// folder's token, so that one stays on this machine.
    ///
    /// # Errors
    /// When the named file cannot be read.
    pub(super) fn find(file: Option<&Path>, url: &str) -> Result<Credential, Failure> {
        if let Some(file) = file {
            let text = fs::read_to_string(file)
                .map_err(|error| Failure::usage(format!("--token-file {}: {error}", file.display())))?;
            return Ok(Credential::shown(text.trim(), &file.display().to_string()));
        }
        if let Ok(token) = std::env::var("TELLIFY_TOKEN") {
            let token = token.trim();
            let empty = || Credential::none("TELLIFY_TOKEN is set, and empty");
            return Ok(if token.is_empty() { empty() } else { Credential::shown(token, "TELLIFY_TOKEN") });
        }
        let data = match std::env::var_os("TELLIFY_DATA").map(PathBuf::from) {
            Some(data) => data,
            None if is_here(url) => settings::default_data_folder(std::env::vars()),
            None => {
                return Ok(Credential::none(
                    "there is no --token-file, no TELLIFY_TOKEN and no TELLIFY_DATA, and the usual data \
                     folder's token is for a daemon of this machine only",
                ));
            }
        };
        let file = data.join("admin-token");
        Ok(match fs::read_to_string(&file) {
            Ok(text) => Credential::shown(text.trim(), &file.display().to_string()),
            Err(error) => Credential::none(&format!(
                "there is no --token-file and no TELLIFY_TOKEN, and {}: {error}",
                file.display()
            )),
        })
    }

    fn shown(token: &str, place: &str) -> Credential {
        Credential { token: Some(token.to_owned()), told: format!("The token of {place} was shown.") }
    }

    fn none(why: &str) -> Credential {
        Credential { token: None, told: format!("No token was shown: {why}.") }
    }
}

/// Whether a URL leads to this very machine, read as the HTTP client reads it.
fn is_here(url: &str) -> bool {
    match Url::parse(url).as_ref().map(Url::host) {
        Ok(Some(Host::Ipv4(address))) => address.is_loopback(),
        Ok(Some(Host::Ipv6(address))) => address.is_loopback(),
        Ok(Some(Host::Domain(name))) => name == "localhost",
        Ok(None) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn only_a_url_of_this_machine_gets_the_token_that_nobody_named() {
        for here in ["http://127.0.0.1:8355", "http://127.9.9.9", "http://[::1]:8355/", "https://LOCALHOST"] {
            assert!(is_here(here), "{here}");
        }
        for away in [
            "http://192.0.2.1:8355",
            "https://tellify.example.org",
            "http://127.0.0.1@example.org",
            "http://localhost.example.org",
            "http://example.org/?http://127.0.0.1",
            "http://example.org\\@127.0.0.1",
            "http://[2001:db8::1]",
            "127.0.0.1:8355",
            "",
        ] {
            assert!(!is_here(away), "{away}");
        }
    }
}
