//! HTTP: from a socket to the service behind the API, and back.
//!
//! Whatever is about HTTP is here and nowhere else: routes, bodies and their bounds,
//! status codes, headers, streams. What a request means is the service's business.
//!
//! HTTP/1.1 only: clients speak HTTP/2 over TLS alone, and TLS ends in a proxy.

mod admission;
mod answer;
mod app;
mod body;
mod check;
mod connection;
mod crowd;
mod handlers;
mod limits;
mod local;
mod meters;
mod parts;
mod places;
mod query;
mod rest;
mod routes;
mod server;
mod shared;
mod stream;

pub use crate::app::Options;
pub use crate::server::{Front, Server};
