//! Every table of the state: its name, what its key is made of, what its rows are.

use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use event::{
    AddressHealth, AddressRecord, Alert, AlertId, Attempt, Bucket, BucketKey, DigestId, DigestRecord, Door,
    Failure, FailureOf, KeyId, Lag, Name, Outbox, Person, PlacedItem, Plugin, PluginFaults, ReplayState,
    SecretRecord, Seq, Source, Style, Subscription, SubscriptionId, Timestamp, Token, Told,
};
use redb::TableDefinition;
use serde::{Deserialize, Serialize};

use super::silence::Silence;
use super::view::PendingChange;

/// How all this is laid out. A change that an older version would misread takes the next number.
///
/// 1: what handlers keep and is no text was an array of numbers.
/// 2: it is base64.
pub(super) const FORMAT: u64 = 2;

/// Rows of [`META`].
pub(super) const META_FORMAT: &str = "format";
pub(super) const META_APPLIED: &str = "applied";
pub(super) const META_CURSOR: &str = "cursor";
pub(super) const META_SWEPT: &str = "swept";
pub(super) const META_ORPHANS: &str = "orphans";

/// A table whose rows are `V`.
pub(super) struct Table<V> {
    pub(super) index: usize,
    row: PhantomData<fn() -> V>,
}

impl<V> Clone for Table<V> {
    fn clone(&self) -> Table<V> {
        *self
    }
}

impl<V> Copy for Table<V> {}

impl<V> Table<V> {
    pub(super) fn name(self) -> &'static str {
        NAMES[self.index]
    }
}

/// The table at a place of [`NAMES`], as redb sees all of them: bytes to bytes.
pub(super) fn definition(index: usize) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(NAMES[index])
}

macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident: $row:ty = $name:literal;)+) => {
        // The variants only number the constants below, so they are spelled like them.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Index { $($table),+ }

        $(
            $(#[$doc])*
            pub(super) const $table: Table<$row> = Table { index: Index::$table as usize, row: PhantomData };
        )+

        pub(super) const NAMES: &[&str] = &[$($name),+];
        pub(super) const COUNT: usize = NAMES.len();
    };
}

tables! {
    /// name → format, last applied sequence number, dispatch cursor, what sweeps removed
    META: u64 = "meta";

    /// name →
    PERSONS: Person = "persons";
    /// person, key → its first use, and the key
    PERSON_KEYS: (Seq, KeyId) = "person-keys";
    /// key → the key of somebody or something that was removed: it must not exist any more
    DESTROYED_KEYS: KeyId = "destroyed-keys";
    /// person, name →
    ADDRESSES: AddressRecord = "addresses";
    /// person, name → how it has fared; none before its first attempt
    ADDRESS_HEALTH: AddressHealth = "address-health";
    /// person, name →
    STYLES: Style = "styles";
    /// id →
    SUBSCRIPTIONS: Subscription = "subscriptions";
    /// owner, name →
    SUBSCRIPTION_NAMES: SubscriptionId = "subscription-names";
    /// sequence number of a change, subscription → what it was before, until the cursor passes the change
    SUBSCRIPTION_UNDO: Undo = "subscription-undo";
    /// name → the version that serves
    PLUGINS: Plugin = "plugins";
    /// name, SHA-256 → a version that served before, and that something stays with or may go back to
    PLUGIN_VERSIONS: Plugin = "plugin-versions";
    /// name → the version that waits for consent
    PLUGINS_WAITING: Plugin = "plugins-waiting";
    /// name → of the version that serves, while it is new
    PLUGIN_FAULTS: PluginFaults = "plugin-faults";
    /// name →
    SECRETS: SecretRecord = "secrets";
    /// id →
    TOKENS: Token = "tokens";
    /// name → id
    TOKEN_NAMES: String = "token-names";
    /// hash → id
    TOKEN_HASHES: String = "token-hashes";
    /// name →
    DOORS: Door = "doors";
    /// path of its own → name
    DOOR_PATHS: Name = "door-paths";
    /// name →
    SOURCES: Source = "sources";

    /// subscription → the last record that it has behind it, while the cursor has not passed that
    POSITIONS: Seq = "positions";
    /// subscription →
    LAGS: Lag = "lags";
    /// subscription → when it is due, and the hops behind it
    WAKES: Wake = "wakes";
    /// due, subscription →
    WAKES_DUE: (Timestamp, SubscriptionId) = "wakes-due";
    /// subscription, key →
    HANDLER_VALUES: HandlerValue = "handler-values";
    /// subscription, expiry, key → key
    HANDLER_EXPIRY: String = "handler-expiry";
    /// subscription → bytes of its keys and values
    HANDLER_SIZES: u64 = "handler-sizes";

    /// alert →
    ALERTS: Alert = "alerts";
    /// owner or nothing, state or nothing, alert → so each alert stands in three lists
    ALERT_LISTS: AlertId = "alert-lists";
    /// subscription, alert's key → the one that is firing
    OPEN_ALERTS: AlertId = "open-alerts";
    /// sequence number of the outcome, position in it →
    PENDING: PendingChange = "pending";
    /// sequence number →
    FAILURES: FailureRow = "failures";
    /// `plugin`, `subscription` or `door`, which one, sequence number →
    FAILURE_LISTS: Seq = "failure-lists";

    /// bucket →
    BUCKETS: Bucket = "buckets";
    /// due, bucket →
    BUCKETS_DUE: BucketKey = "buckets-due";
    /// bucket, alert → its own row, so that a bucket of ten thousand costs no more an item
    ITEMS: PlacedItem = "items";
    /// alert, bucket →
    ALERT_BUCKETS: BucketKey = "alert-buckets";
    /// bucket → when a digest last took items from it
    LAST_SEALED: Timestamp = "last-sealed";
    /// alert, address →
    TOLD: Told = "told";
    /// id →
    DIGESTS: DigestRecord = "digests";
    /// person, sealed, id →
    PERSON_DIGESTS: DigestId = "person-digests";
    /// digest →
    OUTBOX: Outbox = "outbox";
    /// due, digest →
    OUTBOX_DUE: DigestId = "outbox-due";
    /// digest, number →
    ATTEMPTS: Attempt = "attempts";

    /// end of a span in which nobody listened →
    SILENCES: Silence = "silences";
}

