//! The vocabulary of Tellify: what every other crate speaks about.
//!
//! Nothing here does anything to the outside world. Each stage of the flow takes
//! one of these types and hands on another, so a reader who knows this crate knows
//! what passes between all the others:
//!
//! bytes → [`Event`] → [`Recorded`] → match → [`Outcome`] → [`Alert`] →
//! [`Placement`] → [`Digest`] → [`Attempt`]

mod alert;
mod bytes;
mod digest;
mod door;
mod envelope;
mod field;
mod forgettable;
mod limits;
mod manifest;
mod name;
mod person;
mod plugin;
mod random;
mod realm;
mod record;
mod requirement;
mod secret;
mod section;
mod severity;
mod signing;
mod source;
mod subscription;
mod time;
mod url_pattern;
mod watch;

pub use crate::alert::{Alert, AlertChange, AlertId, AlertState, AlertUpdate, ChangeKind};
pub use crate::digest::{
    AddressHealth, Attempt, AttemptResult, Bucket, BucketKey, ChannelReceipt, Digest, DigestId, DigestItem,
    DigestItemRecord, DigestRecord, Forms, Outbox, PlacedItem, Placement, Planned, Told, ToldState,
    Withdrawal,
};
pub use crate::door::{Door, DoorPath, DoorPathError};
pub use crate::envelope::{Event, EventRecord, Identity};
pub use crate::field::{FieldPath, Scalar};
pub use crate::forgettable::{Ciphertext, Forgettable, KeyId, KeyIdError};
pub use crate::limits::EventLimits;
pub use crate::manifest::{ChannelTraits, Granted, Isolation, Manifest, SourceKind, Wanted, WantedLimits};
pub use crate::name::{Name, NameError};
pub use crate::person::{
    Address, AddressRecord, Band, BandMode, Channel, Form, Person, Role, Scope, Style, Token,
};
pub use crate::plugin::{Failure, FailureOf, Plugin, PluginFaults, PluginKind, ReplayState};
pub use crate::random::Random;
pub use crate::realm::{Realm, Viewer};
pub use crate::record::{
    CallFailed, Draft, Expect, Lag, Outcome, Receipt, Record, Recorded, Refusal, Seq, StateWrite, Stored,
    Trigger, WakeChange,
};
pub use crate::requirement::{Condition, Requirement};
pub use crate::secret::SecretRecord;
pub use crate::section::{append_manifest, manifests_in, sections};
pub use crate::severity::{Effect, Origin, Severity, UnknownWord};
pub use crate::signing::{SigningKey, SigningSecret};
pub use crate::source::{Source, SourceError, SourceSecrets, secret_parts};
pub use crate::subscription::{Subscription, SubscriptionId, SubscriptionStatus};
pub use crate::time::{Clock, Sleep, Timestamp};
pub use crate::url_pattern::{UrlParts, UrlPattern, UrlPatternError};
pub use crate::watch::Watch;
