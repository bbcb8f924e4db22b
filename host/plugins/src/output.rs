//! What a guest answers, checked: nothing of it is trusted.

use event::{AlertUpdate, Effect, Origin, Requirement, Seq, Severity, Timestamp, WakeChange};
use event::{Condition, FieldPath};
use serde_json::Value;

use crate::bindings::{handling as wit_handling, types as wit};
use crate::{CallError, Limits, convert, text};

/// An event that a plugin wants stored. Realm, cause and identifier are the
/// caller's to give.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    pub kind: String,
    pub source: Option<String>,
    pub subject: Option<String>,
    pub time: Option<Timestamp>,
    pub severity: Option<Severity>,
    pub effect: Option<Effect>,
    pub origin: Option<Origin>,
    pub tags: Vec<String>,
    pub text: String,
    pub data: Value,
    /// A second event with the same key from the same configuration or door is stored once.
    pub dedupe_key: Option<String>,
}

/// Longest type of an event, in bytes: it is a word.
const KIND_MAX: usize = 256;

/// Types that only the daemon itself writes.
const RESERVED: &str = "tellify.";

/// Checks what one call answered, in order, and against what all of it may take.
pub(crate) struct Check<'a> {
    limits: &'a Limits,
    now: Timestamp,
    bytes_left: usize,
    effects_left: usize,
}

type Checked<T> = Result<T, Misfit>;

/// Why an answer is not taken.
#[derive(Debug)]
pub(crate) enum Misfit {
    /// It goes past this limit.
    TooMuch(String),
    /// It says what cannot be.
    Wrong(String),
    /// It does not read, whatever it says: no content makes a plugin write that.
    Garbled(String),
}

impl From<Misfit> for CallError {
    fn from(misfit: Misfit) -> CallError {
        match misfit {
            Misfit::TooMuch(what) => CallError::Limit { what, stack: String::new() },
            Misfit::Wrong(message) | Misfit::Garbled(message) => CallError::BadOutput { message },
        }
    }
}

impl Misfit {
    /// The same, said of a part of the answer.
    pub(crate) fn of(self, part: &str) -> Misfit {
        match self {
            Misfit::TooMuch(what) => Misfit::TooMuch(what),
            Misfit::Wrong(why) => Misfit::Wrong(format!("{part} {why}")),
            Misfit::Garbled(why) => Misfit::Garbled(format!("{part} {why}")),
        }
    }
}

