//! What a channel plugin gets of a digest: made once, when it is sealed, so that every attempt
//! hands over the same. Pure.

use event::{
    Alert, AlertId, AlertState, ChannelTraits, Digest, DigestId, DigestItem, Name, Severity, Timestamp,
};
use plugins::{Message, MessageItem};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest text of one that says nothing of its own bound, in bytes: more than people read.
const TEXT_MAX: usize = 64 << 10;
/// All alerts that are told one by one, and what a handler adds to one of them, in bytes.
const ITEMS_MAX: usize = 256 << 10;
const DATA_MAX: usize = 4 << 10;

/// A message but for what is an attempt's own. It is kept in digests, so what one release
/// wrote the next one reads.
#[derive(Serialize, Deserialize)]
pub(crate) struct Parcel {
    subject: String,
    line: String,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    items: Vec<Item>,
    links: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    id: AlertId,
    key: String,
    state: AlertState,
    severity: Severity,
    title: String,
    data: Value,
    count: u32,
    first: Timestamp,
    last: Timestamp,
    link: String,
}

/// For a plugin with these traits. `alerts` are those of the digest's items, in their order;
/// `base_url` is where the daemon is reached.
pub(crate) fn of_digest(digest: &Digest, alerts: &[&Alert], base_url: &str, traits: ChannelTraits) -> String {
    let mut told: Vec<(&DigestItem, &Alert)> = digest.items.iter().zip(alerts.iter().copied()).collect();
    told.sort_by_key(|(item, _)| std::cmp::Reverse((item.severity, item.last)));
    let mut parcel = parcel(digest, traits);
    parcel.links.push(("inbox".to_owned(), format!("{base_url}/api/v1/inbox/{}", digest.id)));
    let mut left = ITEMS_MAX;
    for (item, alert) in told {
        let item = told_item(item, alert, base_url);
        let bytes = text_of(&item).len();
        if bytes > left {
            break;
        }
        left -= bytes;
        parcel.items.push(item);
    }
    text_of(&parcel)
}

impl Parcel {
    /// A trial message, which has no items.
    pub(crate) fn of_trial(trial: &Digest, traits: ChannelTraits) -> Parcel {
        parcel(trial, traits)
    }

    /// What was sealed into a digest.
    pub(crate) fn read(json: &str) -> Result<Parcel, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// As one attempt hands it over. `previous` is the receipt of the last message of the
    /// same thread; attempts count from 1.
    pub(crate) fn message(
        self,
        id: &DigestId,
        recipient: &Name,
        severity: Severity,
        previous: Option<String>,
        attempt: u32,
    ) -> Message {
        let Parcel { subject, line, text, html, items, links } = self;
        Message {
            id: id.to_string(),
            recipient: recipient.to_string(),
            severity,
            subject,
            text: line,
            ascii: text,
            html,
            items: items.into_iter().map(MessageItem::from).collect(),
            links,
            previous,
            attempt,
        }
    }
}

impl From<Item> for MessageItem {
    fn from(item: Item) -> MessageItem {
        let Item { id, key, state, severity, title, data, count, first, last, link } = item;
        let id = id.to_string();
        MessageItem { id, key, state, severity, title, data, count, first, last, link }
    }
}

/// The texts, each as much as the plugin takes. Markup cannot be cut, so what is too long of
/// it is left to the plain text.
fn parcel(digest: &Digest, traits: ChannelTraits) -> Parcel {
    let most = traits.max_bytes.map_or(TEXT_MAX, |most| TEXT_MAX.min(most as usize));
    let forms = &digest.forms;
    let line = cut(&forms.line, most);
    Parcel {
        subject: cut(&forms.subject, most),
        text: if traits.one_line { line.clone() } else { cut(&forms.text, most) },
        html: (!traits.one_line && forms.html.len() <= most).then(|| forms.html.clone()),
        line,
        items: Vec::new(),
        links: Vec::new(),
    }
}

fn told_item(item: &DigestItem, alert: &Alert, base_url: &str) -> Item {
    let data = Some(&alert.data).filter(|data| text_of(data).len() <= DATA_MAX);
    Item {
        id: item.alert.clone(),
        // Of two subscriptions with the same key, neither may resolve what the other one fired.
        key: format!("{}/{}", item.subscription, item.key),
        state: item.state,
        severity: item.severity,
        title: item.title.clone(),
        data: data.cloned().unwrap_or(Value::Null),
        count: item.count,
        first: item.first,
        last: item.last,
        link: api::WebhookLinks::new(base_url, &item.alert, None).alert,
    }
}

/// As much of a text as fits into so many bytes, in whole characters, with a word of how many
/// of them are left out where there is room for it.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let all = text.chars().count();
    let word = |left_out: usize| format!(" […{left_out} more characters]");
    let Some(room) = most.checked_sub(word(all).len()).filter(|room| *room > 0) else {
        return text[..text.floor_char_boundary(most)].to_owned();
    };
    let kept = text[..text.floor_char_boundary(room)].trim_end();
    format!("{kept}{}", word(all - kept.chars().count()))
}

