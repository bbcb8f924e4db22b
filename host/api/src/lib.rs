//! The HTTP interface as types: what goes over the wire, and what a service
//! behind it must be able to do.
//!
//! The server knows HTTP and this crate; the pipeline knows the journal and this
//! crate; neither knows the other. [`operations`] is the one list of routes: the
//! server checks requests against it, and [`openapi`] is made from it.
//!
//! Absent on purpose: any rule about who may do what, and anything that reads or
//! writes a byte.

mod caller;
mod openapi;
mod operation;
mod page;
mod problem;
mod request;
mod routes;
mod schema;
mod service;
mod time;
mod webhook;
mod wire;

pub use crate::caller::{Caller, Credentials, Who};
pub use crate::openapi::openapi;
pub use crate::operation::{Method, Operation, Parameter};
pub use crate::page::{Damaged, List, Listing, Order, Page};
pub use crate::problem::Problem;
pub use crate::request::{DoorAt, DoorReply, DoorRequest, DoorRoute, RawRequest};
pub use crate::routes::operations;
pub use crate::service::{EventStream, Followed, Service};
pub use crate::time::Time;
pub use crate::webhook::webhook_schema;
pub use crate::wire::addresses::{
    Address, AddressEdit, AddressHealth, AddressTest, NewAddress, RotateAddress, SavedAddress,
};
pub use crate::wire::alerts::{Alert, AlertStates, AlertsOf};
pub use crate::wire::doors::{CreatedDoor, Door, NewDoor};
pub use crate::wire::events::{Event, Gap, Taken, TakenEvent, TakenShape};
pub use crate::wire::inbox::{Attempt, AttemptState, Digest, DigestForms, DigestItem, DigestSummary};
pub use crate::wire::keeping::{BackupStream, Snapshot};
pub use crate::wire::leaving::{Decision, HeldSubscription, Holdings, Removed, Transferred};
pub use crate::wire::people::{NewUser, User, UserEdit};
pub use crate::wire::plugins::{
    Capabilities, Consent, Failure, GrantChange, InstallPlugin, KeptVersion, Plugin, PluginPlan, Replay,
    ReplayStage, Unfit, WaitingVersion,
};
pub use crate::wire::secrets::{NewSecret, Secret};
pub use crate::wire::sources::{
    NewSource, Source, SourceAnswer, SourceKind, SourceMethod, SourceQuestion, SourceTest,
};
pub use crate::wire::status::{Health, Readiness, Status};
pub use crate::wire::styles::{PreviewAt, PreviewLine, SavedStyles, Style, StyleBody, StyleRules};
pub use crate::wire::subscriptions::{
    Lag, NewSubscription, Subscription, SubscriptionEdit, SubscriptionState, Which,
};
pub use crate::wire::tokens::{CreatedToken, NewToken, Token};
pub use crate::wire::webhook::{WebhookDigest, WebhookItem, WebhookKind, WebhookLinks, WebhookMessage};
