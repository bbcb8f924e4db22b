//! Who outside hears that all is well.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::sections::filled;
use crate::{Secret, SettingsError, secret};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Watch {
    /// In loaded settings also what `url_file` holds; none: nobody is told.
    #[serde(deserialize_with = "filled")]
    pub url: Option<Secret>,
    #[serde(deserialize_with = "filled")]
    pub url_file: Option<PathBuf>,
    pub method: WatchMethod,
    pub every_s: u32,
}

/// How the URL is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WatchMethod {
    Get,
    Post,
}

impl Watch {
    /// More often would be noise, and more rarely nobody would hear in time.
    const EVERY_S: std::ops::RangeInclusive<u32> = 15..=3600;

    /// Reads the URL's file, and finds what cannot work.
    pub(crate) fn complete(&mut self, errors: &mut Vec<SettingsError>) {
        errors.extend(secret::from_file(&mut self.url, self.url_file.as_deref(), "watch.url").err());
        let is_web = |url: &Secret| ["http://", "https://"].iter().any(|s| url.reveal().starts_with(s));
        if self.url.as_ref().is_some_and(|url| !is_web(url)) {
            // The URL itself is a secret: whoever knows it can say that all is well.
            errors.push(SettingsError::value("watch.url", "does not begin with http:// or https://"));
        }
        if !Watch::EVERY_S.contains(&self.every_s) {
            let (least, most) = (Watch::EVERY_S.start(), Watch::EVERY_S.end());
            errors.push(SettingsError::value("watch.every_s", format!("must be from {least} to {most}")));
        }
    }
}

impl Default for Watch {
    fn default() -> Watch {
        Watch { url: None, url_file: None, method: WatchMethod::Post, every_s: 60 }
    }
}
