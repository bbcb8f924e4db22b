//! What a webhook gets of a digest: made once, when it is sealed. Pure.

use api::{WebhookDigest, WebhookItem, WebhookKind, WebhookLinks, WebhookMessage};
use event::{Alert, Digest, DigestItem};
use serde_json::Value;

/// A body, in bytes: what receivers and the proxies before them take without being told to.
const BODY_MAX: usize = 256 << 10;
/// The part of it that people read, and what a handler adds to one alert.
const TEXT_MAX: usize = 64 << 10;
const DATA_MAX: usize = 4 << 10;

/// The body for a digest. `alerts` are those of its items, in their order; `base_url` is
/// where the daemon is reached.
pub(crate) fn of_digest(digest: &Digest, alerts: &[&Alert], base_url: &str) -> String {
    let told: Vec<(&DigestItem, &Alert)> = digest.items.iter().zip(alerts.iter().copied()).collect();
    let mut ordered = told;
    ordered.sort_by_key(|(item, _)| std::cmp::Reverse((item.severity, item.last)));
    let total = ordered.len();
    let mut message = message(WebhookKind::Digest, digest);
    message.data.url = Some(format!("{base_url}/api/v1/inbox/{}", digest.id));
    let mut left = BODY_MAX.saturating_sub(text_of(&message).len());
    for (item, alert) in ordered {
        let item = webhook_item(item, alert, base_url);
        // And the comma between two of them.
        let bytes = text_of(&item).len() + 1;
        if bytes > left {
            break;
        }
        left -= bytes;
        message.data.items.push(item);
    }
    message.data.more = total - message.data.items.len();
    text_of(&message)
}

/// The body of a trial message, which has no items.
pub(crate) fn of_trial(trial: &Digest) -> String {
    text_of(&message(WebhookKind::Test, trial))
}

fn message(kind: WebhookKind, digest: &Digest) -> WebhookMessage {
    WebhookMessage {
        kind,
        version: WebhookMessage::VERSION,
        timestamp: digest.sealed.into(),
        data: WebhookDigest {
            id: digest.id.clone(),
            user: digest.person.clone(),
            address: digest.address.clone(),
            severity: digest.severity,
            subject: digest.forms.subject.clone(),
            line: digest.forms.line.clone(),
            text: beginning(&digest.forms.text),
            items: Vec::new(),
            more: 0,
            url: None,
        },
    }
}

fn webhook_item(item: &DigestItem, alert: &Alert, base_url: &str) -> WebhookItem {
    let data = Some(&alert.data).filter(|data| text_of(data).len() <= DATA_MAX);
    WebhookItem {
        id: item.alert.clone(),
        key: item.key.clone(),
        state: item.state,
        change: item.kind,
        severity: item.severity,
        title: item.title.clone(),
        data: data.cloned().unwrap_or(Value::Null),
        count: item.count,
        since: item.first.into(),
        latest: item.last.into(),
        ended: alert.ended.map(Into::into),
        subscription: item.subscription_name.clone(),
        handler: alert.handler.clone(),
        reason: item.reason.clone(),
        links: WebhookLinks::new(base_url, &item.alert, alert.event),
    }
}

