//! Who asks.

use std::net::SocketAddr;

use event::Token;

/// What a request brought along to say who it comes from.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The token of `Authorization: Bearer …`, or the password of `Basic`, which is
    /// all that some senders can be made to send.
    pub bearer: Option<String>,
    pub peer: SocketAddr,
    /// The request came from this very machine, by the server's rules, and events
    /// without a token may be taken from it.
    pub local: bool,
}

/// Who asks, as the service found out from [`Credentials`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub peer: SocketAddr,
    pub who: Who,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Somebody on this machine, without a token.
    Local,
    /// The administrator's token, which is no person.
    Admin,
    Token(Token),
}
