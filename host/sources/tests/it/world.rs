//! Sources with limits of a test's own.

use std::path::PathBuf;
use std::time::Duration;

use egress::Reach;
use event::Name;
use serde_json::Value;
use sources::{Connection, Limits, Options, SourceError, Sources};

pub(crate) struct World(Sources);

impl World {
    /// More than any of these tests needs.
    pub(crate) const LIMITS: Limits = Limits { time: Duration::from_secs(120), rows: 1000, bytes: 1 << 20 };

    pub(crate) fn new(limits: Limits, sqlite_folders: Vec<PathBuf>) -> World {
        let egress = egress::Options {
            timeout: Duration::from_secs(60),
            user_agent: "tellify/test".to_owned(),
            reach: Reach::Public { and: vec!["127.0.0.0/8".parse().unwrap()] },
            ca_file: None,
        };
        World(Sources::new(Options { egress, limits, sqlite_folders }).unwrap())
    }

    pub(crate) async fn ask(
        &self,
        kind: &str,
        config: &Value,
        method: &str,
        arguments: Value,
    ) -> Result<Value, SourceError> {
        let connection = Connection::new(kind, config).unwrap();
        self.0.call(&name(), &connection, method, arguments, Duration::MAX).await
    }

    pub(crate) async fn probe(&self, kind: &str, config: &Value) -> Result<String, SourceError> {
        self.0.probe(&name(), &Connection::new(kind, config).unwrap()).await
    }
}

fn name() -> Name {
    Name::new("asked").unwrap()
}
