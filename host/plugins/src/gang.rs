//! Several alerts of one handler told as one part of a message.

use event::{Alert, PluginKind, Timestamp};

use crate::bindings::handling as wit;
use crate::exports::{ALERT_ASCII, ALERT_HTML, ALERT_TEXT, Render};
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
        self.must_be(PluginKind::Handler)?;
        if items.windows(2).any(|pair| pair[0].config.owner != pair[1].config.owner) {
            return Err(CallError::Host {
                message: "alerts of several owners are never told together".into(),
            });
        }
        // A rendering has no time of its own: it is as of the newest thing it tells.
        let now = items.iter().map(|i| i.alert.latest).max().unwrap_or_default();
        let items: Vec<wit::AlertItem> = items.iter().map(item).collect();
        let mut running = self.fresh()?;
        let mut render = |form: &Render| {
            let scope = Scope { now, ..Scope::TIMELESS };
            running.ask(scope, form, (items.clone(),)).0
        };
        let (line, ascii, html) = (render(&ALERT_TEXT)?, render(&ALERT_ASCII)?, render(&ALERT_HTML)?);
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
