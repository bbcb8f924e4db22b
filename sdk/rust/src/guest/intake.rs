//! The exports of the world `ingest`.

use super::bindings::described::exports::tellify::plugin::descriptor;
use super::bindings::described::tellify::plugin::types;
use super::bindings::intake::exports::tellify::plugin::intake;
use super::{convert, parsed, report_panics};
use crate::{Ingest, Rejection, Reply, Request};

component!(
    /// An ingest plugin as a component.
    IngestComponent of Ingest
);

impl<I: Ingest> intake::Guest for IngestComponent<I> {
    fn accept(c: types::Config, now: f64, r: intake::Request) -> Result<intake::Accepted, intake::Rejection> {
        report_panics();
        // Only the door's owner can mend this.
        let unread =
            |why| intake::Rejection::Failed(format!("this door's configuration does not read: {why}"));
        let config = parsed(&c).map_err(unread)?;
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
            Err(Rejection::Failed(why)) => Err(intake::Rejection::Failed(why)),
        }
    }
}

fn reply(reply: Reply) -> intake::Reply {
    let headers = reply.headers.into_iter().map(|(key, value)| types::Attribute { key, value }).collect();
    intake::Reply { status: reply.status, headers, body: reply.body }
}
