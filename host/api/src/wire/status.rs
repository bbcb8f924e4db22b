//! Whether the daemon is alive, and whether it serves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The answer of `/healthz` and `/readyz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// `ok`, or what is being waited for.
    pub status: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    Alive,
    /// What does not get on, in a few words without secrets.
    Stuck(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    /// What is being waited for, in a few words without secrets.
    NotYet(String),
}
