//! The exports of the world `handler`.

use std::rc::Rc;

use super::bindings::described::exports::tellify::plugin::descriptor;
use super::bindings::described::tellify::plugin::types;
use super::bindings::handling::exports::tellify::plugin::handling;
use super::{convert, parsed, report_panics};
use crate::{AlertItem, Handler, Outcome};

component!(
    /// A handler as a component.
    HandlerComponent of Handler, |mut schema| {
        // The one thing that the daemon must know of a handler before it calls it.
        if P::WAKES_FIRST {
            schema["x-wakes-first"] = true.into();
        }
        schema
    }
);

impl<H: Handler> handling::Guest for HandlerComponent<H> {
    fn required_fields(c: types::Config) -> Result<Vec<handling::Requirement>, types::Error> {
        report_panics();
        let config = parsed(&c).map_err(types::Error::BadConfig)?;
        Ok(H::required_fields(&config).into_iter().map(Into::into).collect())
    }

    fn handle(c: types::Config, now: f64, t: handling::Trigger) -> Result<handling::Outcome, types::Error> {
        report_panics();
        let config = parsed(&c).map_err(types::Error::BadConfig)?;
        let mut outcome = Outcome::default();
        H::handle(&config, convert::time(now), &t.try_into()?, &mut outcome)?;
        Ok(outcome.into())
    }

    fn alert_text(items: Vec<handling::AlertItem>) -> Option<String> {
        H::alert_text(&items_of::<H>(items)?)
    }

    fn alert_ascii(items: Vec<handling::AlertItem>) -> Option<String> {
        H::alert_ascii(&items_of::<H>(items)?)
    }

    fn alert_html(items: Vec<handling::AlertItem>) -> Option<String> {
        H::alert_html(&items_of::<H>(items)?)
    }
}

/// None when any cannot be read any more: the host's own rendering can show them all.
fn items_of<H: Handler>(items: Vec<handling::AlertItem>) -> Option<Vec<AlertItem<H::Config>>> {
    report_panics();
    items.into_iter().map(|item| item_of::<H>(item).ok()).collect()
}

fn item_of<H: Handler>(item: handling::AlertItem) -> Result<AlertItem<H::Config>, crate::Error> {
    let config: Rc<H::Config> = parsed(&item.config).map_err(crate::Error::BadConfig)?;
    Ok(AlertItem {
        config,
        alert: item.alert.try_into()?,
        count: item.count,
        since: convert::time(item.since),
        latest: convert::time(item.latest),
        ended: item.ended.map(convert::time),
        event: item.event.map(TryInto::try_into).transpose()?,
    })
}
