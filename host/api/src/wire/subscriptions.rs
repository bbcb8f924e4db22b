//! Subscriptions.

use event::{Name, Seq, SubscriptionId, SubscriptionStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::even_null;
use crate::Time;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubscription {
    /// Unique among its owner's.
    #[schema(value_type = String)]
    pub name: Name,
    #[schema(value_type = String)]
    pub handler: Name,
    /// Filter language; absent lets everything through.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub filter: String,
    /// As the handler's `config_schema` wants it; absent: `{}`.
    #[serde(default = "empty_object")]
    #[schema(value_type = Object)]
    pub config: Value,
    /// Absent: the owner's default style.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub style: Option<Name>,
    /// What it emits is everyone's, not only its owner's.
    #[serde(default)]
    pub publish: bool,
}

/// What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubscriptionEdit {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub handler: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Replaces the whole configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub config: Option<Value>,
    /// Null: the owner's default style.
    #[serde(deserialize_with = "even_null", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub style: Option<Option<Name>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish: Option<bool>,
    /// Switches it off and on again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The revision that the edit was made from; another one there now is a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Subscription {
    #[schema(value_type = String)]
    pub id: SubscriptionId,
    #[schema(value_type = String)]
    pub owner: Name,
    #[schema(value_type = String)]
    pub name: Name,
    #[schema(value_type = String)]
    pub handler: Name,
    pub filter: String,
    #[schema(value_type = Object)]
    pub config: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub style: Option<Name>,
    pub publish: bool,
    pub status: SubscriptionState,
    /// Why it is not active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub revision: u32,
    #[schema(inline)]
    pub created: Time,
    /// Where it stands while it does not keep up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<Lag>,
    /// One line by the handler on this configuration; shown of one subscription, not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// One paragraph by the handler on this configuration; shown of one subscription, not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubscriptionState {
    Active,
    Quarantined,
    Disabled,
}

/// A subscription that reads for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Lag {
    /// The last record that it has behind it.
    #[schema(value_type = u64)]
    pub position: Seq,
    /// Failed tries of the call that comes next.
    pub attempts: u32,
    /// Not before this moment.
    #[schema(inline)]
    pub retry: Time,
    pub reason: String,
}

impl From<event::Lag> for Lag {
    fn from(lag: event::Lag) -> Lag {
        let event::Lag { subscription: _, position, attempts, retry, reason } = lag;
        Lag { position, attempts, retry: retry.into(), reason }
    }
}

/// Without lag, title and summary, which the record does not hold.
impl From<event::Subscription> for Subscription {
    fn from(subscription: event::Subscription) -> Subscription {
        let (status, reason) = match subscription.status {
            SubscriptionStatus::Active => (SubscriptionState::Active, None),
            SubscriptionStatus::Quarantined(reason) => (SubscriptionState::Quarantined, Some(reason)),
            SubscriptionStatus::Disabled(reason) => (SubscriptionState::Disabled, Some(reason)),
        };
        Subscription {
            id: subscription.id,
            owner: subscription.owner,
            name: subscription.name,
            handler: subscription.handler,
            filter: subscription.filter,
            config: subscription.config,
            style: subscription.style,
            publish: subscription.publish,
            status,
            reason,
            revision: subscription.revision,
            created: subscription.created.into(),
            lag: None,
            title: None,
            summary: None,
        }
    }
}

/// How a request names one subscription: by its id, or by its name among those of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Which {
    pub id_or_name: String,
    pub user: Option<Name>,
}

fn empty_object() -> Value {
    Value::Object(serde_json::Map::new())
}
