//! Bounds on what a client may take, each with its unit and reason.

use std::time::Duration;

/// A request's head must be here after so long, and the next request of a connection
/// begin: a client that says nothing holds a connection of everybody's.
pub(crate) const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// The first byte of a body must be here after so long.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// And then so many bytes a second on average: less than any modem's.
pub(crate) const BODY_BYTES_PER_S: f64 = 1000.0;

/// A request's head, in bytes: the headers of the chattiest proxies are a quarter of it.
pub(crate) const HEAD_BYTES: usize = 64 << 10;

/// A body of our own JSON, in bytes: a large configuration is a tenth of it.
pub(crate) const JSON_BYTES: usize = 1 << 20;

/// What is read and thrown away of a body that is too large, in bytes: a client that is
/// still sending when the connection closes never sees why.
pub(crate) const DISCARDED_BYTES: u64 = 64 << 20;

/// And for so long, once its request is answered: it keeps a connection of everybody's.
pub(crate) const DISCARD_TIME: Duration = Duration::from_secs(2);

/// A client that has sent nothing for so long sends nothing any more: it waits for the
/// connection to end.
pub(crate) const DISCARD_PAUSE: Duration = Duration::from_millis(250);

/// Connections that wait for us to accept them. We always do at once, unless the machine is
/// too busy; the system may allow fewer.
pub(crate) const BACKLOG: u32 = 4096;

/// Connections too many that are seen off at once; more are closed at once. Each takes a
/// descriptor of those that the binary keeps back.
pub(crate) const FAREWELLS: usize = 32;

/// A client has so long to hear that its connection is one too many.
pub(crate) const FAREWELL_TIME: Duration = Duration::from_secs(1);

/// A stream says that it is alive so often: half of what impatient proxies wait.
pub(crate) const PING: Duration = Duration::from_secs(15);

/// At a stop, requests that are under way have so long to end.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// A client is asked to come back after so long when too much is going on, in seconds.
pub(crate) const RETRY_AFTER_S: u32 = 1;

/// After a failed accept (no file descriptors are left, say) we try again after so long.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
