//! What stands after the `?`.

use std::collections::BTreeMap;
use std::str::FromStr;

use api::{Operation, Page, Problem};
use axum::extract::FromRequestParts;
use event::Name;
use http::request::Parts;

use crate::answer::Fault;

/// The parameters of one request, all of which its operation knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(BTreeMap<String, String>);

impl Query {
    /// Reads a request's parameters as its operation takes them; one that takes any
    /// reads them by itself.
    ///
    /// # Errors
    /// 400 that names the parameter that is unknown or stands there twice.
    pub(crate) fn read(uri: &http::Uri, operation: &Operation) -> Result<Query, Problem> {
        if operation.free_query {
            return Ok(Query::default());
        }
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|e| Problem::bad_request(e.body_text()))?;
        let mut found = BTreeMap::new();
        for (name, value) in pairs.0 {
            if !operation.query.iter().any(|parameter| parameter.name == name) {
                return Err(unknown(&name, operation));
            }
            if found.insert(name.clone(), value).is_some() {
                return Err(Problem::bad_request(format!("the parameter `{name}` is given twice")));
            }
        }
        Ok(Query(found))
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// # Errors
    /// 400 that names the parameter when its text is not one of these.
    pub(crate) fn word<T: FromStr<Err: ToString>>(&self, name: &str) -> Result<Option<T>, Problem> {
        let read = |text: &String| {
            text.parse().map_err(|e: T::Err| Problem::bad_request(format!("`{name}`: {}", e.to_string())))
        };
        self.0.get(name).map(read).transpose()
    }

    pub(crate) fn user(&self) -> Result<Option<Name>, Problem> {
        self.word("user")
    }

    pub(crate) fn page(&self) -> Result<Page, Problem> {
        let limit = self.word("limit")?.unwrap_or(Page::LIMIT_DEFAULT);
        if !(1..=Page::LIMIT_MAX).contains(&limit) {
            return Err(Problem::bad_request(format!("`limit` must be from 1 to {}", Page::LIMIT_MAX)));
        }
        Ok(Page { limit, cursor: self.text("cursor") })
    }
}

fn unknown(name: &str, operation: &Operation) -> Problem {
    // Shown to people: what they sent may be long or hold control characters.
    let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    let known: Vec<&str> = operation.query.iter().map(|parameter| parameter.name).collect();
    let known = if known.is_empty() {
        "none is known here".to_owned()
    } else {
        format!("known are {}", known.join(", "))
    };
    Problem::bad_request(format!("unknown parameter `{name}`; {known}"))
}

/// It was read when the request was checked.
impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query, Fault> {
        let missing = || Fault(Problem::internal("a handler was reached without the check of its request"));
        parts.extensions.get::<Query>().cloned().ok_or_else(missing)
    }
}
