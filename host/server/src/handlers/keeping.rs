//! Snapshots and backups.

use std::io;

use api::BackupStream;
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use futures_util::StreamExt;
use http::HeaderName;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::answer::{self, Answer};
use crate::app::App;
use crate::parts::Asks;
use crate::query::Query;

/// How many bytes it will be, about: the length is not known before the end.
const ABOUT_BYTES: HeaderName = HeaderName::from_static("tellify-about-bytes");

pub(crate) async fn snapshot(State(app): State<App>, Asks(caller): Asks) -> Answer {
    answer::created(&app.service.take_snapshot(&caller).await?)
}

/// A failure in the middle breaks the connection off, so that nobody takes it for the end.
pub(crate) async fn backup(State(app): State<App>, Asks(caller): Asks, query: Query) -> Answer {
    let with_keys = query.word("keys")?.unwrap_or(false);
    let BackupStream { bytes, parts } = app.service.backup(&caller, with_keys).await?;
    let parts = parts.map(|part| {
        part.map_err(|problem| {
            tracing::error!("{}", problem.log.as_deref().unwrap_or(&problem.detail));
            io::Error::other(problem.detail)
        })
    });
    let headers = [
        (CONTENT_TYPE, "application/x-tar".to_owned()),
        (CONTENT_DISPOSITION, "attachment; filename=\"tellify-backup.tar\"".to_owned()),
        (ABOUT_BYTES, bytes.to_string()),
    ];
    Ok((headers, Body::from_stream(parts)).into_response())
}
