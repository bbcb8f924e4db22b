//! The built-in kinds: what each wants to know, and what it can be asked.

use std::fmt;

use serde_json::Value;

use crate::error::{BadConfig, SourceError};
use crate::sources::Reachable;
use crate::{graphite, http, prometheus, sql};

/// A kind, as its users read of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// As a configuration names it.
    pub kind: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    /// JSON Schema 2020-12 of its configuration. Secret parts have `"x-secret": true`.
    pub config_schema: Value,
    pub methods: Vec<Method>,
}

/// Something that a source can be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    pub name: &'static str,
    pub summary: &'static str,
    /// JSON Schemas 2020-12.
    pub arguments_schema: Value,
    pub result_schema: Value,
}

/// All built-in kinds, in the order of their names.
pub fn kinds() -> Vec<Description> {
    vec![graphite::description(), http::description(), prometheus::description(), sql::description()]
}

/// A configuration that was read: what to connect to, and how.
#[derive(Clone)]
pub struct Connection(Kind);

#[derive(Clone)]
enum Kind {
    Graphite(graphite::Graphite),
    Http(http::Http),
    Prometheus(prometheus::Prometheus),
    Sql(sql::Sql),
}

impl Connection {
    /// Reads a configuration, with its secret parts in their places.
    ///
    /// # Errors
    /// When there is no such kind, or it does not take that.
    pub fn new(kind: &str, config: &Value) -> Result<Connection, BadConfig> {
        let read = match kind {
            "graphite" => Kind::Graphite(graphite::Graphite::read(config)?),
            "http" => Kind::Http(http::Http::read(config)?),
            "prometheus" => Kind::Prometheus(prometheus::Prometheus::read(config)?),
            "sql" => Kind::Sql(sql::Sql::read(config)?),
            other => {
                let known: Vec<_> = kinds().iter().map(|known| format!("`{}`", known.kind)).collect();
                let message =
                    format!("there is no kind of sources `{other}`: there are {}", known.join(", "));
                return Err(BadConfig { pointer: String::new(), message });
            }
        };
        Ok(Connection(read))
    }

    pub(crate) async fn call(
        &self,
        reachable: &Reachable<'_>,
        method: &str,
        arguments: Value,
    ) -> Result<Value, SourceError> {
        match &self.0 {
            Kind::Graphite(graphite) => graphite.call(reachable, method, arguments).await,
            Kind::Http(http) => http.call(reachable, method, arguments).await,
            Kind::Prometheus(prometheus) => prometheus.call(reachable, method, arguments).await,
            Kind::Sql(sql) => sql.call(reachable, method, arguments).await,
        }
    }

    pub(crate) async fn probe(&self, reachable: &Reachable<'_>) -> Result<String, SourceError> {
        match &self.0 {
            Kind::Graphite(graphite) => graphite.probe(reachable).await,
            Kind::Http(http) => http.probe(reachable).await,
            Kind::Prometheus(prometheus) => prometheus.probe(reachable).await,
            Kind::Sql(sql) => sql.probe(reachable).await,
        }
    }
}

/// Never with what is secret.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Kind::Graphite(_) => "graphite",
            Kind::Http(_) => "http",
            Kind::Prometheus(_) => "prometheus",
            Kind::Sql(_) => "sql",
        };
        f.debug_tuple("Connection").field(&kind).finish()
    }
}
