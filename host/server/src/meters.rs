//! What the server counts.

use meter::{Counter, Durations, Family, Page, Timer};

use crate::body::PERMIT_BYTES;
use crate::shared::Shared;

pub(crate) struct Meters {
    /// By operation and status.
    answers: Family<Counter, 2>,
    /// By operation.
    times: Family<Durations, 1>,
    pub(crate) not_accepted: Counter,
    pub(crate) turned_away: Counter,
}

/// Marks an answer with the operation that it answers.
#[derive(Clone, Copy)]
pub(crate) struct OperationId(pub(crate) &'static str);

impl Default for Meters {
    fn default() -> Meters {
        Meters {
            answers: Family::new(["operation", "status"]),
            times: Family::new(["operation"]),
            not_accepted: Counter::default(),
            turned_away: Counter::default(),
        }
    }
}

impl Meters {
    /// Counts an answer; what no operation has made is none's.
    pub(crate) fn answered(&self, response: &http::Response<axum::body::Body>, timer: Timer) {
        let operation = response.extensions().get().map_or("none", |OperationId(id)| id);
        self.answers.of([operation, response.status().as_str()]).add(1);
        self.times.of([operation]).add(timer.elapsed());
    }
}

impl Shared {
    /// Writes what was counted, and what is under way.
    pub(crate) fn tell(&self, page: &mut Page) {
        let meters = &self.meters;
        page.counts("tellify_http_requests_total", "Requests, by operation and status.", &meters.answers);
        let says = "Requests, until their answer began.";
        page.durations("tellify_http_request_seconds", says, &meters.times);
        let (used, size) = self.connections.used_and_size();
        page.gauge("tellify_http_connections", "Open connections.", used as f64);
        page.gauge("tellify_http_connections_max", "As many there may be.", size as f64);
        let (used, size) = self.farewells.used_and_size();
        let says = "Connections too many that are told so.";
        page.gauge("tellify_http_farewells", says, used as f64);
        page.gauge("tellify_http_farewells_max", "As many at once; more are closed at once.", size as f64);
        let says = "Connections that were answered with 503 because too many were open.";
        page.count("tellify_http_turned_away_total", says, &meters.turned_away);
        let (held, most) = self.bodies.used_and_size();
        let bytes = |permits: usize| (permits * PERMIT_BYTES) as f64;
        page.gauge("tellify_http_body_bytes", "Bodies of requests that are held.", bytes(held));
        page.gauge("tellify_http_body_bytes_max", "As much of them may be held.", bytes(most));
        let (used, size) = self.event_requests.used_and_size();
        let says = "Requests with events that are read and stored.";
        page.gauge("tellify_http_event_requests", says, used as f64);
        page.gauge("tellify_http_event_requests_max", "As many may be at once.", size as f64);
        let says = "Connections that could not be accepted.";
        page.count("tellify_http_not_accepted_total", says, &meters.not_accepted);
    }
}
