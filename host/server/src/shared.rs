//! What stays the same when the server is given another configuration.

use tokio::sync::watch;

use crate::app::Options;
use crate::body::PERMIT_BYTES;
use crate::limits::FAREWELLS;
use crate::meters::Meters;
use crate::places::Places;

pub(crate) struct Shared {
    pub(crate) meters: Meters,
    /// Of bodies that are held, one for each KiB.
    pub(crate) bodies: Places,
    pub(crate) connections: Places,
    /// Of connections too many that are told so.
    pub(crate) farewells: Places,
    /// Of requests with events whose body is here.
    pub(crate) event_requests: Places,
    /// Turns true when the server is to stop: streams end then.
    pub(crate) stop: watch::Sender<bool>,
}

impl Shared {
    pub(crate) fn new(max_connections: usize) -> Shared {
        Shared {
            meters: Meters::default(),
            // There are none before there is a service, which says how many.
            bodies: Places::new(0),
            event_requests: Places::new(0),
            connections: Places::new(max_connections),
            farewells: Places::new(FAREWELLS),
            stop: watch::Sender::new(false),
        }
    }

    /// Takes other bounds.
    pub(crate) fn resize(&self, options: &Options) {
        self.connections.resize(options.max_connections);
        self.event_requests.resize(options.max_event_requests);
        self.bodies.resize(options.max_body_bytes.div_ceil(PERMIT_BYTES));
    }
}
