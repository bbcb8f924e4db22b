//! Plugins, what they are granted, and secrets.

use event::Scope;

use super::{CURSOR, LIMIT, delete, get, operation, post};
use crate::operation::{Content, Method, Operation, Parameter};
use crate::{Failure, GrantChange, NewSecret, Plugin, PluginPlan, Secret};

pub(super) fn operations() -> Vec<Operation> {
    let install = &[
        Parameter::text("replace", "`true`: a plugin of the same name gives way"),
        SIDE_BY_SIDE,
        Parameter::text("grant_all", "`true`: all that it asks for is granted; for an administrator"),
        Parameter::text("dry_run", "`true`: nothing is installed, and a plan is answered"),
    ];
    vec![
        post("/api/v1/plugins", "installPlugin", "Installs a component.")
            .needs(Scope::Admin)
            .query(install)
            .takes(Content::bytes("application/wasm"))
            .answers(200, "what a dry run would have done", Content::json::<PluginPlan>())
            .answers(201, "the plugin", Content::json::<Plugin>())
            .problems(&[400, 409, 413]),
        get("/api/v1/plugins", "listPlugins", "Installed plugins.").needs(Scope::Read).answers(
            200,
            "all that are for the caller to use",
            Content::list::<Plugin>(),
        ),
        get("/api/v1/plugins/{name}", "getPlugin", "One plugin.")
            .needs(Scope::Read)
            .answers(200, "the plugin", Content::json::<Plugin>())
            .problems(&[400, 404]),
        delete("/api/v1/plugins/{name}", "removePlugin", "Removes a plugin that nothing uses.")
            .needs(Scope::Admin)
            .answers_nothing(204, "it is gone")
            .problems(&[400, 404, 409]),
        get("/api/v1/plugins/{name}/failures", "listFailures", "Calls that were given up, newest first.")
            .needs(Scope::Read)
            .query(&[LIMIT, CURSOR])
            .answers(200, "a page of them", Content::list::<Failure>())
            .problems(&[400, 404]),
        post(
            "/api/v1/plugins/{name}/failures/{seq}/replay",
            "replayFailure",
            "Makes a call again that was given up.",
        )
        .needs(Scope::Admin)
        .answers(202, "the failure as it stands now", Content::json::<Failure>())
        .problems(&[400, 404, 409, 503]),
    ]
}

const SIDE_BY_SIDE: Parameter = Parameter::text(
    "side_by_side",
    "`true`: what this version does not take stays with the one that it was saved with; otherwise 409",
);

/// What an administrator says yes and no to.
pub(super) fn consent() -> Vec<Operation> {
    let without = Parameter::text("without_grants", "`true`: nothing more is granted with it");
    let acts = |operation: Operation| {
        operation
            .needs(Scope::Admin)
            .answers(200, "the plugin", Content::json::<Plugin>())
            .problems(&[400, 404, 409])
    };
    vec![
        acts(operation(
            Method::Patch,
            "/api/v1/plugins/{name}/grants",
            "changeGrants",
            "Grants what a plugin asks for, and takes it back.",
        ))
        .takes(Content::json::<GrantChange>()),
        acts(post(
            "/api/v1/plugins/{name}/consent",
            "consentToPlugin",
            "Lets the version serve that waits, with what it asks for.",
        ))
        .query(&[SIDE_BY_SIDE, without]),
        acts(post("/api/v1/plugins/{name}/decline", "declinePlugin", "Drops the version that waits.")),
        acts(operation(
            Method::Put,
            "/api/v1/plugins/{name}/shared",
            "sharePlugin",
            "Lets everybody use what somebody installed.",
        )),
        acts(delete("/api/v1/plugins/{name}/shared", "unsharePlugin", "Leaves it to whoever installed it.")),
        acts(post(
            "/api/v1/plugins/{name}/rollback",
            "rollBackPlugin",
            "Lets the version before serve again.",
        )),
    ]
}

pub(super) fn secrets() -> Vec<Operation> {
    vec![
        get("/api/v1/secrets", "listSecrets", "Which secrets there are; their values are shown to nobody.")
            .needs(Scope::Admin)
            .answers(200, "all of them", Content::list::<Secret>()),
        operation(
            Method::Put,
            "/api/v1/secrets/{name}",
            "setSecret",
            "Keeps a secret, in the place of one of the same name.",
        )
        .needs(Scope::Admin)
        .takes(Content::json::<NewSecret>())
        .answers(200, "the secret without its value", Content::json::<Secret>())
        .problems(&[400, 413]),
        delete("/api/v1/secrets/{name}", "removeSecret", "Removes a secret and destroys its key.")
            .needs(Scope::Admin)
            .answers_nothing(204, "it is gone")
            .problems(&[400, 404]),
    ]
}
