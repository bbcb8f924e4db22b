//! All sections together.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use event::{EventLimits, Name};
use serde::{Deserialize, Serialize};

use crate::error::{Refused, Warning};
use crate::file::{self, File};
use crate::origin::Origins;
use crate::sections::at_least_one;
use crate::{Data, Door, Egress, Journal, Log, Mail, People, Plugins, Server, SettingsError, Sources, Watch};
use crate::{door, environment, folders};

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
    pub egress: Egress,
    pub sources: Sources,
    pub people: People,
    pub watch: Watch,
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
            egress: Egress::default(),
            sources: Sources::default(),
            people: People::default(),
            watch: Watch::default(),
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
    /// All that is wrong, each with its place.
    pub fn load(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<(Settings, Vec<Warning>), Refused> {
        Loaded::read(file, variables).map(|loaded| (loaded.settings, loaded.warnings))
    }

    /// Fills in what depends on the surroundings, and finds what cannot work.
    fn complete(&mut self, variables: &BTreeMap<String, String>) -> Vec<SettingsError> {
        let mut errors = Vec::new();
        for (name, built_in) in door::built_in() {
            self.doors.entry(name).or_insert(built_in);
        }
        door::complete(&mut self.doors, &mut errors);
        self.mail.complete(&mut errors);
        self.watch.complete(&mut errors);
        if self.data.dir.as_os_str().is_empty() {
            self.data.dir = folders::data(variables);
        }
        if self.plugins.cache_dir.as_os_str().is_empty() {
            self.plugins.cache_dir = folders::cache(variables, &self.data.dir);
        }
        if let Some(url) = &self.server.base_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            errors.push(SettingsError::value(
                "server.base_url",
                format!("`{url}` does not begin with http:// or https://"),
            ));
        }
        errors.extend(at_least_one("server.max_connections", self.server.max_connections as u64).err());
        errors.extend(at_least_one("server.max_event_requests", self.server.max_event_requests as u64).err());
        errors.extend(at_least_one("sources.timeout_ms", self.sources.timeout_ms).err());
        errors.extend(at_least_one("sources.rows", self.sources.rows as u64).err());
        errors.extend(at_least_one("sources.result_bytes", self.sources.result_bytes as u64).err());
        if let Some(folder) = self.sources.sqlite_folders.iter().find(|folder| !folder.is_absolute()) {
            let message = format!("`{}` does not begin with a slash", folder.display());
            errors.push(SettingsError::value("sources.sqlite_folders", message));
        }
        if self.server.max_body_bytes < self.events.batch_bytes.max(self.plugins.component_bytes) {
            let message = "must hold the largest body there may be: that of `events.batch_bytes` or \
                           `plugins.component_bytes`";
            errors.push(SettingsError::value("server.max_body_bytes", message));
        }
        errors.extend(at_least_one("plugins.compile_cpu_s", self.plugins.compile_cpu_s).err());
        errors.extend(at_least_one("plugins.compile_memory_bytes", self.plugins.compile_memory_bytes).err());
        if self.journal.queue_bytes < 2 * self.events.batch_bytes {
            let message =
                "must be twice `events.batch_bytes` at least, or the largest request never finds room";
            errors.push(SettingsError::value("journal.queue_bytes", message));
        }
        errors.extend(at_least_one("events.batch_events", self.events.batch_events as u64).err());
        errors.extend(at_least_one("journal.segment_bytes", self.journal.segment_bytes).err());
        if (1..Journal::KEEP_DAYS_MIN).contains(&self.journal.keep_days) {
            let message = "must be 3 or more, since duplicates are found by the last three days; 0: for ever";
            errors.push(SettingsError::value("journal.keep_days", message));
        }
        if self.events.event_bytes > self.events.batch_bytes {
            let message =
                "one event may not be larger than the request that brings it (`events.batch_bytes`)";
            errors.push(SettingsError::value("events.event_bytes", message));
        }
        errors
    }
}

/// Settings, with where each of them comes from.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub settings: Settings,
    pub origins: Origins,
    pub warnings: Vec<Warning>,
}

impl Loaded {
    /// As [`Settings::load`].
    ///
    /// # Errors
    /// All that is wrong, each with its place.
    pub fn read(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Loaded, Refused> {
        let variables: BTreeMap<String, String> = variables.collect();
        let mut read = match file {
            Some(path) => file::read(path, &text(path)?),
            None => File::default(),
        };
        environment::overlay(&mut read, &variables);
        let File { table, origins, mut errors, spoilt, warnings } = read;
        match table.try_into::<Settings>() {
            Ok(mut settings) => {
                let mut found = settings.complete(&variables);
                // What was left out may be all that such a section misses.
                found.retain(|error| !error.section().is_some_and(|section| spoilt.contains(section)));
                errors.extend(found.into_iter().map(|error| origins.placed(error)));
                if errors.is_empty() {
                    return Ok(Loaded { settings, origins, warnings });
                }
            }
            Err(error) => errors.push(SettingsError::value("settings", error.message())),
        }
        Err(Refused { errors, warnings })
    }
}

fn text(path: &Path) -> Result<String, Refused> {
    fs::read_to_string(path).map_err(|error| {
        let error = SettingsError::Unreadable { path: path.to_owned(), error };
        Refused { errors: vec![error], warnings: Vec::new() }
    })
}
