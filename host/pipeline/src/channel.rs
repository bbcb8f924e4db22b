//! Channel plugins: the call that carries a message, and what its end means for the digest.

use std::sync::Arc;

use event::{Address, AttemptResult, ChannelTraits, Clock, Name, Record, Timestamp};
use journal::{Journal, StateError, View};
use meter::Timer;
use plugins::{CallError, Config, Message, Plugin, Receipt};

use crate::meters::Meters;
use crate::outside::Outsides;
use crate::registry::Registry;
use crate::{blocking, go_back};

/// Of what a plugin says of a failure, in characters: it is kept with each attempt.
const REASON_MAX: usize = 300;

/// Calls channel plugins. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Channels {
    journal: Journal,
    clock: Arc<dyn Clock>,
    registry: Arc<Registry>,
    outsides: Outsides,
    meters: Arc<Meters>,
}

/// A call that is over.
pub(crate) struct Delivery {
    pub(crate) result: AttemptResult,
    /// It counts against a version that is new.
    pub(crate) fault: Option<Record>,
}

impl Delivery {
    /// One that is no plugin's fault.
    pub(crate) fn of(result: AttemptResult) -> Delivery {
        Delivery { result, fault: None }
    }
}

impl Channels {
    pub(crate) fn new(
        journal: &Journal,
        clock: &Arc<dyn Clock>,
        registry: &Arc<Registry>,
        outsides: &Outsides,
        meters: &Arc<Meters>,
    ) -> Channels {
        let (journal, clock, registry) = (journal.clone(), Arc::clone(clock), Arc::clone(registry));
        Channels { journal, clock, registry, outsides: outsides.clone(), meters: Arc::clone(meters) }
    }

    /// One call of the plugin that carries to an address, in the version that the address was
    /// saved with.
    pub(crate) async fn deliver(
        &self,
        plugin: &Name,
        version: Option<&str>,
        address: &Address,
        message: Message,
        now: Timestamp,
    ) -> Delivery {
        // It may be mended, or installed again, until the digest is given up.
        let ready = match self.registry.ready(plugin, version).await {
            Ok(ready) => ready,
            Err(unready) => return Delivery::of(AttemptResult::transient(unready.to_string())),
        };
        let sha256 = ready.sha256().to_owned();
        let timer = Timer::start();
        let answer = self.call(plugin, ready, address, message, now).await;
        self.meters.called(plugin.as_str(), timer, answer.as_ref().map(|_| ()));
        let fault = answer.as_ref().err().and_then(|error| self.fault(plugin, &sha256, error));
        Delivery { result: judge(plugin, answer, now), fault }
    }

    async fn call(
        &self,
        name: &Name,
        plugin: Plugin,
        address: &Address,
        message: Message,
        now: Timestamp,
    ) -> Result<Receipt, CallError> {
        let outside = self.outsides.of(name, plugin.sha256());
        let outside = outside.map_err(|error| CallError::Host { message: error.to_string() })?;
        let config = Config {
            id: format!("address:{}/{}", address.person, address.name),
            revision: 1,
            owner: address.person.clone(),
            data: address.config.clone().unwrap_or_default(),
        };
        blocking::call(move || plugin.deliver(&config, now, &message, outside).answer).await
    }

    /// A state that cannot be read now tells so to whoever needs it; the attempt counts.
    fn fault(&self, plugin: &Name, sha256: &str, error: &CallError) -> Option<Record> {
        if !error.stack().is_empty() {
            tracing::warn!(%plugin, %error, stack = error.stack(), "a channel broke off");
        }
        let view = self.journal.view().ok()?;
        go_back::fault(&view, plugin, sha256, error, self.clock.now()).ok().flatten()
    }
}

