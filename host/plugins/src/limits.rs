//! What a plugin may take, each bound with its unit and reason.

use std::sync::Arc;
use std::time::Duration;

use event::{EventLimits, PluginKind, WantedLimits};

/// Bounds on one plugin, one instance or one call. A plugin never takes more,
/// whatever it does; what goes past a bound ends the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A component, in bytes: the largest useful one, a whole CPython, takes 20 MiB.
    pub component_bytes: usize,
    /// CPU time of one call of a handler or ingest plugin: a thousand times what it needs.
    pub cpu: Duration,
    /// Time of one such call on the wall, so that a call that waits ends as well. Waiting for
    /// a processor does not count: on a busy machine that is nothing the plugin did.
    pub wall: Duration,
    /// A monitor waits for several answers of others, and may be a script on an engine.
    pub monitor: CallTime,
    /// A source waits for one answer, within the time of the monitor that asks.
    pub source: CallTime,
    /// A channel waits for one answer or two, of services that are slow under load; what it
    /// gives up on is tried again.
    pub channel: CallTime,
    /// How often time is looked at: the precision of the two above.
    pub tick: Duration,
    /// All linear memories of an instance together, in bytes: a script engine fits.
    pub memory_bytes: usize,
    /// Elements of all tables of an instance together: function pointers of a large program.
    pub table_elements: usize,
    /// Core instances in a component; a script engine brings some twenty.
    pub instances: usize,
    /// Linear memories in an instance, each of which reserves address space.
    pub memories: usize,
    /// Tables in an instance.
    pub tables: usize,
    /// Open handles of an instance: streams and the like, each of which costs the host memory.
    pub handles: usize,
    /// Bytes that the guest may hand over in one exchange, before anybody has looked at them.
    pub hostcall_bytes: usize,
    /// Calls of our interfaces in one call: each may read the disk.
    pub host_calls: u32,
    /// Result of one call, in bytes of text: an outcome is one group of the journal.
    pub output_bytes: usize,
    /// Alerts and events of one call together.
    pub effects: usize,
    /// Logs and standard error kept of one call, in bytes each; the oldest go first.
    pub log_bytes: usize,
    /// One state value, in bytes.
    pub state_value_bytes: usize,
    /// One state key, in bytes.
    pub state_key_bytes: usize,
    /// All keys and values of one configuration, in bytes.
    pub state_bytes: u64,
    /// A description: its schema is shown as a form and compiled at each start.
    pub description_bytes: usize,
    /// Events that a plugin emits keep the bounds of events that people send.
    pub event: EventLimits,
}

/// How long one call of a kind that waits for others may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTime {
    pub cpu: Duration,
    /// On the wall, with all that it waits for.
    pub wall: Duration,
}

impl Limits {
    /// For a plugin of this kind, which may want less than it could have.
    pub(crate) fn of(self: &Arc<Limits>, kind: PluginKind, wanted: &WantedLimits) -> Arc<Limits> {
        let CallTime { cpu, wall } = match kind {
            PluginKind::Handler | PluginKind::Ingest => CallTime { cpu: self.cpu, wall: self.wall },
            PluginKind::Monitor => self.monitor,
            PluginKind::Source => self.source,
            PluginKind::Channel => self.channel,
        };
        let lower = |most: Duration, wanted: Option<u32>| {
            wanted.map_or(most, |ms| most.min(Duration::from_millis(ms.into())))
        };
        let memory =
            wanted.memory_mb.map_or(self.memory_bytes, |mb| self.memory_bytes.min((mb as usize) << 20));
        let own = Limits {
            cpu: lower(cpu, wanted.cpu_ms),
            wall: lower(wall, wanted.wall_ms),
            memory_bytes: memory,
            ..(**self).clone()
        };
        // Most plugins want nothing of their own, and share one.
        if own == **self { self.clone() } else { Arc::new(own) }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            component_bytes: 64 << 20,
            cpu: Duration::from_millis(500),
            wall: Duration::from_secs(1),
            monitor: CallTime { cpu: Duration::from_secs(2), wall: Duration::from_secs(30) },
            source: CallTime { cpu: Duration::from_secs(1), wall: Duration::from_secs(20) },
            channel: CallTime { cpu: Duration::from_millis(500), wall: Duration::from_secs(20) },
            tick: Duration::from_millis(5),
            memory_bytes: 64 << 20,
            table_elements: 10_000,
            instances: 64,
            memories: 8,
            tables: 32,
            handles: 256,
            hostcall_bytes: 4 << 20,
            host_calls: 10_000,
            output_bytes: 1 << 20,
            effects: 1_000,
            log_bytes: 64 << 10,
            state_value_bytes: 64 << 10,
            state_key_bytes: 512,
            state_bytes: 1 << 20,
            description_bytes: 256 << 10,
            event: EventLimits::default(),
        }
    }
}
