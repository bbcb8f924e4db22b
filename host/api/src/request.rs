//! Requests whose body the service reads by itself.

use std::net::SocketAddr;

use bytes::Bytes;
use event::Name;

/// Events as a sender wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawRequest {
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    /// As it stood after the `?`, percent-encoded; may be empty.
    pub query: String,
    /// Names in lower case, in order, repeated as received.
    pub headers: Vec<(String, String)>,
    /// Not decompressed; no longer than the server's bound for a body.
    pub body: Bytes,
}

/// Anything at all that came to a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorRequest {
    pub method: String,
    pub remote: SocketAddr,
    pub request: RawRequest,
}

/// What the sender at a door is answered. The server drops headers that are its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorReply {
    /// From 200 to 599; anything else becomes 500.
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// Where somebody looks for a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorAt<'p> {
    /// At `/in/<name>`. `below` is what follows it, without its slash and percent-decoded.
    Name { name: &'p str, below: &'p str },
    /// At a path that is none of ours, as received.
    Path(&'p str),
}

/// The door that a request is led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorRoute {
    pub name: Name,
    /// What follows the door's own path, without a slash in front; may be empty.
    pub below: String,
}
