//! Between the interface's generated types and this crate's own.

/// A plugin of some kind as a component, with what all kinds export.
macro_rules! component {
    ($(#[$doc:meta])* $component:ident of $kind:ident) => {
        component!($(#[$doc])* $component of $kind, |schema| schema);
    };
    // The last argument adds to the configuration's schema.
    ($(#[$doc:meta])* $component:ident of $kind:ident, $more:expr) => {
        $(#[$doc])*
        pub struct $component<P>(std::marker::PhantomData<P>);

        impl<P: $kind> descriptor::Guest for $component<P> {
            fn describe() -> descriptor::Description {
                report_panics();
                let more: fn(serde_json::Value) -> serde_json::Value = $more;
                descriptor::Description {
                    name: P::NAME.to_owned(),
                    version: P::VERSION.to_owned(),
                    title: P::TITLE.to_owned(),
                    description: P::DESCRIPTION.to_owned(),
                    config_schema: more(super::schema::<P::Config>()).to_string(),
                    ui_hints: P::ui_hints().to_string(),
                }
            }

            fn validate(username: String, parameters: String) -> Vec<types::Problem> {
                report_panics();
                super::validate(&parameters, |config| P::validate(&username, config))
            }

            fn title(c: types::Config) -> String {
                report_panics();
                parsed(&c).map_or_else(|_| P::TITLE.to_owned(), |config| P::title(&config))
            }

            fn summary(c: types::Config) -> String {
                report_panics();
                parsed(&c).map_or_else(|why| why, |config| P::summary(&config))
            }
        }
    };
}

pub mod bindings;
mod checking;
mod convert;
mod delivering;
mod handling;
mod intake;
mod querying;

pub use checking::MonitorComponent;
pub use delivering::ChannelComponent;
pub use handling::HandlerComponent;
pub use intake::IngestComponent;
pub use querying::SourceComponent;

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Once;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Problem;
use bindings::described::tellify::plugin::types;

/// The parsed form of a saved configuration. An instance may serve several; each is
/// parsed once in a revision.
fn parsed<C: DeserializeOwned + 'static>(config: &types::Config) -> Result<Rc<C>, String> {
    PARSED.with_borrow_mut(|all| {
        let known = all.iter().find(|p| p.id == config.id && p.revision == config.revision);
        if let Some(value) = known.and_then(|parsed| Rc::clone(&parsed.value).downcast::<C>().ok()) {
            return Ok(value);
        }
        let value: Rc<C> = Rc::new(read(&config.data)?);
        all.retain(|parsed| parsed.id != config.id);
        if all.len() == PARSED_MAX {
            all.remove(0);
        }
        all.push(Parsed {
            id: config.id.clone(),
            revision: config.revision,
            value: Rc::clone(&value) as Rc<dyn Any>,
        });
        Ok(value)
    })
}

struct Parsed {
    id: String,
    revision: u32,
    value: Rc<dyn Any>,
}

thread_local! {
    static PARSED: RefCell<Vec<Parsed>> = const { RefCell::new(Vec::new()) };
}

/// Parsed configurations kept at a time: an instance serves one owner, and few own more.
const PARSED_MAX: usize = 64;

// Bytes here and wherever else JSON is read: a second parser, for texts, would be a tenth
// of a small component.
fn read<C: DeserializeOwned>(data: &str) -> Result<C, String> {
    serde_json::from_slice(data.as_bytes()).map_err(|e| e.to_string())
}

fn schema<C: JsonSchema>() -> Value {
    schemars::schema_for!(C).to_value()
}

fn validate<C: DeserializeOwned>(
    parameters: &str,
    check: impl FnOnce(&C) -> Vec<Problem>,
) -> Vec<types::Problem> {
    let problems = match read(parameters) {
        Ok(config) => check(&config),
        Err(message) => vec![Problem::at("", message)],
    };
    problems.into_iter().map(|p| types::Problem { pointer: p.pointer, message: p.message }).collect()
}

/// A guest has no standard error of its own: what a panic says goes to the log.
fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|panic| crate::log::error(&panic.to_string()))));
}
