//! What went wrong, as RFC 9457 tells it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A problem document. It has no `type`, which means that the status says it all. What
/// only the log may know is in [`Problem::log`] and never leaves the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("{detail}")]
pub struct Problem {
    pub status: u16,
    pub title: Box<str>,
    /// One or more sentences for people.
    #[serde(default)]
    pub detail: String,
    /// Which of the events that were sent, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// JSON pointer to the part of the body that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<Box<str>>,
    /// How many characters of the text stand before the place that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    /// When to come back, in seconds; also sent as `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    #[serde(skip)]
    pub log: Option<Box<str>>,
}

/// One constructor for each reaction of the client.
impl Problem {
    /// 400: send something else.
    pub fn bad_request(detail: impl Into<String>) -> Problem {
        Problem::new(400, detail)
    }

    /// 401: say who you are.
    pub fn unauthorized(detail: impl Into<String>) -> Problem {
        Problem::new(401, detail)
    }

    /// 403: somebody else may.
    pub fn forbidden(detail: impl Into<String>) -> Problem {
        Problem::new(403, detail)
    }

    /// 404: it does not exist, or not for you.
    pub fn not_found(detail: impl Into<String>) -> Problem {
        Problem::new(404, detail)
    }

    /// 409: it contradicts what is there.
    pub fn conflict(detail: impl Into<String>) -> Problem {
        Problem::new(409, detail)
    }

    /// 410: it was there, and is gone for good.
    pub fn gone(detail: impl Into<String>) -> Problem {
        Problem::new(410, detail)
    }

    /// 413: send less.
    pub fn too_large(detail: impl Into<String>) -> Problem {
        Problem::new(413, detail)
    }

    /// 429: send more slowly.
    pub fn busy(detail: impl Into<String>, retry_after_s: u32) -> Problem {
        Problem { retry_after_s: Some(retry_after_s), ..Problem::new(429, detail) }
    }

    /// 503: nothing of it is your fault; come back.
    pub fn unavailable(detail: impl Into<String>, retry_after_s: u32) -> Problem {
        Problem { retry_after_s: Some(retry_after_s), ..Problem::new(503, detail) }
    }

    /// 500: `log` says what happened, to us only.
    pub fn internal(log: impl Into<String>) -> Problem {
        let detail = "Something went wrong here; the log says what.";
        Problem { log: Some(log.into().into()), ..Problem::new(500, detail) }
    }

    /// Any other status, for what HTTP itself demands.
    pub fn new(status: u16, detail: impl Into<String>) -> Problem {
        Problem {
            status,
            title: title(status).into(),
            detail: detail.into(),
            index: None,
            pointer: None,
            position: None,
            retry_after_s: None,
            log: None,
        }
    }

    pub fn at_index(self, index: usize) -> Problem {
        Problem { index: Some(index), ..self }
    }

    pub fn at_pointer(self, pointer: impl Into<String>) -> Problem {
        Problem { pointer: Some(pointer.into().into()), ..self }
    }

    pub fn at_position(self, position: usize) -> Problem {
        Problem { position: Some(position), ..self }
    }

    /// Words for the log beside those for the client.
    pub fn logged(self, log: impl Into<String>) -> Problem {
        Problem { log: Some(log.into().into()), ..self }
    }
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad request",
        401 => "Not signed in",
        403 => "Not allowed",
        404 => "Not found",
        405 => "Method not allowed",
        408 => "Too slow",
        409 => "Conflict",
        410 => "Gone",
        413 => "Too large",
        415 => "Unknown kind of content",
        422 => "Not acceptable",
        429 => "Too many requests",
        500 => "Internal error",
        503 => "Not available",
        _ => "Problem",
    }
}
