//! The mail server that digests are handed to.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::sections::{at_least_one, filled};
use crate::{Secret, SettingsError, secret};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// None: no mail is sent.
    #[serde(deserialize_with = "filled")]
    pub host: Option<String>,
    /// Zero in the file: the usual one for `tls`. Never zero in loaded settings.
    pub port: u16,
    pub tls: MailTls,
    #[serde(deserialize_with = "filled")]
    pub username: Option<String>,
    /// In loaded settings also what `password_file` holds.
    #[serde(deserialize_with = "filled")]
    pub password: Option<Secret>,
    #[serde(deserialize_with = "filled")]
    pub password_file: Option<PathBuf>,
    /// Given whenever there is a host.
    #[serde(deserialize_with = "filled")]
    pub from: Option<String>,
    /// How we introduce ourselves; none: by the host's name.
    #[serde(deserialize_with = "filled")]
    pub helo: Option<String>,
    /// PEM file of a private authority; none: the system's.
    #[serde(deserialize_with = "filled")]
    pub ca_file: Option<PathBuf>,
    /// Connections at once.
    pub pool: u32,
    pub timeout_s: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailTls {
    None,
    Starttls,
    Implicit,
}

impl Mail {
    /// Chooses the port, reads the password's file, and finds what cannot be together.
    pub(crate) fn complete(&mut self, errors: &mut Vec<SettingsError>) {
        if self.port == 0 {
            self.port = match self.tls {
                MailTls::None => 25,
                MailTls::Starttls => 587,
                MailTls::Implicit => 465,
            };
        }
        let password = secret::from_file(&mut self.password, self.password_file.as_deref(), "mail.password");
        let unread = password.is_err();
        errors.extend(password.err());
        if self.host.is_none() {
            return;
        }
        if self.from.is_none() {
            errors.push(SettingsError::value("mail.from", "is needed where `mail.host` is given"));
        }
        if self.username.is_some() != self.password.is_some() && !unread {
            errors.push(SettingsError::value(
                "mail.username",
                "and a password go together: one of them is missing",
            ));
        }
        errors.extend(at_least_one("mail.pool", u64::from(self.pool)).err());
        errors.extend(at_least_one("mail.timeout_s", self.timeout_s).err());
    }
}

impl Default for Mail {
    fn default() -> Mail {
        Mail {
            host: None,
            port: 0,
            tls: MailTls::Starttls,
            username: None,
            password: None,
            password_file: None,
            from: None,
            helo: None,
            ca_file: None,
            pool: 4,
            timeout_s: 30,
        }
    }
}
