//! The exports of the world `ingest`.

use std::marker::PhantomData;

use super::bindings::described::exports::tellify::plugin::descriptor;
use super::bindings::described::tellify::plugin::types;
use super::bindings::intake::exports::tellify::plugin::intake;
use super::{convert, parsed, report_panics};
use crate::{Ingest, Rejection, Reply, Request};

/// An ingest plugin as a component.
pub struct IngestComponent<I>(PhantomData<I>);

impl<I: Ingest> descriptor::Guest for IngestComponent<I> {
    fn describe() -> descriptor::Description {
        report_panics();
        descriptor::Description {
            name: I::NAME.to_owned(),
            version: I::VERSION.to_owned(),
            title: I::TITLE.to_owned(),
            description: I::DESCRIPTION.to_owned(),
            config_schema: super::schema::<I::Config>().to_string(),
            ui_hints: I::ui_hints().to_string(),
        }
    }

    fn validate(username: String, parameters: String) -> Vec<types::Problem> {
        report_panics();
        super::validate(&parameters, |config| I::validate(&username, config))
    }

    fn title(c: types::Config) -> String {
        report_panics();
        parsed(&c).map_or_else(|_| I::TITLE.to_owned(), |config| I::title(&config))
    }

    fn summary(c: types::Config) -> String {
        report_panics();
        parsed(&c).map_or_else(|why| why, |config| I::summary(&config))
    }
}

impl<I: Ingest> intake::Guest for IngestComponent<I> {
    fn accept(c: types::Config, now: f64, r: intake::Request) -> Result<intake::Accepted, intake::Rejection> {
        report_panics();
        // A rejection would blame the sender, and only the door's owner can mend this.
        let config =
            parsed(&c).unwrap_or_else(|why| panic!("this door's configuration does not read: {why}"));
        let request = Request {
            method: r.method,
            path: r.path,
            query: r.query,
            headers: r.headers.into_iter().map(|header| (header.key, header.value)).collect(),
            body: r.body,
            remote: r.remote,
        };
        match I::accept(&config, convert::time(now), &request) {
            Ok(accepted) => Ok(intake::Accepted {
                events: accepted.events.into_iter().map(Into::into).collect(),
                reply: accepted.reply.map(reply),
            }),
            Err(Rejection::Unauthorized(why)) => Err(intake::Rejection::Unauthorized(why)),
            Err(Rejection::Malformed(why)) => Err(intake::Rejection::Malformed(why)),
            Err(Rejection::Ignored(why)) => Err(intake::Rejection::Ignored(why)),
        }
    }
}

fn reply(reply: Reply) -> intake::Reply {
    let headers = reply.headers.into_iter().map(|(key, value)| types::Attribute { key, value }).collect();
    intake::Reply { status: reply.status, headers, body: reply.body }
}
