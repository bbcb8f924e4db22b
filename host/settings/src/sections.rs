//! The sections of the file. What each key is for stands in `config/tellify.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

use crate::SettingsError;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    pub listen: SocketAddr,
    /// How people reach us; none: as [`Server::base_url`] says.
    #[serde(deserialize_with = "filled")]
    pub base_url: Option<String>,
    pub anonymous_events: AnonymousEvents,
    pub max_connections: usize,
    pub max_event_requests: usize,
    pub max_body_bytes: usize,
}

/// From whom events are taken without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnonymousEvents {
    Loopback,
    Never,
}

impl Server {
    /// Where links in messages lead to, without a slash at the end.
    pub fn base_url(&self) -> String {
        match &self.base_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            // Nobody can be sent to an address that stands for all addresses.
            None if self.listen.ip().is_unspecified() => format!("http://localhost:{}", self.listen.port()),
            None => format!("http://{}", self.listen),
        }
    }
}

impl Default for Server {
    fn default() -> Server {
        Server {
            listen: SocketAddr::from(([127, 0, 0, 1], 8355)),
            base_url: None,
            anonymous_events: AnonymousEvents::Loopback,
            max_connections: 1024,
            max_event_requests: 256,
            max_body_bytes: 64 << 20,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Never empty in loaded settings.
    pub dir: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Journal {
    pub segment_bytes: u64,
    pub seal_after_h: u32,
    /// Zero: for ever.
    pub keep_days: u32,
    /// Zero: any size.
    pub keep_bytes: u64,
    /// Zero: events are taken until the disk is full.
    pub keep_free_bytes: u64,
    pub queue_bytes: usize,
}

impl Journal {
    /// How long history stays at least, because duplicates are found by it.
    pub const KEEP_DAYS_MIN: u32 = 3;
}

impl Default for Journal {
    fn default() -> Journal {
        Journal {
            segment_bytes: 64 << 20,
            seal_after_h: 24,
            keep_days: 400,
            keep_bytes: 0,
            keep_free_bytes: 256 << 20,
            queue_bytes: 32 << 20,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plugins {
    /// Zero: one for each processor.
    pub threads: usize,
    /// Never empty in loaded settings.
    pub cache_dir: PathBuf,
    pub component_bytes: usize,
    pub compile_cpu_s: u64,
    pub compile_memory_bytes: u64,
    pub cpu_ms: u64,
    pub wall_ms: u64,
    pub monitor_cpu_ms: u64,
    pub monitor_wall_ms: u64,
    pub source_cpu_ms: u64,
    pub source_wall_ms: u64,
    pub channel_cpu_ms: u64,
    pub channel_wall_ms: u64,
    pub memory_bytes: usize,
    pub table_elements: usize,
    pub handles: usize,
    pub host_calls: u32,
    pub host_call_bytes: usize,
    pub output_bytes: usize,
    pub effects: usize,
    pub log_bytes: usize,
    pub state_value_bytes: usize,
    pub state_bytes: u64,
    pub members_may_install: bool,
    pub member_plugins: usize,
    pub member_bytes: u64,
}

impl Default for Plugins {
    fn default() -> Plugins {
        Plugins {
            threads: 0,
            cache_dir: PathBuf::new(),
            component_bytes: 64 << 20,
            compile_cpu_s: 60,
            compile_memory_bytes: 1 << 30,
            cpu_ms: 500,
            wall_ms: 1000,
            monitor_cpu_ms: 2000,
            monitor_wall_ms: 30_000,
            source_cpu_ms: 1000,
            source_wall_ms: 20_000,
            channel_cpu_ms: 500,
            channel_wall_ms: 20_000,
            memory_bytes: 64 << 20,
            table_elements: 10_000,
            handles: 256,
            host_calls: 10_000,
            host_call_bytes: 4 << 20,
            output_bytes: 1 << 20,
            effects: 1000,
            log_bytes: 64 << 10,
            state_value_bytes: 64 << 10,
            state_bytes: 1 << 20,
            members_may_install: true,
            member_plugins: 10,
            member_bytes: 128 << 20,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sources {
    pub timeout_ms: u64,
    pub rows: usize,
    pub result_bytes: usize,
    pub sqlite_folders: Vec<PathBuf>,
}

impl Default for Sources {
    fn default() -> Sources {
        Sources { timeout_ms: 30_000, rows: 10_000, result_bytes: 1 << 20, sqlite_folders: Vec::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct People {
    /// IANA time zone of whoever names none.
    pub zone: String,
}

impl Default for People {
    fn default() -> People {
        People { zone: "UTC".to_owned() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A level, or directives such as `info,journal=debug`.
    pub level: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Log {
    fn default() -> Log {
        Log { level: "info".to_owned(), format: LogFormat::Text }
    }
}

/// An empty text stands for none, so that a variable can take back what the file says.
pub(crate) fn filled<'de, D, T>(input: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<String>,
{
    let text = String::deserialize(input)?;
    Ok(if text.is_empty() { None } else { Some(T::from(text)) })
}

/// Refuses zero where nothing could work with it.
pub(crate) fn at_least_one(key: &str, value: u64) -> Result<(), SettingsError> {
    if value == 0 { Err(SettingsError::value(key, "must be at least 1")) } else { Ok(()) }
}
