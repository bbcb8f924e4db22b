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
    /// The whole path, as received.
    pub path: String,
    /// What follows `/in/<name>`, without its slash and percent-decoded; none on a
    /// path of the door's own.
    pub rest: Option<String>,
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

/// Where a door is to be found, beside `/in/<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorRoute {
    pub name: Name,
    /// Whole paths, each beginning with a slash.
    pub paths: Vec<String>,
}
