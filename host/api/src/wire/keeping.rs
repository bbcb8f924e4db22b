//! What is kept of all this: snapshots and backups.

use bytes::Bytes;
use event::Seq;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Problem, Time};

/// A snapshot of the state, in the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Snapshot {
    /// The name of its file.
    pub name: String,
    /// The last record that it knows of.
    #[schema(value_type = u64)]
    pub seq: Seq,
    #[schema(inline)]
    pub taken: Time,
}

/// A backup on its way.
pub struct BackupStream {
    /// About so many bytes, to show how far it is.
    pub bytes: u64,
    /// Ends with its first error, and then what came is no backup.
    pub parts: BoxStream<'static, Result<Bytes, Problem>>,
}