/// A pending wake-up.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(from = "WakeRow", into = "WakeRow")]
pub(super) struct Wake {
    pub(super) due: Timestamp,
    /// How many handlers stand between the first cause and whoever asked for it.
    pub(super) hops: u8,
}

/// Most have no hops behind them, and are only a time.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WakeRow {
    Due(Timestamp),
    WithHops(Timestamp, u8),
}

impl From<WakeRow> for Wake {
    fn from(row: WakeRow) -> Wake {
        match row {
            WakeRow::Due(due) => Wake { due, hops: 0 },
            WakeRow::WithHops(due, hops) => Wake { due, hops },
        }
    }
}

impl From<Wake> for WakeRow {
    fn from(wake: Wake) -> WakeRow {
        match wake.hops {
            0 => WakeRow::Due(wake.due),
            hops => WakeRow::WithHops(wake.due, hops),
        }
    }
}

/// A subscription as it was before a change.
#[derive(Serialize, Deserialize)]
pub(super) struct Undo {
    pub(super) seq: Seq,
    pub(super) id: SubscriptionId,
    /// None: the change brought it forth.
    pub(super) before: Option<Subscription>,
}

/// What a handler keeps under a key.
#[derive(Serialize, Deserialize)]
pub(super) struct HandlerValue {
    pub(super) key: String,
    pub(super) value: Bytes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Timestamp>,
}

/// Handlers mostly keep text, which stays readable; other bytes become base64.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Bytes {
    Text(String),
    Other(Base64),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Base64 {
    base64: String,
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Bytes {
        match std::str::from_utf8(bytes) {
            Ok(text) => Bytes::Text(text.to_owned()),
            Err(_) => Bytes::Other(Base64 { base64: STANDARD.encode(bytes) }),
        }
    }
}

impl Bytes {
    /// None when what should be base64 is none.
    pub(super) fn into_vec(self) -> Option<Vec<u8>> {
        match self {
            Bytes::Text(text) => Some(text.into_bytes()),
            Bytes::Other(other) => STANDARD.decode(other.base64).ok(),
        }
    }

    /// As many as they are, not as they are stored.
    pub(super) fn len(&self) -> usize {
        match self {
            Bytes::Text(text) => text.len(),
            Bytes::Other(Base64 { base64 }) => {
                let padding = base64.bytes().rev().take_while(|byte| *byte == b'=').count();
                (base64.len() / 4 * 3).saturating_sub(padding)
            }
        }
    }
}

/// A call that was given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailureRow {
    /// Of the record that says so.
    pub seq: Seq,
    pub received: Timestamp,
    pub failure: Failure,
    /// None: nobody asked for the call to be made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayState>,
}

impl FailureRow {
    /// The lists that it stands in: of its plugin, and of what it happened to.
    pub(super) fn lists(&self) -> [(&'static str, &str); 2] {
        let of = match &self.failure.of {
            FailureOf::Subscription(id) => ("subscription", id.as_str()),
            FailureOf::Door(name) => ("door", name.as_str()),
        };
        [of, ("plugin", self.failure.plugin.as_str())]
    }
}
