//! Several alerts of one handler told as one part of a message.

use event::{Alert, Timestamp};

use crate::bindings::handling::handling as wit;
use crate::output::Check;
use crate::running::Scope;
use crate::{CallError, Config, EventRef, Plugin, convert, text};

/// An alert with the configuration that raised it, lent to a rendering.
#[derive(Clone, Copy, Debug)]
pub struct AlertItem<'a> {
    pub config: &'a Config,
    pub alert: &'a Alert,
    /// The event that raised it last, when it is still known.
    pub event: Option<EventRef<'a>>,
}

/// What the handler made of the alerts; none asks for the host's own rendering.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gang {
    /// One line, for a phone.
    pub text: Option<String>,
    /// Several lines of plain text.
    pub ascii: Option<String>,
    /// As the plugin wrote it: to be sanitised before anybody sees it.
    pub html: Option<String>,
}

impl Plugin {
    /// Renders alerts for one recipient, in a fresh instance. Blocks.
    ///
    /// Only alerts of one owner may come together: in one call, a plugin could tell
    /// one owner of another's.
    pub fn gang(&self, items: &[AlertItem<'_>]) -> Result<Gang, CallError> {
        let indices = self.handling()?;
        if items.windows(2).any(|pair| pair[0].config.owner != pair[1].config.owner) {
            return Err(CallError::Host {
                message: "alerts of several owners are never told together".into(),
            });
        }
        // A rendering has no time of its own: it is as of the newest thing it tells.
        let now = items.iter().map(|i| i.alert.latest).max().unwrap_or_default();
        let items: Vec<wit::AlertItem> = items.iter().map(item).collect();
        let mut running = self.fresh()?;
        let mut render = |form: Form| {
            let scope = Scope { now, seed: &[], state: None };
            let (answer, ..) = running.call(scope, |store, instance| {
                let handling = indices.load(&mut *store, instance)?;
                let handling = handling.tellify_plugin_handling();
                match form {
                    Form::Text => handling.call_alert_text(store, &items),
                    Form::Ascii => handling.call_alert_ascii(store, &items),
                    Form::Html => handling.call_alert_html(store, &items),
                }
            });
            answer
        };
        let (line, ascii, html) = (render(Form::Text)?, render(Form::Ascii)?, render(Form::Html)?);
        let mut check = Check::new(self.limits(), Timestamp::default());
        for text in [&line, &ascii, &html].into_iter().flatten() {
            check.spend(&[text])?;
        }
        Ok(Gang {
            text: line.map(|t| text::line(&t, text::LINE_MAX)),
            ascii: ascii.map(|t| text::lines(&t)),
            html,
        })
    }
}

enum Form {
    Text,
    Ascii,
    Html,
}

fn item(item: &AlertItem<'_>) -> wit::AlertItem {
    let alert = item.alert;
    wit::AlertItem {
        config: convert::config(item.config),
        alert: wit::Alert {
            key: alert.key.clone(),
            state: convert::alert_state(alert.state),
            severity: convert::severity(alert.severity),
            title: alert.title.clone(),
            data: alert.data.to_string(),
        },
        count: alert.count,
        since: convert::timestamp(alert.since),
        latest: convert::timestamp(alert.latest),
        ended: alert.ended.map(convert::timestamp),
        event: item.event.map(convert::event),
    }
}
