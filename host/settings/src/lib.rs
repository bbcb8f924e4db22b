//! The configuration: one TOML file, variables that override it, defaults.
//!
//! `config/tellify.toml` names every key with its default and its reason. A key that
//! nobody knows stops the start; a variable that nobody knows warns.
//!
//! Absent on purpose: what the values mean to others. A time zone is a text here,
//! a listener an address that nobody has bound.

mod changes;
mod door;
mod egress;
mod environment;
mod error;
mod file;
mod folders;
mod keys;
mod mail;
mod origin;
mod renamed;
mod secret;
mod sections;
mod settings;
mod watch;

pub use crate::changes::Change;
pub use crate::door::Door;
pub use crate::egress::{Egress, Network, NoNetwork};
pub use crate::error::{Refused, SettingsError, Warning};
pub use crate::folders::default_data_folder;
pub use crate::keys::{is_near, nearest};
pub use crate::mail::{Mail, MailTls};
pub use crate::origin::{Origin, Origins};
pub use crate::secret::Secret;
pub use crate::sections::{AnonymousEvents, Data, Journal, Log, LogFormat, People, Plugins, Server, Sources};
pub use crate::settings::{Loaded, Settings};
pub use crate::watch::{Watch, WatchMethod};
