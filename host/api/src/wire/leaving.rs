//! Somebody leaves: what hangs on them, and what becomes of it.

use event::{Name, SubscriptionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What hangs on a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Holdings {
    #[schema(value_type = String)]
    pub user: Name,
    pub subscriptions: Vec<HeldSubscription>,
    /// Added ones, besides `inbox` and `mail`.
    #[schema(value_type = Vec<String>)]
    pub addresses: Vec<Name>,
    #[schema(value_type = Vec<String>)]
    pub styles: Vec<Name>,
    /// Their own, and those that see their realm.
    #[schema(value_type = Vec<String>)]
    pub tokens: Vec<Name>,
    /// Installed by them, and for nobody else.
    #[schema(value_type = Vec<String>)]
    pub plugins: Vec<Name>,
    /// Alerts that wait to be told, once for each address.
    pub unsealed: usize,
    /// Digests that are on their way.
    pub undelivered: usize,
    /// Digests, however they fared.
    pub digests: usize,
    /// What is not forgotten, in a sentence.
    pub remains: String,
}

/// A subscription that ends, or changes hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldSubscription {
    #[schema(value_type = String)]
    pub id: SubscriptionId,
    #[schema(value_type = String)]
    pub name: Name,
    #[schema(value_type = String)]
    pub handler: Name,
    /// How many of its alerts fire.
    pub firing: usize,
}

/// What becomes of the subscriptions and plugins of somebody who is removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    End,
    TransferTo(Name),
}

/// What became of the subscriptions of somebody who was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Removed {
    #[schema(value_type = String)]
    pub user: Name,
    #[schema(value_type = Vec<String>)]
    pub ended: Vec<Name>,
    pub transferred: Vec<Transferred>,
}

/// A subscription that changed hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transferred {
    #[schema(value_type = String)]
    pub id: SubscriptionId,
    #[schema(value_type = String)]
    pub to: Name,
    /// What it was called.
    #[schema(value_type = String)]
    pub was: Name,
    /// What it is called now: another name when the new owner had one of the old.
    #[schema(value_type = String)]
    pub name: Name,
}
