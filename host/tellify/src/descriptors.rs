//! File descriptors: what the daemon itself needs is not for connections to take.

use rustix::process::{Resource, getrlimit, setrlimit};

/// For the journal's files, 32 of them segments; 64 webhooks, the mail server and a ping;
/// backups, the cache of plugins, the log and the runtime; 32 connections that are told
/// that they are too many.
const RESERVED: usize = 224;
/// With fewer nobody could be served at all.
const LEAST: usize = 16;

/// Takes all that this process may have. The usual limit is low for the sake of programs
/// that cannot deal with many.
pub(crate) fn raise() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

/// As many connections as are wanted, but no more than leave the daemon enough for itself.
pub(crate) fn connections(wanted: usize) -> usize {
    // None: as many as one likes.
    let Some(limit) = getrlimit(Resource::Nofile).current else { return wanted };
    let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(RESERVED).max(LEAST);
    if room < wanted {
        tracing::warn!(
            limit,
            wanted,
            room,
            "too few files may be open for `server.max_connections`: fewer are served at once"
        );
    }
    wanted.min(room)
}
