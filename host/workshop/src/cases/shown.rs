//! What comes of calls, as `expected.json` holds it.

use event::{Alert, AlertId, AlertState, AlertUpdate, Name, SubscriptionId, WakeChange};
use plugins::{
    Accepted, CallError, Gang, MonitorStatus, MonitorValue, NewEvent, Problem, Rejection, Report, SourceError,
};
use serde_json::{Map, Value, json};

pub(super) fn problem(problem: Problem) -> Value {
    json!({ "pointer": problem.pointer, "message": problem.message })
}

/// With the guest's own words, but not where in the code it stood: that changes with each build.
pub(super) fn error(why: &CallError) -> Value {
    let mut shown = match why {
        CallError::BadConfig(message) => json!({ "bad_config": message }),
        CallError::Retry { after_ms, reason } => json!({ "retry": reason, "after_ms": after_ms }),
        CallError::Failed { message } => json!({ "failed": message }),
        other => json!({ "error": other.to_string() }),
    };
    let own = why.stack().lines().take_while(|line| !line.starts_with("error while executing"));
    let own: Vec<&str> = own.collect();
    if !own.is_empty() {
        shown["stack"] = own.into();
    }
    shown
}

pub(super) fn outcome(alerts: &[AlertUpdate], events: Vec<NewEvent>, wake: WakeChange) -> Value {
    let alert = |a: &AlertUpdate| json!({ "key": a.key, "state": a.state, "severity": a.severity, "title": a.title, "data": a.data });
    let mut outcome = Map::new();
    outcome.insert("alerts".into(), alerts.iter().map(alert).collect());
    if !events.is_empty() {
        outcome.insert("events".into(), events.into_iter().map(new_event).collect());
    }
    match wake {
        WakeChange::Keep => {}
        WakeChange::Clear => drop(outcome.insert("wake".into(), Value::Null)),
        WakeChange::At(time) => drop(outcome.insert("wake".into(), time.to_string().into())),
    }
    outcome.into()
}

pub(super) fn new_event(event: NewEvent) -> Value {
    let mut value = json!({
        "type": event.kind, "source": event.source, "subject": event.subject,
        "time": event.time.map(|time| time.to_string()), "severity": event.severity, "effect": event.effect,
        "origin": event.origin, "tags": event.tags, "text": event.text.lines().collect::<Vec<_>>(),
        "data": event.data, "dedupe_key": event.dedupe_key,
    });
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, value| !value.is_null() && *value != json!([]));
    }
    value
}

pub(super) fn accepted(said: Result<Accepted, Rejection>) -> Value {
    match said {
        Err(Rejection::Unauthorized(why)) => json!({ "unauthorized": why }),
        Err(Rejection::Malformed(why)) => json!({ "malformed": why }),
        Err(Rejection::Ignored(why)) => json!({ "ignored": why }),
        Err(Rejection::Refused(why)) => json!({ "refused": why }),
        Ok(accepted) => {
            let events: Vec<Value> = accepted.events.into_iter().map(new_event).collect();
            let reply = accepted.reply.map(|reply| {
                let body = String::from_utf8_lossy(&reply.body).into_owned();
                json!({ "status": reply.status, "headers": reply.headers, "body": body })
            });
            json!({ "events": events, "reply": reply })
        }
    }
}

pub(super) fn report(report: Report) -> Value {
    let events: Vec<Value> = report.events.into_iter().map(new_event).collect();
    let value = match report.value {
        MonitorValue::None => Value::Null,
        MonitorValue::Number(number) => json!(number),
        MonitorValue::Text(text) => json!(text),
    };
    json!({
        "status": if report.status == MonitorStatus::Ok { "ok" } else { "alarm" },
        "message": report.message, "value": value, "details": report.details, "events": events,
    })
}

pub(super) fn answer(said: Result<Value, SourceError>) -> Value {
    match said {
        Ok(result) => json!({ "result": result }),
        Err(SourceError::Unknown(why)) => json!({ "unknown": why }),
        Err(SourceError::Denied(why)) => json!({ "denied": why }),
        Err(SourceError::BadArguments(why)) => json!({ "bad_arguments": why }),
        Err(SourceError::Timeout) => json!({ "timeout": true }),
        Err(SourceError::Failed(why)) => json!({ "failed": why }),
    }
}

pub(super) fn gang(gang: Gang) -> Value {
    let lines = gang.ascii.map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    json!({ "text": gang.text, "ascii": lines, "html": gang.html })
}

/// What the journal does with an update, as far as a rendering sees it.
pub(super) fn tell(alerts: &mut Vec<Alert>, update: &AlertUpdate) {
    let known = alerts.iter_mut().find(|alert| alert.key == update.key && alert.ended.is_none());
    let ended = (update.state != AlertState::Firing).then_some(update.at);
    match known {
        Some(alert) => {
            alert.count += u32::from(update.state == AlertState::Firing);
            let (title, data) = (update.title.clone(), update.data.clone());
            (alert.state, alert.title, alert.data, alert.latest, alert.ended) =
                (update.state, title, data, update.at, ended);
            if update.state == AlertState::Firing {
                alert.severity = update.severity;
            }
        }
        None => alerts.push(Alert {
            id: AlertId(format!("a{}", alerts.len())),
            subscription: SubscriptionId("case".into()),
            owner: Name::new("alice").expect("it is a name"),
            handler: Name::new("handler").expect("it is a name"),
            key: update.key.clone(),
            state: update.state,
            severity: update.severity,
            title: update.title.clone(),
            data: update.data.clone(),
            count: 1,
            since: update.at,
            latest: update.at,
            ended,
            event: update.event,
        }),
    }
}
