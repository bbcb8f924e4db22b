//! Lists, and how to walk through them.

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List<T> {
    /// Empty only when `next` is null.
    pub items: Vec<T>,
    /// Hand it back as `cursor` for the page that follows; null: this was the last.
    pub next: Option<String>,
    /// Records that were passed since they are damaged: what was in them may belong here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<Damaged>,
}

/// Records that cannot be read, from the first to the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damaged {
    pub first: u64,
    pub last: u64,
}

impl<T> List<T> {
    /// A list that fits one page.
    pub fn whole(items: Vec<T>) -> List<T> {
        List::page(items, None)
    }

    /// One of several pages.
    pub fn page(items: Vec<T>, next: Option<String>) -> List<T> {
        List { items, next, damaged: Vec::new() }
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// From 1 to [`Page::LIMIT_MAX`].
    pub limit: usize,
    /// What an earlier page gave as `next`.
    pub cursor: Option<String>,
}

impl Page {
    pub const LIMIT_DEFAULT: usize = 100;
    pub const LIMIT_MAX: usize = 1000;
}

impl Default for Page {
    fn default() -> Page {
        Page { limit: Page::LIMIT_DEFAULT, cursor: None }
    }
}

/// A page of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Filter language; none lets everything through.
    pub q: Option<String>,
    pub order: Order,
    pub page: Page,
}

/// By the events' own time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Newest,
    Oldest,
}
