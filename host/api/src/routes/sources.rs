//! Sources.

use event::Scope;

use super::{delete, get, post};
use crate::operation::{Content, Operation, Parameter};
use crate::{NewSource, Source, SourceAnswer, SourceKind, SourceQuestion, SourceTest};

pub(super) fn sources() -> Vec<Operation> {
    let replace = Parameter::text("replace", "`true`: a source of the same name gives way");
    vec![
        get("/api/v1/source-kinds", "listSourceKinds", "Kinds of sources, and what each can be asked.")
            .needs(Scope::Read)
            .answers(200, "all of them", Content::list::<SourceKind>()),
        post("/api/v1/sources", "addSource", "Adds a connection that monitors may query.")
            .needs(Scope::Admin)
            .query(&[replace])
            .takes(Content::json::<NewSource>())
            .answers(201, "the source, without its secrets", Content::json::<Source>())
            .problems(&[400, 409]),
        get("/api/v1/sources", "listSources", "Sources, without their secrets.").needs(Scope::Read).answers(
            200,
            "all of them",
            Content::list::<Source>(),
        ),
        get("/api/v1/sources/{source}", "getSource", "One source, without its secrets.")
            .needs(Scope::Read)
            .answers(200, "the source", Content::json::<Source>())
            .problems(&[400, 404]),
        delete("/api/v1/sources/{source}", "removeSource", "Removes a source; its secrets are destroyed.")
            .needs(Scope::Admin)
            .answers_nothing(204, "it is gone")
            .problems(&[400, 404]),
        post("/api/v1/sources/{source}/test", "testSource", "Finds out whether a source can be asked.")
            .needs(Scope::Admin)
            .answers(200, "what is there, or what is wrong", Content::json::<SourceTest>())
            .problems(&[400, 404]),
        post("/api/v1/sources/{source}/call", "callSource", "Asks a source, as a monitor does.")
            .needs(Scope::Admin)
            .takes(Content::json::<SourceQuestion>())
            .answers(200, "its answer", Content::json::<SourceAnswer>())
            .problems(&[400, 404, 502, 504]),
    ]
}
