//! Alerts.

use event::{AlertId, AlertState, Name, Seq, Severity, SubscriptionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Page, Time, schema};

/// A keyed condition of one subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Alert {
    #[schema(value_type = String)]
    pub id: AlertId,
    pub key: String,
    #[schema(value_type = schema::AlertState)]
    pub state: AlertState,
    #[schema(value_type = schema::Severity)]
    pub severity: Severity,
    pub title: String,
    /// How often it was raised in this life.
    pub count: u32,
    #[schema(inline)]
    pub since: Time,
    #[schema(inline)]
    pub latest: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub ended: Option<Time>,
    #[schema(value_type = String)]
    pub owner: Name,
    #[schema(value_type = String)]
    pub subscription: SubscriptionId,
    #[schema(value_type = String)]
    pub handler: Name,
    /// The event that raised it last; absent when a wake-up did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub event: Option<Seq>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
}

impl From<event::Alert> for Alert {
    fn from(alert: event::Alert) -> Alert {
        Alert {
            id: alert.id,
            key: alert.key,
            state: alert.state,
            severity: alert.severity,
            title: alert.title,
            count: alert.count,
            since: alert.since.into(),
            latest: alert.latest.into(),
            ended: alert.ended.map(Time::from),
            owner: alert.owner,
            subscription: alert.subscription,
            handler: alert.handler,
            event: alert.event,
            data: alert.data,
        }
    }
}

/// Which alerts are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertsOf {
    pub user: Option<Name>,
    pub states: AlertStates,
    pub page: Page,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertStates {
    All,
    Only(AlertState),
}

impl Default for AlertStates {
    fn default() -> AlertStates {
        AlertStates::Only(AlertState::Firing)
    }
}

impl AlertStates {
    /// As the state of an alert is asked for by the journal: none is every state.
    pub fn only(self) -> Option<AlertState> {
        match self {
            AlertStates::All => None,
            AlertStates::Only(state) => Some(state),
        }
    }
}
