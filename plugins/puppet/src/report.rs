//! A report as Puppet writes it, format 4 and later: of its fields those that we use.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::UserMessageFormatter;
use tellify_plugin::Value;

#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) host: String,
    pub(crate) status: Status,
    pub(crate) time: Option<String>,
    /// A number made from the time, or whatever a site's own script prints.
    pub(crate) configuration_version: Option<Word>,
    pub(crate) transaction_uuid: Option<String>,
    pub(crate) report_format: Option<u32>,
    pub(crate) puppet_version: Option<String>,
    pub(crate) noop: Option<bool>,
    pub(crate) noop_pending: Option<bool>,
    pub(crate) corrective_change: Option<bool>,
    pub(crate) environment: Option<String>,
    #[serde(alias = "master_used")]
    pub(crate) server_used: Option<String>,
    pub(crate) catalog_uuid: Option<String>,
    pub(crate) cached_catalog_status: Option<String>,
    pub(crate) code_id: Option<Word>,
    pub(crate) job_id: Option<Word>,
    pub(crate) logs: Option<Vec<Log>>,
    pub(crate) metrics: Option<BTreeMap<String, Metric>>,
    pub(crate) resource_statuses: Option<BTreeMap<String, Resource>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Failed,
    Changed,
    Unchanged,
}

/// Text, or a number that stands for one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Word {
    Number(i64),
    Text(String),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Log {
    pub(crate) level: String,
    pub(crate) message: String,
    pub(crate) source: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Metric {
    /// Name, label, value.
    pub(crate) values: Vec<(String, String, f64)>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Resource {
    pub(crate) resource_type: Option<String>,
    pub(crate) title: Option<Word>,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u64>,
    pub(crate) failed: Option<bool>,
    pub(crate) failed_to_restart: Option<bool>,
    pub(crate) corrective_change: Option<bool>,
    pub(crate) time: Option<String>,
    pub(crate) events: Option<Vec<Change>>,
}

/// What Puppet calls an event: one property of one resource, and what became of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    pub(crate) property: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) previous_value: Option<Value>,
    pub(crate) desired_value: Option<Value>,
    pub(crate) corrective_change: Option<bool>,
}

impl Report {
    /// Reads the YAML of a report; an error says where and why.
    pub(crate) fn read(yaml: &str) -> Result<Report, String> {
        let options = serde_saphyr::options! {
            // The document's own nodes: a report of ten thousand resources has half as many.
            budget: serde_saphyr::budget! { max_nodes: 1_000_000, max_events: 2_000_000, max_depth: 32 },
            // Puppet refers back to short texts and lists; a bomb does so to its own references.
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000, max_replay_stack_depth: 8 },
            with_snippet: false,
        };
        let read = serde_saphyr::from_str_with_options(yaml, options);
        read.map_err(|e| format!("no Puppet report: {}", e.render_with_formatter(&UserMessageFormatter)))
    }

    /// The values of a metric, by name.
    pub(crate) fn metric(&self, name: &str) -> BTreeMap<&str, f64> {
        let values =
            self.metrics.iter().flat_map(|metrics| metrics.get(name)).flat_map(|metric| &metric.values);
        values.map(|(name, _, value)| (name.as_str(), *value)).collect()
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Word::Number(number) => number.fmt(f),
            Word::Text(text) => text.fmt(f),
        }
    }
}