impl<'a> Check<'a> {
    pub(crate) fn new(limits: &'a Limits, now: Timestamp) -> Check<'a> {
        Check { limits, now, bytes_left: limits.output_bytes, effects_left: limits.effects }
    }

    pub(crate) fn alerts(
        &mut self,
        alerts: Vec<wit_handling::Alert>,
        event: Option<Seq>,
    ) -> Checked<Vec<AlertUpdate>> {
        self.spend_effects(alerts.len(), "alerts and events")?;
        let update = |(i, a): (usize, wit_handling::Alert)| {
            self.spend(&[&a.key, &a.title, &a.data])?;
            Ok(AlertUpdate {
                key: text::key(&a.key),
                state: convert::alert_state_back(a.state),
                severity: convert::severity_back(a.severity),
                title: text::line(&a.title, text::LINE_MAX),
                data: self.json(&a.data).map_err(|misfit| misfit.of(&format!("alert {i}: `data`")))?,
                event,
                at: self.now,
            })
        };
        alerts.into_iter().enumerate().map(update).collect()
    }

    pub(crate) fn events(&mut self, events: Vec<wit::NewEvent>) -> Checked<Vec<NewEvent>> {
        self.spend_effects(events.len(), "alerts and events")?;
        events.into_iter().enumerate().map(|(i, e)| self.event(i, e)).collect()
    }

    pub(crate) fn wake(&self, wake: wit_handling::Wake) -> Checked<WakeChange> {
        Ok(match wake {
            wit_handling::Wake::Keep => WakeChange::Keep,
            wit_handling::Wake::Clear => WakeChange::Clear,
            wit_handling::Wake::At(t) => {
                WakeChange::At(moment(t).ok_or_else(|| bad(format!("the wake-up's time {t} is no time")))?)
            }
        })
    }

    pub(crate) fn requirements(
        &mut self,
        requirements: Vec<wit_handling::Requirement>,
    ) -> Checked<Vec<Requirement>> {
        self.spend_effects(requirements.len(), "requirements")?;
        requirements.into_iter().map(|r| self.requirement(r)).collect()
    }

    /// Takes texts off what the answer may still take.
    pub(crate) fn spend(&mut self, texts: &[&str]) -> Checked<()> {
        self.spend_bytes(texts.iter().map(|t| t.len()).sum())
    }

    pub(crate) fn spend_bytes(&mut self, count: usize) -> Checked<()> {
        let left = self.bytes_left.checked_sub(count);
        self.bytes_left =
            left.ok_or_else(|| limit(format!("{} bytes of output", self.limits.output_bytes)))?;
        Ok(())
    }

    fn spend_effects(&mut self, count: usize, what: &str) -> Checked<()> {
        let left = self.effects_left.checked_sub(count);
        self.effects_left = left.ok_or_else(|| limit(format!("{} {what}", self.limits.effects)))?;
        Ok(())
    }

    fn event(&mut self, i: usize, e: wit::NewEvent) -> Checked<NewEvent> {
        let bounds = &self.limits.event;
        let optional = [&e.source, &e.subject, &e.dedupe_key];
        let optional: usize = optional.into_iter().flatten().map(String::len).sum();
        let tags: usize = e.tags.iter().map(String::len).sum();
        let bytes = e.kind.len() + e.text.len() + e.data.len() + optional + tags;
        if bytes > bounds.event_bytes {
            return Err(limit(format!("{} bytes for one event", bounds.event_bytes)));
        }
        if e.tags.len() > bounds.tags {
            return Err(limit(format!("{} tags for one event", bounds.tags)));
        }
        self.spend_bytes(bytes)?;
        let time = e.time.map(|t| self.event_time(t)).transpose();
        Ok(NewEvent {
            kind: kind(&e.kind).map_err(|why| bad(format!("event {i}: {why}")))?,
            source: e.source.as_deref().map(text::key),
            subject: e.subject.as_deref().map(text::key),
            time: time.map_err(|why| bad(format!("event {i}: {why}")))?,
            severity: e.severity.map(convert::severity_back),
            effect: e.effect.map(convert::effect_back),
            origin: e.origin.map(convert::origin_back),
            tags: e.tags.iter().map(|t| text::line(t, self.limits.event.tag_bytes)).collect(),
            text: text::lines(&e.text),
            data: self.json(&e.data).map_err(|misfit| misfit.of(&format!("event {i}: `data`")))?,
            dedupe_key: e.dedupe_key.as_deref().map(text::key),
        })
    }

    fn event_time(&self, t: f64) -> Result<Timestamp, String> {
        let latest = self.now.plus_s(self.limits.event.future_s);
        match moment(t) {
            Some(time) if time <= latest => Ok(time),
            Some(time) => Err(format!("its time {time} is too far ahead of {}", self.now)),
            None => Err(format!("its time {t} is no time")),
        }
    }

    fn requirement(&mut self, r: wit_handling::Requirement) -> Checked<Requirement> {
        let of = |why: &str| bad(format!("the requirement on `{}` {why}", text::line(&r.field, 100)));
        let wants = format!("the requirement on `{}` wants a value that", text::line(&r.field, 100));
        self.spend(&[&r.field])?;
        if r.field.is_empty() {
            return Err(of("names no field"));
        }
        let bound = |n: f64| if n.is_finite() { Ok(n) } else { Err(of("compares with no number")) };
        let condition = match r.condition {
            wit_handling::Condition::Present => Condition::Present,
            wit_handling::Condition::Equals(ref wanted) => {
                let scalar = |text: &String| {
                    self.spend(&[text])?;
                    let value = self.json(text).map_err(|misfit| misfit.of(&wants))?;
                    if value.is_object() || value.is_array() { Err(of("wants no scalar")) } else { Ok(value) }
                };
                Condition::Equals(wanted.iter().map(scalar).collect::<Checked<_>>()?)
            }
            wit_handling::Condition::Prefix(ref prefixes) => {
                self.spend_bytes(prefixes.iter().map(String::len).sum())?;
                Condition::Prefix(prefixes.clone())
            }
            wit_handling::Condition::AtLeast(n) => Condition::AtLeast(bound(n)?),
            wit_handling::Condition::AtMost(n) => Condition::AtMost(bound(n)?),
        };
        Ok(Requirement { field: FieldPath::parse(&r.field), condition })
    }

    pub(crate) fn json(&self, text: &str) -> Checked<Value> {
        json(text, self.limits)
    }

    /// Reads what becomes no part of an event: rows by the thousand have more fields.
    pub(crate) fn large_json(&self, text: &str) -> Checked<Value> {
        nested(text, self.limits)
    }
}

/// Reads JSON from a guest, within the depth and the number of fields of an event.
/// The error is the end of a sentence.
pub(crate) fn json(text: &str, limits: &Limits) -> Checked<Value> {
    let value = nested(text, limits)?;
    let fields = limits.event.fields;
    if fields_of(&value) > fields {
        return Err(bad(format!("has more than {fields} fields")));
    }
    Ok(value)
}

/// Reads JSON from a guest, within the depth of an event.
fn nested(text: &str, limits: &Limits) -> Checked<Value> {
    // The parser refuses what is deeper than its own bound, so this cannot exhaust the stack.
    let value: Value = serde_json::from_str(text).map_err(|e| Misfit::Garbled(format!("is no JSON: {e}")))?;
    let depth = limits.event.depth;
    if depth_of(&value) > depth {
        return Err(bad(format!("is nested deeper than {depth}")));
    }
    Ok(value)
}

/// What a guest said in place of an answer.
pub(crate) fn error(error: wit::Error) -> CallError {
    match error {
        wit::Error::BadConfig(reason) => CallError::BadConfig(text::message(&reason)),
        wit::Error::Retry(later) => {
            CallError::Retry { after_ms: later.after_ms, reason: text::message(&later.reason) }
        }
        wit::Error::Failed(message) => CallError::Failed { message: text::message(&message) },
    }
}

pub(crate) fn bad(message: String) -> Misfit {
    Misfit::Wrong(message)
}

pub(crate) fn limit(what: String) -> Misfit {
    Misfit::TooMuch(what)
}

fn kind(kind: &str) -> Result<String, String> {
    let shown = text::line(kind, 100);
    if kind.is_empty() || kind.len() > KIND_MAX || kind.chars().any(text::is_control) {
        Err(format!("`{shown}` is no type: 1 to {KIND_MAX} bytes without control characters are one"))
    } else if kind.starts_with(RESERVED) {
        Err(format!("`{shown}`: types that begin with `{RESERVED}` are written by the daemon alone"))
    } else {
        Ok(kind.to_owned())
    }
}

fn moment(ms: f64) -> Option<Timestamp> {
    let range = 0.0..=convert::timestamp(Timestamp::MAX);
    range.contains(&ms).then_some(Timestamp(ms as i64))
}

fn depth_of(value: &Value) -> usize {
    match value {
        Value::Array(elements) => 1 + elements.iter().map(depth_of).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth_of).max().unwrap_or(0),
        _ => 0,
    }
}

fn fields_of(value: &Value) -> usize {
    match value {
        Value::Array(elements) => elements.iter().map(fields_of).sum(),
        Value::Object(fields) => fields.len() + fields.values().map(fields_of).sum::<usize>(),
        _ => 0,
    }
}
