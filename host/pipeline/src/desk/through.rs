//! A configured source whose kind is a plugin.

use std::time::Duration;

use event::{Draft, Name, Source};
use journal::StateError;
use meter::Timer;
use plugins::{CallError, Config, Method, Plugin, TimeLimit};
use serde_json::{Map, Value};
use sources::SourceError;

use super::{Desk, DeskError};
use crate::blocking;
use crate::go_back;

pub(super) struct Through {
    desk: Desk,
    name: Name,
    plugin: Name,
    /// The version that has taken the configuration.
    sha256: Option<String>,
    config: Config,
    /// Since when somebody waits, and for how long.
    waiting: Timer,
    time: Duration,
}

/// What a plugin is asked by a test of a source, if it has a method of this name.
const TEST: &str = "test";
/// Of its answer so many characters are shown.
const SHOWN_MAX: usize = 300;

impl Through {
    /// `config` has its secret parts in their places.
    pub(super) fn new(desk: Desk, source: Source, config: Value, time: Duration) -> Through {
        let Source { name, kind: plugin, plugin_sha256: sha256, .. } = source;
        let config = config_of(&name, config);
        Through { desk, name, plugin, sha256, config, waiting: Timer::start(), time }
    }

    pub(super) async fn ask(self, method: &str, arguments: Value) -> Result<Value, DeskError> {
        let plugin = self.ready().await?;
        self.query(&plugin, method, arguments).await
    }

    /// Asks the method `test`, if there is one; otherwise at least the configuration is looked
    /// at once more.
    pub(super) async fn probe(self) -> Result<String, DeskError> {
        let plugin = self.ready().await?;
        let methods = self.call(&plugin, |plugin| plugin.methods()).await?;
        if methods.iter().any(|method| method.name == TEST) {
            return self.query(&plugin, TEST, Value::Object(Map::new())).await.map(|said| shown(&said));
        }
        let config = self.config.clone();
        let problems = self.call(&plugin, move |plugin| plugin.validate(&config.owner, &config.data)).await?;
        if let Some(problem) = problems.into_iter().next() {
            return Err(DeskError::Unworkable(self.name, problem.message));
        }
        Ok(untested(&self.plugin, &methods))
    }

    async fn ready(&self) -> Result<Plugin, DeskError> {
        let ready = self.desk.registry.ready(&self.plugin, self.sha256.as_deref()).await;
        ready.map_err(|unready| DeskError::Unready(self.name.clone(), unready))
    }

    async fn query(&self, plugin: &Plugin, method: &str, arguments: Value) -> Result<Value, DeskError> {
        let outside = self.desk.outsides.of(&self.plugin, plugin.sha256())?;
        let (config, now) = (self.config.clone(), self.desk.clock.now());
        let (method, within) = (method.to_owned(), self.time.saturating_sub(self.waiting.elapsed()));
        let query =
            move |plugin: &Plugin| plugin.query(&config, now, &method, &arguments, outside, within).answer;
        Ok(self.call(plugin, query).await??)
    }

    async fn call<T: Send + 'static>(
        &self,
        plugin: &Plugin,
        call: impl FnOnce(&Plugin) -> Result<T, CallError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let (called, timer) = (plugin.clone(), Timer::start());
        let answer = blocking::call(move || call(&called)).await;
        self.desk.meters.called(self.plugin.as_str(), timer, answer.as_ref().map(|_| ()));
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.failed(plugin, error).await),
        }
    }

    async fn failed(&self, plugin: &Plugin, error: CallError) -> DeskError {
        match error {
            // Whoever asked had no more time; nothing is wrong with the plugin.
            CallError::Timeout { which: TimeLimit::Wall(most), .. } if most < plugin.limits().wall => {
                return SourceError::Timeout.into();
            }
            CallError::BadConfig(why) => return DeskError::Unworkable(self.name.clone(), why),
            _ => {}
        }
        tracing::warn!(source = %self.name, plugin = %self.plugin, %error, stack = error.stack(), "a source plugin failed");
        if let Err(why) = self.count(plugin, &error).await {
            tracing::error!(plugin = %self.plugin, why, "that a plugin failed cannot be written down");
        }
        DeskError::Broke(self.name.clone(), self.plugin.clone(), error)
    }

    /// A version that is new may go back for this.
    async fn count(&self, plugin: &Plugin, error: &CallError) -> Result<(), String> {
        let fault = || -> Result<_, StateError> {
            let (view, now) = (self.desk.journal.view()?, self.desk.clock.now());
            go_back::fault(&view, &self.plugin, plugin.sha256(), error, now)
        };
        let Some(record) = fault().map_err(|error| error.to_string())? else { return Ok(()) };
        let written = self.desk.journal.offer(Draft::from(record)).await;
        written.map(drop).map_err(|refusal| refusal.to_string())
    }
}

/// As its plugin sees it. It is made anew for each call, so no revisions are told apart.
fn config_of(source: &Name, data: Value) -> Config {
    Config { id: format!("source:{source}"), revision: 1, owner: source.clone(), data }
}

fn shown(said: &Value) -> String {
    let text = said.as_str().map_or_else(|| said.to_string(), str::to_owned);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN_MAX).collect()
}

fn untested(plugin: &Name, methods: &[Method]) -> String {
    let names: Vec<String> = methods.iter().map(|method| format!("`{}`", method.name)).collect();
    format!(
        "{plugin} takes the configuration. What lies behind it was not asked: of its methods ({}) none is \
         called `{TEST}`",
        names.join(", ")
    )
}
