//! `absence`: nothing was seen of something for a while, or never, though it is expected.
//!
//! Time is the moment at which an event came in. Each thing that is watched has a row
//! with the moment at which it was seen last, and a moment at which it is looked at
//! again; that is set once and found to be too early while events keep coming, so that
//! an event costs one write.

mod render;
mod watch;

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::{
    Conditions, Emit, Error, Fields, Gang, Handler, Outcome, Problem, Requirement, Severity, Span, Telling,
    Template, Timestamp, Trigger, handler, timers,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// The field, or fields, that tell one thing from another. None: the subject, or else the source.
    key: Option<Fields>,
    /// How long a thing may be silent.
    after: Span,
    /// Things that have to be seen even if they never were: values of the key.
    #[serde(default)]
    #[schemars(length(max = 500))]
    expect: Vec<String>,
    /// What else must hold of an event to be a sign of life: field by field, any one of these values.
    #[serde(default, rename = "where")]
    only: Conditions,
    /// How bad a silence is.
    #[serde(default = "error")]
    severity: Severity,
    /// How long a thing is silent before it is given up, unless it is expected.
    #[serde(default = "thirty_days")]
    forget: Span,
    /// A title with {field} placeholders; {key}, {silent}, {after} and {last} are our own.
    title: Option<Template>,
    /// Whether people are told.
    #[serde(default = "yes")]
    alert: bool,
    /// An event to emit when a thing falls silent, or is back.
    emit: Option<Emit>,
}

struct Absence;

impl Handler for Absence {
    type Config = Config;
    const NAME: &'static str = "absence";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TITLE: &'static str = "Nothing seen for a while";
    const DESCRIPTION: &'static str = "Fires when something has not been seen for a while, for each value of a \
        field, or was never seen though it is expected, and resolves when it is seen again.";
    const GANG: Option<Gang<Config>> = Some(render::GANG);
    const WAKES_FIRST: bool = true;

    fn validate(_: &str, config: &Config) -> Vec<Problem> {
        let mut problems = Vec::new();
        if config.after.as_ms() < 1000 {
            problems.push(Problem::at("/after", "a silence lasts one second at least"));
        }
        if config.forget < config.after {
            problems.push(Problem::at("/forget", "what is silent is forgotten later than it is told of"));
        }
        for (i, name) in config.expect.iter().enumerate() {
            let what = if name.is_empty() {
                "the name of what is expected is missing"
            } else if config.expect[..i].contains(name) {
                "this stands there twice"
            } else {
                continue;
            };
            problems.push(Problem::at(format!("/expect/{i}"), what));
        }
        problems.extend(config.telling().problems());
        problems
    }

    fn title(config: &Config) -> String {
        format!("{} silent for {}", render::each(config), config.after)
    }

    fn summary(config: &Config) -> String {
        render::summary(config)
    }

    fn required_fields(config: &Config) -> Vec<Requirement> {
        let key = config.key.iter().flat_map(Fields::requirements);
        config.only.requirements().chain(key).collect()
    }

    fn handle(config: &Config, now: Timestamp, trigger: &Trigger, out: &mut Outcome) -> Result<(), Error> {
        watch::settle(config, now, out)?;
        match trigger {
            Trigger::Event(event) => {
                let key = Fields::key_or_about(config.key.as_ref(), event);
                if let Some(key) = key.filter(|_| config.only.hold(event)) {
                    watch::seen(config, now, key, event, out)?;
                }
            }
            Trigger::Wake(_) => {
                for key in timers::take_due(now)? {
                    watch::look(config, now, key, out)?;
                }
            }
            Trigger::Cleared(key) => watch::cleared(config, now, key)?,
        }
        timers::arm(out)
    }
}

handler!(Absence);

impl Config {
    fn telling(&self) -> Telling<'_> {
        Telling { alert: self.alert, emit: self.emit.as_ref() }
    }

    fn expects(&self, key: &str) -> bool {
        self.expect.iter().any(|name| name == key)
    }
}

fn error() -> Severity {
    Severity::Error
}

fn thirty_days() -> Span {
    Span::from_ms(30 * 86_400_000)
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests;
