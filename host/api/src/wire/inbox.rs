//! Digests: what a person was told.

use event::{AlertId, AlertState, AttemptResult, ChangeKind, DigestId, Name, Severity, SubscriptionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Time, schema};

/// A digest in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DigestSummary {
    #[schema(value_type = String)]
    pub id: DigestId,
    #[schema(value_type = String)]
    pub user: Name,
    #[schema(value_type = String)]
    pub address: Name,
    #[schema(inline)]
    pub sealed: Time,
    /// The worst of its alerts.
    #[schema(value_type = schema::Severity)]
    pub severity: Severity,
    pub subject: String,
    /// The whole digest in one line.
    pub line: String,
    /// How many alerts it tells of.
    pub alerts: usize,
    /// Why subject and line do not say what it tells, such as `key missing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

impl DigestSummary {
    /// One that nobody can read, and why.
    pub fn unreadable(digest: &event::DigestRecord, why: &str) -> DigestSummary {
        DigestSummary {
            id: digest.id.clone(),
            user: digest.person.clone(),
            address: digest.address.clone(),
            sealed: digest.sealed.into(),
            severity: digest.severity,
            subject: sentence(why),
            line: sentence(why),
            alerts: digest.items.len(),
            unreadable: Some(why.to_owned()),
        }
    }
}

fn sentence(why: &str) -> String {
    format!("(unreadable: {why})")
}

impl From<&event::Digest> for DigestSummary {
    fn from(digest: &event::Digest) -> DigestSummary {
        DigestSummary {
            id: digest.id.clone(),
            user: digest.person.clone(),
            address: digest.address.clone(),
            sealed: digest.sealed.into(),
            severity: digest.severity,
            subject: digest.forms.subject.clone(),
            line: digest.forms.line.clone(),
            alerts: digest.items.len(),
            unreadable: None,
        }
    }
}

/// A digest whole, as it was sealed, with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Digest {
    #[schema(value_type = String)]
    pub id: DigestId,
    #[schema(value_type = String)]
    pub user: Name,
    #[schema(value_type = String)]
    pub address: Name,
    #[schema(inline)]
    pub sealed: Time,
    #[schema(value_type = schema::Severity)]
    pub severity: Severity,
    pub subject: String,
    pub items: Vec<DigestItem>,
    pub forms: DigestForms,
    /// In order; empty when none was made yet.
    pub attempts: Vec<Attempt>,
    /// Why items and forms are not there, such as `key missing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

impl Digest {
    /// One that nobody can read, and why.
    pub fn unreadable(digest: event::DigestRecord, attempts: Vec<event::Attempt>, why: &str) -> Digest {
        let event::DigestRecord { id, person, address, sealed, severity, .. } = digest;
        let text = || sentence(why);
        let forms = event::Forms { subject: text(), line: text(), text: text(), html: text(), json: None };
        let shell = event::Digest { id, person, address, sealed, severity, items: Vec::new(), forms };
        Digest { unreadable: Some(why.to_owned()), ..Digest::new(shell, attempts) }
    }

    pub fn new(digest: event::Digest, attempts: Vec<event::Attempt>) -> Digest {
        let event::Digest { id, person, address, sealed, severity, items, forms } = digest;
        Digest {
            id,
            user: person,
            address,
            sealed: sealed.into(),
            severity,
            subject: forms.subject,
            items: items.into_iter().map(DigestItem::from).collect(),
            forms: DigestForms { line: forms.line, text: forms.text, html: forms.html, json: forms.json },
            attempts: attempts.into_iter().map(Attempt::from).collect(),
            unreadable: None,
        }
    }
}

/// The rendered forms, the same in every attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DigestForms {
    /// One line for a phone.
    pub line: String,
    /// Several lines of plain text.
    pub text: String,
    pub html: String,
    /// The body that a webhook gets; absent for all other addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<String>,
}

/// One alert as the digest tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DigestItem {
    #[schema(value_type = String)]
    pub alert: AlertId,
    /// What happened to it.
    #[schema(value_type = schema::ChangeKind)]
    pub kind: ChangeKind,
    #[schema(value_type = String)]
    pub subscription: SubscriptionId,
    #[schema(value_type = String)]
    pub subscription_name: Name,
    pub key: String,
    #[schema(value_type = schema::AlertState)]
    pub state: AlertState,
    #[schema(value_type = schema::Severity)]
    pub severity: Severity,
    pub title: String,
    pub count: u32,
    #[schema(inline)]
    pub first: Time,
    #[schema(inline)]
    pub last: Time,
    /// The rule that put it here.
    pub reason: String,
}

impl From<event::DigestItem> for DigestItem {
    fn from(item: event::DigestItem) -> DigestItem {
        DigestItem {
            alert: item.alert,
            kind: item.kind,
            subscription: item.subscription,
            subscription_name: item.subscription_name,
            key: item.key,
            state: item.state,
            severity: item.severity,
            title: item.title,
            count: item.count,
            first: item.first.into(),
            last: item.last.into(),
            reason: item.reason,
        }
    }
}

/// One try to carry the digest to its address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    #[schema(inline)]
    pub at: Time,
    pub result: AttemptState,
    /// The provider's reference, or why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When the next one is due; absent: it arrived, or it is given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub next: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttemptState {
    Delivered,
    /// It may work later.
    Transient,
    /// It can never work.
    Permanent,
}

impl AttemptState {
    /// With the provider's reference, or why it failed.
    pub(crate) fn of(result: AttemptResult) -> (AttemptState, Option<String>) {
        match result {
            AttemptResult::Delivered { reference } => (AttemptState::Delivered, reference),
            AttemptResult::Transient { reason, .. } => (AttemptState::Transient, Some(reason)),
            AttemptResult::Permanent { reason } | AttemptResult::Gone { reason } => {
                (AttemptState::Permanent, Some(reason))
            }
        }
    }
}

impl From<event::Attempt> for Attempt {
    fn from(attempt: event::Attempt) -> Attempt {
        let (result, detail) = AttemptState::of(attempt.result);
        Attempt {
            number: attempt.number,
            at: attempt.at.into(),
            result,
            detail,
            next: attempt.next.map(Time::from),
        }
    }
}
