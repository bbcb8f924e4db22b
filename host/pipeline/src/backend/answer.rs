//! From the reasons of the inside to problems for the client.

use accounts::Denied;
use api::{List, Page, Problem};
use event::Refusal;
use journal::ReadError;

use super::Answer;
use crate::blocking::aside;

/// How long a sender is asked to wait when too much is under way, in seconds.
const BUSY_S: u32 = 1;
/// The same, when a disk is full: somebody has to make room first.
const FULL_S: u32 = 5;

pub(super) fn refusal(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Conflict { index, message } => Problem::conflict(message).at_index(index),
        Refusal::Missing { message, .. } => Problem::not_found(message),
        Refusal::Stale { message } => Problem::conflict(message),
        Refusal::TooLarge { .. } => Problem::too_large(refusal.to_string()),
        Refusal::Busy => Problem::busy(refusal.to_string(), BUSY_S),
        // The journal logs when space runs short and when there is some again: a line for
        // each sender would fill the disk further.
        Refusal::Full { .. } => {
            Problem::unavailable("The disk is full: nothing can be stored until there is room.", FULL_S)
        }
        Refusal::Unread { message } => {
            Problem::unavailable("The daemon cannot read what it has stored.", FULL_S).logged(message)
        }
        Refusal::Closed { message } => {
            Problem::unavailable("The daemon is stopping.", BUSY_S).logged(message)
        }
    }
}

pub(super) fn denied(denied: Denied) -> Problem {
    match denied {
        Denied::Unauthorized(detail) => Problem::unauthorized(detail),
        Denied::Forbidden(detail) => Problem::forbidden(detail),
        Denied::Unknown(_) => internal(denied),
    }
}

/// Reads from the journal on a thread that may wait for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Answer<T> + Send + 'static,
) -> Answer<T> {
    aside(read).await.map_err(internal)?
}

pub(super) fn internal(error: impl std::fmt::Display) -> Problem {
    Problem::internal(error.to_string())
}

/// The journal could not be read. What is damaged is refused, with a word about where to look.
pub(super) fn unread(error: ReadError) -> Problem {
    let problem = internal(&error);
    match error {
        ReadError::Damaged(_) => Problem {
            detail: "History is damaged here, and what is damaged is not served: see `tellify verify`."
                .to_owned(),
            ..problem
        },
        _ => problem,
    }
}

/// One page of a list that is at hand whole, in the order of its keys.
pub(super) fn page<T>(mut items: Vec<T>, page: &Page, key: impl Fn(&T) -> &str) -> List<T> {
    items.sort_by(|a, b| key(a).cmp(key(b)));
    if let Some(after) = &page.cursor {
        items.retain(|item| key(item) > after.as_str());
    }
    let more = items.len() > page.limit;
    items.truncate(page.limit);
    let next = items.last().filter(|_| more).map(|last| key(last).to_owned());
    List::page(items, next)
}
