//! The kinds of sources: those that are built in, and the installed plugins that add one.

use api::{Caller, List, NewSource, Problem, SourceKind, SourceMethod};
use event::{Name, PluginKind, Scope, secret_parts};
use serde_json::Value;
use sources::{BadConfig, Connection, Description};

use crate::backend::plugins::check_config;
use crate::backend::{Answer, Backend, answer, authority};
use crate::blocking;

/// What a source is of.
pub(super) enum Kind {
    BuiltIn(Description),
    Plugin(event::Plugin),
}

impl Backend {
    pub(in crate::backend) async fn source_kinds(&self, caller: &Caller) -> Answer<List<SourceKind>> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let mut kinds: Vec<SourceKind> = sources::kinds().into_iter().map(built_in).collect();
        for plugin in self.source_plugins()? {
            kinds.push(self.added_by(plugin).await);
        }
        Ok(List::whole(kinds))
    }

    /// # Errors
    /// 400 with all that there are, when there is none of this name.
    pub(super) fn kind(&self, name: &Name) -> Answer<Kind> {
        if let Some(known) = sources::kinds().into_iter().find(|known| known.kind == name.as_str()) {
            return Ok(Kind::BuiltIn(known));
        }
        let mut plugins = self.source_plugins()?;
        if let Some(at) = plugins.iter().position(|plugin| plugin.name == *name) {
            return Ok(Kind::Plugin(plugins.swap_remove(at)));
        }
        let built_in = sources::kinds().into_iter().map(|kind| kind.kind.to_owned());
        let all = built_in.chain(plugins.into_iter().map(|plugin| plugin.name.into()));
        let all: Vec<String> = all.map(|kind| format!("`{kind}`")).collect();
        let detail = format!(
            "there is no kind of sources `{name}`: there are {}, and an installed plugin of the world `source` \
             adds its own",
            all.join(", ")
        );
        Err(Problem::bad_request(detail).at_pointer("/kind"))
    }

    /// Lets a kind check a configuration, with its secret parts in their places; answers which
    /// version of its plugin has taken it.
    pub(super) async fn takes_source(
        &self,
        kind: Kind,
        new: &NewSource,
        whole: Value,
    ) -> Answer<Option<String>> {
        let Kind::Plugin(plugin) = kind else {
            let read = Connection::new(new.kind.as_str(), &whole);
            return read.map(|_| None).map_err(|BadConfig { pointer, message }| {
                Problem::bad_request(message).at_pointer(place(new, &pointer))
            });
        };
        let ready = self.registry.ready(&plugin.name, None).await;
        let ready = ready.map_err(|unready| Problem::unavailable(unready.to_string(), 1))?;
        let checked = check_config(ready.clone(), new.name.clone(), whole).await;
        checked.map_err(|problem| {
            let pointer = problem.pointer.as_deref().unwrap_or_default();
            let pointer = place(new, pointer.strip_prefix("/config").unwrap_or_default());
            problem.at_pointer(pointer)
        })?;
        Ok(Some(ready.sha256().to_owned()))
    }

    fn source_plugins(&self) -> Answer<Vec<event::Plugin>> {
        let mut plugins = self.view()?.plugins().map_err(answer::internal)?;
        plugins.retain(|plugin| plugin.kind == PluginKind::Source);
        Ok(plugins)
    }

    /// A kind that cannot be asked now is there nevertheless, and says why.
    async fn added_by(&self, plugin: event::Plugin) -> SourceKind {
        let methods = match self.registry.ready(&plugin.name, None).await {
            Ok(ready) => blocking::call(move || ready.methods()).await.map_err(|error| error.to_string()),
            Err(unready) => Err(unready.to_string()),
        };
        let (methods, unusable) = match methods {
            Ok(methods) => (methods, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let method = |method: plugins::Method| SourceMethod {
            name: method.name,
            summary: method.summary,
            arguments_schema: method.arguments_schema,
            result_schema: method.result_schema,
        };
        SourceKind {
            kind: plugin.name.into(),
            title: plugin.title,
            description: plugin.description,
            config_schema: plugin.config_schema,
            methods: methods.into_iter().map(method).collect(),
            plugin: true,
            unusable,
        }
    }
}

impl Kind {
    /// The parts of its configurations that are secret.
    pub(super) fn secret_parts(&self) -> Vec<String> {
        match self {
            Kind::BuiltIn(kind) => secret_parts(&kind.config_schema),
            Kind::Plugin(plugin) => secret_parts(&plugin.config_schema),
        }
    }
}

/// Where a part of a configuration stands in the request that brings it.
fn place(new: &NewSource, pointer: &str) -> String {
    let field = pointer.split('/').nth(1).unwrap_or_default();
    let part = if new.secrets.contains_key(field) { "secrets" } else { "config" };
    format!("/{part}{pointer}")
}

fn built_in(kind: Description) -> SourceKind {
    let method = |method: sources::Method| SourceMethod {
        name: method.name.to_owned(),
        summary: method.summary.to_owned(),
        arguments_schema: method.arguments_schema,
        result_schema: method.result_schema,
    };
    SourceKind {
        kind: kind.kind.to_owned(),
        title: kind.title.to_owned(),
        description: kind.description.to_owned(),
        config_schema: kind.config_schema,
        methods: kind.methods.into_iter().map(method).collect(),
        plugin: false,
        unusable: None,
    }
}