/// What a version of a plugin says that it carries: the one with this hash, or else the one
/// that serves.
pub(crate) fn traits(view: &View, plugin: &Name, version: Option<&str>) -> Result<ChannelTraits, StateError> {
    let serving = view.plugin(plugin)?;
    let is_kept = version.is_some_and(|sha256| serving.as_ref().is_none_or(|s| s.sha256 != sha256));
    let kept = match is_kept {
        true => view.plugin_versions(plugin)?.into_iter().find(|kept| Some(kept.sha256.as_str()) == version),
        false => None,
    };
    Ok(kept.or(serving).and_then(|plugin| plugin.channel).unwrap_or_default())
}

/// What the plugin itself says is its own; what it did not survive may not happen again.
fn judge(plugin: &Name, answer: Result<Receipt, CallError>, now: Timestamp) -> AttemptResult {
    let error = match answer {
        Ok(Receipt { reference }) => return AttemptResult::Delivered { reference },
        Err(error) => error,
    };
    let why = one_line(&error.to_string());
    match error {
        CallError::BadConfig(_) => AttemptResult::Gone { reason: format!("{plugin} says: {why}") },
        CallError::Failed { .. } => AttemptResult::permanent(format!("{plugin} says: {why}")),
        CallError::Retry { after_ms, .. } => {
            let not_before = after_ms.filter(|ms| *ms > 0).map(|ms| now.plus_ms(ms.into()));
            let asks = not_before.map(|at| format!(", and asks for nothing before {at}")).unwrap_or_default();
            AttemptResult::Transient { reason: format!("{plugin} says: {why}{asks}"), not_before }
        }
        CallError::Trap { .. }
        | CallError::Timeout { .. }
        | CallError::Limit { .. }
        | CallError::BadOutput { .. }
        | CallError::Host { .. } => AttemptResult::transient(format!("{plugin}: {why}")),
    }
}

fn one_line(text: &str) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(REASON_MAX).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use plugins::TimeLimit;

    use super::*;

    const NOW: Timestamp = Timestamp(1_795_168_800_000);

    #[test]
    fn each_end_of_a_call_has_its_consequence() {
        let trap = CallError::Trap { message: "unreachable".into(), stack: "at deliver".into() };
        let slow =
            CallError::Timeout { which: TimeLimit::Wall(Duration::from_secs(20)), stack: String::new() };
        let large = CallError::Limit { what: "memory".into(), stack: String::new() };
        let retry = |after_ms, reason: &str| CallError::Retry { after_ms, reason: reason.into() };
        let table = [
            (
                CallError::BadConfig("no topic".into()),
                "gone",
                "sms says: the configuration cannot work: no topic",
            ),
            (CallError::Failed { message: "no".into() }, "permanent", "sms says: no"),
            (retry(None, "busy\nvery"), "transient", "sms says: busy very"),
            (retry(Some(0), "busy"), "transient", "sms says: busy"),
            (
                retry(Some(90_000), "busy"),
                "transient",
                "sms says: busy, and asks for nothing before 2026-11-20T10:01:30.000Z",
            ),
            (trap, "transient", "sms: the plugin broke off: unreachable"),
            (slow, "transient", "sms: the plugin took longer than 20000 ms"),
            (large, "transient", "sms: the plugin went past its limit: memory"),
        ];
        let sms = Name::new("sms").expect("it is a name");
        for (error, word, reason) in table {
            let result = judge(&sms, Err(error), NOW);
            let found = match &result {
                AttemptResult::Delivered { .. } => "delivered",
                AttemptResult::Transient { not_before, .. } => {
                    let asked = reason.contains("asks for").then(|| NOW.plus_s(90));
                    assert_eq!(*not_before, asked, "{reason}");
                    "transient"
                }
                AttemptResult::Permanent { .. } => "permanent",
                AttemptResult::Gone { .. } => "gone",
            };
            assert_eq!((found, result.failure()), (word, Some(reason)));
        }
        let receipt = Receipt { reference: Some("m1".into()) };
        assert_eq!(judge(&sms, Ok(receipt), NOW), AttemptResult::Delivered { reference: Some("m1".into()) });
    }
}
