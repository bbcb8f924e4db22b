//! What every handler can reach.

use std::collections::HashMap;
use std::sync::Arc;

use api::{Operation, Service};
use settings::{AnonymousEvents, Settings};
use tokio::sync::watch;

use crate::shared::Shared;

/// What may be chosen about the server.
#[derive(Clone, Debug)]
pub struct Options {
    pub anonymous_events: AnonymousEvents,
    /// Connections at once; one more is answered with 503.
    pub max_connections: usize,
    /// Requests with events that are read and stored at once; one more is answered with 429.
    pub max_event_requests: usize,
    /// Bodies in memory at once, of all requests together.
    pub max_body_bytes: usize,
    /// The body of a request with events, in bytes as sent.
    pub events_bytes: usize,
    /// The body of a request with a plugin, in bytes.
    pub plugin_bytes: usize,
}

impl From<&Settings> for Options {
    fn from(settings: &Settings) -> Options {
        Options {
            anonymous_events: settings.server.anonymous_events,
            max_connections: settings.server.max_connections,
            max_event_requests: settings.server.max_event_requests,
            max_body_bytes: settings.server.max_body_bytes,
            events_bytes: settings.events.batch_bytes,
            plugin_bytes: settings.plugins.component_bytes,
        }
    }
}

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) service: Arc<dyn Service>,
    pub(crate) options: Arc<Options>,
    /// By path, as the router knows it.
    pub(crate) operations: Arc<HashMap<&'static str, Vec<Operation>>>,
    /// Turns true when the server is to stop: streams end then.
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) shared: Arc<Shared>,
}

impl App {
    pub(crate) fn new(service: Arc<dyn Service>, options: Options, shared: Arc<Shared>) -> App {
        let mut operations: HashMap<_, Vec<_>> = HashMap::new();
        for operation in api::operations() {
            operations.entry(operation.path).or_default().push(operation);
        }
        App {
            service,
            options: Arc::new(options),
            operations: Arc::new(operations),
            stopping: shared.stop.subscribe(),
            shared,
        }
    }
}
