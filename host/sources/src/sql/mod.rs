//! The kind `sql`: PostgreSQL, MySQL and MariaDB, SQLite.
//!
//! Each question has a session of its own, which cannot write: it is read-only for the
//! server, ends on the server when its time is over, and takes one statement that gives
//! rows. The account or file that is used should have no more rights than that either.

mod answer;
mod mysql;
mod postgres;
mod sqlite;
mod stream;
mod value;

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::{self, arguments, unknown_method};
use crate::error::{BadConfig, SourceError};
use crate::kind::{Description, Method};
use crate::sources::Reachable;

#[derive(Clone, Deserialize)]
#[serde(tag = "driver", rename_all = "lowercase")]
pub(crate) enum Sql {
    Postgresql(Server),
    #[serde(alias = "mariadb")]
    Mysql(Server),
    Sqlite(File),
}

/// A database server.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    host: String,
    port: Option<u16>,
    database: String,
    username: String,
    password: Option<String>,
    #[serde(default)]
    tls: Tls,
    /// PEM.
    ca: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tls {
    #[default]
    Verify,
    Off,
}

/// A SQLite database.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    path: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    sql: String,
    #[serde(default)]
    parameters: Vec<Value>,
}

/// A statement, in bytes.
const SQL_MAX: usize = 64 << 10;
const PARAMETERS_MAX: usize = 1000;

impl Sql {
    pub(crate) fn read(config: &Value) -> Result<Sql, BadConfig> {
        let sql: Sql = arguments::config(config)?;
        match &sql {
            Sql::Postgresql(server) | Sql::Mysql(server) => server.check()?,
            Sql::Sqlite(file) if !file.path.is_absolute() => {
                return Err(BadConfig::at("path", "the path of a SQLite file begins with a slash"));
            }
            Sql::Sqlite(_) => {}
        }
        Ok(sql)
    }

    pub(crate) async fn call(
        &self,
        reachable: &Reachable<'_>,
        method: &str,
        given: Value,
    ) -> Result<Value, SourceError> {
        if method != "query" {
            return Err(unknown_method("sql", method, &["query"]));
        }
        let query: Query = arguments(method, given)?;
        if query.sql.len() > SQL_MAX || query.parameters.len() > PARAMETERS_MAX {
            return Err(SourceError::BadArguments(format!(
                "a statement has {SQL_MAX} bytes and {PARAMETERS_MAX} parameters at most"
            )));
        }
        self.query(reachable, query).await.map(answer::Answer::json)
    }

    /// Asks a server for its version.
    pub(crate) async fn probe(&self, reachable: &Reachable<'_>) -> Result<String, SourceError> {
        let sql = match self {
            Sql::Postgresql(_) => "SELECT current_setting('server_version')",
            Sql::Mysql(_) => "SELECT version()",
            Sql::Sqlite(_) => "SELECT sqlite_version(), count(*) FROM sqlite_schema",
        };
        let answer = self.query(reachable, Query { sql: sql.to_owned(), parameters: Vec::new() }).await?;
        let version = answer.first().map(|version| version.trim_matches('"').to_owned()).unwrap_or_default();
        Ok(match self {
            Sql::Postgresql(_) => format!("PostgreSQL {version}"),
            Sql::Mysql(_) if version.contains("MariaDB") => version.replace('-', " "),
            Sql::Mysql(_) => format!("MySQL {version}"),
            Sql::Sqlite(_) => format!("a SQLite file, read by SQLite {version}"),
        })
    }

    async fn query(&self, reachable: &Reachable<'_>, query: Query) -> Result<answer::Answer, SourceError> {
        match self {
            Sql::Postgresql(server) => postgres::query(server, reachable, query).await,
            Sql::Mysql(server) => mysql::query(server, reachable, query).await,
            Sql::Sqlite(file) => sqlite::query(file, reachable, query).await,
        }
    }
}

impl Server {
    fn check(&self) -> Result<(), BadConfig> {
        if self.host.is_empty() || self.host.contains(['/', '@', ' ']) {
            return Err(BadConfig::at(
                "host",
                "this is no host's name or address: sockets and URLs are not taken",
            ));
        }
        if self.ca.is_some() && self.tls == Tls::Off {
            return Err(BadConfig::at("ca", "without TLS nobody is asked for a certificate: leave `ca` out"));
        }
        Ok(())
    }
}

pub(crate) fn description() -> Description {
    let text = |title: &str, says: &str| json!({"type": "string", "title": title, "description": says});
    Description {
        kind: "sql",
        title: "SQL",
        description: "Rows of a PostgreSQL, MySQL, MariaDB or SQLite database, in sessions that cannot write.",
        config_schema: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "SQL",
            "type": "object",
            "required": ["driver"],
            "additionalProperties": false,
            "properties": {
                "driver": {"title": "Database", "enum": ["postgresql", "mysql", "mariadb", "sqlite"]},
                "host": text("Host", "Name or address of the database server."),
                "port": {"type": "integer", "title": "Port", "minimum": 1, "maximum": 65535, "description": "Absent: 5432, or 3306."},
                "database": text("Database", "Its name on the server."),
                "username": text("User name", "Best an account that can only read."),
                "password": {"type": "string", "title": "Password", "x-secret": true},
                "tls": {"title": "TLS", "enum": ["verify", "off"], "default": "verify", "description": "verify: the server has to prove that it is the host. off: for servers on this machine or in a trusted network."},
                "ca": text("Authority", "In PEM: the authority that issued the server's certificate, when the system does not know it."),
                "path": text("File", "Of a SQLite database, below one of the folders in `[sources] sqlite_folders`."),
            },
            "if": {"properties": {"driver": {"const": "sqlite"}}},
            "then": {"required": ["path"]},
            "else": {"required": ["host", "database", "username"]},
        }),
        methods: vec![Method {
            name: "query",
            summary: "The rows of one statement.",
            arguments_schema: json!({"type": "object", "required": ["sql"], "additionalProperties": false, "properties": {
                "sql": {"type": "string", "maxLength": SQL_MAX, "description": "One statement that gives rows, with $1, $2 (PostgreSQL) or ? for its parameters."},
                "parameters": {"type": "array", "maxItems": PARAMETERS_MAX, "description": "Text, numbers, true, false, null; arrays and objects as JSON."},
            }}),
            result_schema: json!({"type": "object", "required": ["columns", "rows"], "properties": {
                "columns": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "type": {"type": "string"}}}},
                "rows": {"type": "array", "items": {"type": "array"}, "description": "Each with a value for each column."},
            }}),
        }],
    }
}