/// As much of a text as fits, whole lines.
fn beginning(text: &str) -> String {
    if text.len() <= TEXT_MAX {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(TEXT_MAX);
    let end = text[..end].rfind('\n').unwrap_or(end);
    format!("{}\n[cut here: it goes on]\n", &text[..end])
}

fn text_of(thing: &impl serde::Serialize) -> String {
    serde_json::to_string(thing).expect("it is plain data with texts as keys")
}

#[cfg(test)]
mod tests {
    use event::{
        AlertId, AlertState, BucketKey, ChangeKind, DigestId, Forms, Name, Seq, Severity, SubscriptionId,
        Timestamp,
    };
    use serde_json::json;

    use super::*;

    const BASE: &str = "https://tellify.example.org";
    /// 2026-11-20T09:00:00Z
    const SINCE: Timestamp = Timestamp(1_795_165_200_000);

    fn name(text: &str) -> Name {
        Name::new(text).expect("it is a name")
    }

    fn alert(n: u64, severity: Severity, state: AlertState, data: Value) -> Alert {
        Alert {
            id: AlertId(format!("a{n}-0")),
            subscription: SubscriptionId("s1".into()),
            owner: name("alice"),
            handler: name("threshold"),
            key: format!("/disk/{n}"),
            state,
            severity,
            title: format!("/disk/{n} is “full”"),
            data,
            count: 3,
            since: SINCE,
            latest: SINCE.plus_s(60 * i64::try_from(n).expect("the table's numbers are small")),
            ended: (state == AlertState::Resolved).then(|| SINCE.plus_s(3600)),
            event: (state == AlertState::Firing).then_some(Seq(40 + n)),
        }
    }

    fn digest(alerts: &[Alert]) -> Digest {
        let item = |alert: &Alert| DigestItem {
            bucket: BucketKey {
                person: name("alice"),
                address: name("ops"),
                style: name("soon"),
                band: 0,
                group: String::new(),
            },
            alert: alert.id.clone(),
            kind: if alert.state == AlertState::Firing { ChangeKind::Fired } else { ChangeKind::Resolved },
            subscription: alert.subscription.clone(),
            subscription_name: name("disks"),
            key: alert.key.clone(),
            state: alert.state,
            severity: alert.severity,
            title: alert.title.clone(),
            count: alert.count,
            first: alert.since,
            last: alert.latest,
            reason: "band 1 of style soon: wait 1m".into(),
        };
        Digest {
            id: DigestId("01JD3".into()),
            person: name("alice"),
            address: name("ops"),
            sealed: SINCE.plus_s(7200),
            severity: Severity::Critical,
            items: alerts.iter().map(item).collect(),
            forms: Forms {
                subject: "[tellify] 3 alerts: disks (3)".into(),
                line: "3 alerts, worst critical: disks (3)".into(),
                text: "3 alerts\n\ndisks\n-----\n".into(),
                html: "<p>3 alerts</p>".into(),
                json: None,
            },
        }
    }

    fn body(alerts: &[Alert]) -> String {
        of_digest(&digest(alerts), &alerts.iter().collect::<Vec<_>>(), BASE)
    }

    fn valid(body: &str) -> Value {
        let body: Value = serde_json::from_str(body).expect("a body is JSON");
        let schema = jsonschema::validator_for(&api::webhook_schema()).expect("the schema is one");
        let errors: Vec<String> = schema.iter_errors(&body).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{body:#}");
        body
    }

    #[test]
    fn a_digest_is_told_whole_and_as_its_schema_says() {
        let alerts = [
            alert(1, Severity::Warning, AlertState::Firing, json!({"percent": 93.5})),
            alert(2, Severity::Critical, AlertState::Resolved, Value::Null),
            alert(3, Severity::Warning, AlertState::Firing, json!("x".repeat(5000))),
        ];
        insta::assert_snapshot!("digest", format!("{:#}", valid(&body(&alerts))));
    }

    #[test]
    fn a_trial_is_marked_as_one_and_fits_the_same_schema() {
        let trial = valid(&of_trial(&digest(&[])));
        assert_eq!((&trial["type"], &trial["data"]["items"]), (&json!("tellify.test"), &json!([])));
    }

    #[test]
    fn a_body_never_outgrows_its_bound_and_says_how_much_is_left_out() {
        for (count, data) in [(10_000, Value::Null), (300, json!("\u{1}".repeat(600))), (0, Value::Null)] {
            let alerts: Vec<Alert> =
                (0..count).map(|n| alert(n, Severity::Error, AlertState::Firing, data.clone())).collect();
            let mut whole = digest(&alerts);
            whole.forms.text = "a line of caf\u{e9}s\n".repeat(10_000);
            let body = of_digest(&whole, &alerts.iter().collect::<Vec<_>>(), BASE);
            assert!(body.len() <= BODY_MAX + 32, "{}", body.len());
            let body = valid(&body);
            let shown = body["data"]["items"].as_array().map_or(0, Vec::len);
            assert_eq!(body["data"]["more"], json!(alerts.len() - shown));
            assert!(shown > 40 || count == 0, "{shown}");
            let text = body["data"]["text"].as_str().unwrap_or_default();
            assert!(text.ends_with("caf\u{e9}s\n[cut here: it goes on]\n") && text.len() < TEXT_MAX + 100);
        }
    }

    #[test]
    fn the_published_schema_is_the_one_that_holds() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/webhook.schema.json");
        let held = format!("{:#}\n", api::webhook_schema());
        if std::env::var_os("TELLIFY_BLESS").is_some() {
            std::fs::write(path, &held).expect("the documents can be written");
        }
        let published = std::fs::read_to_string(path).expect("the schema is published");
        assert_eq!(published, held, "TELLIFY_BLESS=1 writes it anew");
    }
}
