//! All sections together.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use event::{EventLimits, Name};
use serde::{Deserialize, Serialize};

use crate::sections::at_least_one;
use crate::{Data, Door, Journal, Log, Mail, People, Plugins, Server, SettingsError, Warning};
use crate::{door, environment, file, folders};

/// What the daemon is told by its file and its variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub server: Server,
    pub data: Data,
    pub events: EventLimits,
    pub journal: Journal,
    pub plugins: Plugins,
    pub mail: Mail,
    pub people: People,
    pub log: Log,
    /// One that the file names takes the place of a built-in one of the same name.
    #[serde(rename = "door")]
    pub doors: BTreeMap<Name, Door>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            server: Server::default(),
            data: Data::default(),
            events: EventLimits::default(),
            journal: Journal::default(),
            plugins: Plugins::default(),
            mail: Mail::default(),
            people: People::default(),
            log: Log::default(),
            doors: door::built_in(),
        }
    }
}

impl Settings {
    /// The file's settings, under those of the variables, over the defaults. Relative
    /// paths are seen from the working directory.
    ///
    /// # Errors
    /// At the first thing that is wrong, with its place.
    pub fn load(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<(Settings, Vec<Warning>), SettingsError> {
        let mut table = match file {
            Some(path) => {
                let unreadable = |error| SettingsError::Unreadable { path: path.to_owned(), error };
                file::read(path, &fs::read_to_string(path).map_err(unreadable)?)?
            }
            None => toml::Table::new(),
        };
        let variables: BTreeMap<String, String> = variables.collect();
        let warnings = environment::overlay(&mut table, &variables)?;
        let mut settings: Settings = table
            .try_into()
            .map_err(|error: toml::de::Error| SettingsError::value("settings", error.message()))?;
        settings.complete(&variables)?;
        Ok((settings, warnings))
    }

    /// Fills in what depends on the surroundings, and refuses what cannot work.
    fn complete(&mut self, variables: &BTreeMap<String, String>) -> Result<(), SettingsError> {
        for (name, built_in) in door::built_in() {
            self.doors.entry(name).or_insert(built_in);
        }
        door::complete(&mut self.doors)?;
        self.mail.complete()?;
        if self.data.dir.as_os_str().is_empty() {
            self.data.dir = folders::data(variables);
        }
        if self.plugins.cache_dir.as_os_str().is_empty() {
            self.plugins.cache_dir = folders::cache(variables, &self.data.dir);
        }
        if let Some(url) = &self.server.base_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            return Err(SettingsError::value(
                "server.base_url",
                format!("`{url}` does not begin with http:// or https://"),
            ));
        }
        at_least_one("server.max_connections", self.server.max_connections as u64)?;
        at_least_one("events.batch_events", self.events.batch_events as u64)?;
        at_least_one("journal.segment_bytes", self.journal.segment_bytes)?;
        if self.events.event_bytes > self.events.batch_bytes {
            let message =
                "one event may not be larger than the request that brings it (`events.batch_bytes`)";
            return Err(SettingsError::value("events.event_bytes", message));
        }
        Ok(())
    }
}