fn text_of(thing: &impl Serialize) -> String {
    serde_json::to_string(thing).expect("it is plain data with texts as keys")
}

#[cfg(test)]
mod tests {
    use event::{BucketKey, ChangeKind, Forms, SubscriptionId};
    use serde_json::json;

    use super::*;

    fn name(text: &str) -> Name {
        Name::new(text).expect("it is a name")
    }

    fn alert(n: i64, severity: Severity, data: Value) -> Alert {
        Alert {
            id: AlertId(format!("a{n}-0")),
            subscription: SubscriptionId("s1".into()),
            owner: name("alice"),
            handler: name("threshold"),
            key: format!("/disk/{n}"),
            state: AlertState::Firing,
            severity,
            title: format!("/disk/{n} is “full”"),
            data,
            count: 3,
            since: Timestamp(n),
            latest: Timestamp(60 * n),
            ended: None,
            event: None,
        }
    }

    fn digest(alerts: &[Alert]) -> Digest {
        let item = |alert: &Alert| DigestItem {
            bucket: BucketKey {
                person: name("alice"),
                address: name("phone"),
                style: name("soon"),
                band: 0,
                group: String::new(),
            },
            alert: alert.id.clone(),
            kind: ChangeKind::Fired,
            subscription: alert.subscription.clone(),
            subscription_name: name("disks"),
            key: alert.key.clone(),
            state: alert.state,
            severity: alert.severity,
            title: alert.title.clone(),
            count: alert.count,
            first: alert.since,
            last: alert.latest,
            reason: "band 1".into(),
        };
        Digest {
            id: DigestId("01JD3".into()),
            person: name("alice"),
            address: name("phone"),
            sealed: Timestamp(7200),
            severity: Severity::Critical,
            items: alerts.iter().map(item).collect(),
            forms: Forms {
                subject: "[tellify] 2 alerts".into(),
                line: "2 alerts, worst critical".into(),
                text: "2 alerts\n\ndisks\n-----\n".into(),
                html: "<p>2 alerts</p>".into(),
                json: None,
            },
        }
    }

    fn message(json: &str) -> Message {
        let parcel = Parcel::read(json).expect("it was just written");
        parcel.message(
            &DigestId("01JD3".into()),
            &name("alice"),
            Severity::Critical,
            Some("m7".to_owned()),
            2,
        )
    }

    #[test]
    fn a_message_holds_the_whole_digest_the_worst_first() {
        let alerts = [
            alert(1, Severity::Warning, json!({"percent": 93.5})),
            alert(2, Severity::Critical, json!("x".repeat(5000))),
        ];
        let refs: Vec<&Alert> = alerts.iter().collect();
        let sealed = of_digest(&digest(&alerts), &refs, "https://t.example.org", ChannelTraits::default());
        insta::assert_snapshot!("parcel", format!("{:#?}", message(&sealed)));
    }

    #[test]
    fn what_a_plugin_takes_bounds_its_texts() {
        let mut long = digest(&[]);
        long.forms.text = "caf\u{e9}s ".repeat(100);
        let all = long.forms.text.chars().count();
        let texts = |one_line, max_bytes| {
            let traits = ChannelTraits { one_line, stateful: false, max_bytes };
            let Message { subject, text, ascii, html, .. } =
                message(&text_of(&Parcel::of_trial(&long, traits)));
            (subject, text, ascii, html)
        };

        let (_, line, text, html) = texts(false, None);
        assert_eq!((line.as_str(), &text), ("2 alerts, worst critical", &long.forms.text));
        assert_eq!(html.as_deref(), Some("<p>2 alerts</p>"));
        let (_, line, text, html) = texts(true, None);
        assert_eq!((text, html), (line, None));

        for most in [26, 27, 28, 29, 30, 100, 699] {
            let (_, _, text, _) = texts(false, Some(most));
            assert!(text.len() <= most as usize, "{most}: {text}");
            let (kept, word) = text.split_once(" […").expect("it says how many are left out");
            let left_out: usize = word.trim_end_matches(" more characters]").parse().expect("a number");
            assert!(long.forms.text.starts_with(kept));
            assert_eq!(kept.chars().count() + left_out, all);
        }
        // Where not even the word has room, there is as much of the text as fits.
        let (subject, _, text, html) = texts(false, Some(4));
        assert_eq!((subject.as_str(), text.as_str(), html), ("[tel", "caf", None));
    }

    #[test]
    fn alerts_without_number_do_not_make_a_message_without_end() {
        let alerts: Vec<Alert> =
            (0..10_000).map(|n| alert(n, Severity::Error, json!("\u{1}".repeat(600)))).collect();
        let refs: Vec<&Alert> = alerts.iter().collect();
        let sealed = of_digest(&digest(&alerts), &refs, "https://t.example.org", ChannelTraits::default());
        let message = message(&sealed);
        assert!(sealed.len() < ITEMS_MAX + 1000 + message.items.len(), "{}", sealed.len());
        assert!(message.items.len() > 50, "{}", message.items.len());
        assert_eq!(message.items[0].key, "s1//disk/9999", "the newest of the worst");
    }
}
