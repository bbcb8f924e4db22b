//! What the service manager is told, if there is one: systemd's protocol of readiness,
//! status and watchdog, as `sd_notify(3)` describes it.
//!
//! Nothing here ever waits: a manager that does not listen must not keep us from serving.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Between two looks when nobody wants signs of life: only the status is kept up to date.
const LOOK: Duration = Duration::from_secs(10);

pub(crate) fn starting() {
    tell("STATUS=opening the journal");
}

pub(crate) fn ready(url: &str) {
    tell(&format!("READY=1\nSTATUS=serving on {url}"));
}

pub(crate) fn reloading() {
    let now = clock_gettime(ClockId::Monotonic);
    let us = now.tv_sec * 1_000_000 + now.tv_nsec / 1_000;
    tell(&format!("RELOADING=1\nMONOTONIC_USEC={us}"));
}

pub(crate) fn stopping() {
    tell("STOPPING=1\nSTATUS=stopping");
}

/// Tells the watchdog that all is well, for as long as it is; `trouble` says what is not.
/// Never ends: it is to be dropped.
pub(crate) async fn watch_over(url: &str, trouble: impl Fn() -> Option<String>) {
    let wanted = watchdog();
    // Twice as often as is asked for, as its manual advises.
    let mut looks = tokio::time::interval(wanted.map_or(LOOK, |every| every / 2));
    let mut known = None;
    loop {
        looks.tick().await;
        let found = trouble();
        if found != known {
            let status = found.clone().unwrap_or_else(|| format!("serving on {url}"));
            tell(&format!("STATUS={status}"));
        }
        if found.is_none() && wanted.is_some() {
            tell("WATCHDOG=1");
        }
        known = found;
    }
}

/// How often the manager wants a sign of life at least; none when it wants none of us.
fn watchdog() -> Option<Duration> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    let ours = std::env::var_os("WATCHDOG_PID").is_none()
        || number("WATCHDOG_PID") == Some(std::process::id().into());
    let every = number("WATCHDOG_USEC").filter(|us| ours && *us > 1)?;
    Some(Duration::from_micros(every))
}

/// Without a service manager, nothing.
fn tell(words: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(socket.as_bytes(), words) {
        tracing::debug!(%error, words, "the service manager is not told");
    }
}

fn send(socket: &[u8], words: &str) -> io::Result<()> {
    let address = match socket.strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(socket))?,
    };
    let own = UnixDatagram::unbound()?;
    own.set_nonblocking(true)?;
    own.send_to_addr(words.as_bytes(), &address).map(drop)
}
