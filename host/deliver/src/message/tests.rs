#![allow(clippy::unwrap_used)]

use event::{
    AlertId, AlertState, BucketKey, ChangeKind, Digest, DigestId, DigestItem, Form, Forms, Name, Severity,
    SubscriptionId, Timestamp,
};
use lettre::message::Mailbox;
use mail_parser::{HeaderValue, Message as Parsed, MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::{compose, mailbox, sender};

const HEADERS: [&str; 13] = [
    "auto-submitted",
    "content-type",
    "date",
    "from",
    "in-reply-to",
    "list-id",
    "message-id",
    "mime-version",
    "references",
    "subject",
    "to",
    "x-auto-response-suppress",
    "content-transfer-encoding",
];

fn digest(id: &str, sealed: i64, subject: &str, body: &str) -> Digest {
    Digest {
        id: DigestId(id.to_owned()),
        person: Name::new("alice+x@example.org").unwrap(),
        address: Name::new("mail").unwrap(),
        sealed: Timestamp(sealed),
        severity: Severity::Error,
        items: Vec::new(),
        forms: Forms {
            subject: subject.to_owned(),
            line: body.to_owned(),
            text: body.to_owned(),
            html: body.to_owned(),
            json: None,
        },
    }
}

fn item(state: AlertState) -> DigestItem {
    let name = |text: &str| Name::new(text).unwrap();
    DigestItem {
        bucket: BucketKey {
            person: name("alice"),
            address: name("phone"),
            style: name("default"),
            band: 0,
            group: String::new(),
        },
        alert: AlertId("a1".into()),
        kind: ChangeKind::Resolved,
        subscription: SubscriptionId("s1".into()),
        subscription_name: name("disks"),
        key: "/sarc/cad".into(),
        state,
        severity: Severity::Error,
        title: "/sarc/cad".into(),
        count: 1,
        first: Timestamp(0),
        last: Timestamp(0),
        reason: String::new(),
    }
}

fn from() -> Mailbox {
    sender("Tellify <alerts@example.org>").unwrap()
}

fn mail(digest: &Digest, form: Form) -> Vec<u8> {
    compose(digest, &mailbox("alice@example.org").unwrap(), form, &from()).unwrap().formatted()
}

fn parsed(mail: &[u8]) -> Parsed<'_> {
    MessageParser::default().parse(mail).unwrap()
}

/// The names of all headers, which must stand once each.
fn names(message: &Parsed<'_>) -> Vec<String> {
    let mut names: Vec<_> = message.headers().iter().map(|h| h.name().to_ascii_lowercase()).collect();
    names.sort();
    names
}

fn expected(form: Form) -> Vec<String> {
    let encoding = form == Form::Line;
    let mut names: Vec<_> =
        HEADERS.iter().filter(|h| encoding || **h != "content-transfer-encoding").collect();
    names.sort();
    names.into_iter().map(|h| (*h).to_owned()).collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn a_digest_becomes_text_and_html_under_stable_names() {
    let digest = digest("01JD", 1_795_168_800_123, "[tellify] 3 alerts: B\u{fc}cher", "caf\u{e9}\n.dot\n");
    let bytes = mail(&digest, Form::Full);
    let message = parsed(&bytes);
    assert_eq!(names(&message), expected(Form::Full));
    assert_eq!(message.subject(), Some("[tellify] 3 alerts: B\u{fc}cher"));
    assert_eq!(message.date().unwrap().to_rfc3339(), "2026-11-20T10:00:00Z");
    assert_eq!(message.message_id(), Some("01JD@example.org"));
    let root = "alice-x-example.org.2026-11-20@alerts.example.org";
    assert_eq!(message.in_reply_to().as_text(), Some(root));
    assert_eq!(message.references().as_text(), Some(root));
    assert_eq!(
        words(message.header_raw("List-ID").unwrap()).join(" "),
        "\"Alerts for alice+x@example.org\" <alice-x-example.org.alerts.example.org>"
    );
    assert_eq!(message.header_raw("Auto-Submitted").unwrap().trim(), "auto-generated");
    assert_eq!(message.header_raw("X-Auto-Response-Suppress").unwrap().trim(), "All");
    assert_eq!(message.content_type().unwrap().subtype(), Some("alternative"));
    assert_eq!(message.body_text(0).unwrap(), "caf\u{e9}\r\n.dot\r\n");
    assert_eq!(message.body_html(0).unwrap(), "caf\u{e9}\r\n.dot\r\n");
}

#[test]
fn what_looks_like_an_encoded_word_is_read_as_it_was_written() {
    for title in [
        "=?utf-8?q?all_is_well?=",
        "disk =?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLm9yZw==?= full",
        "B\u{fc}cher =?utf-8?q?=0d=0aBcc:_eve?= =?utf-8?q?x?= and so on, until more than one line is full of it",
    ] {
        let bytes = mail(&digest("01JD", 1_795_168_800_000, title, ""), Form::Full);
        let message = parsed(&bytes);
        assert_eq!(message.subject(), Some(title));
        assert_eq!(names(&message), expected(Form::Full));
    }
}

#[test]
fn nothing_turns_the_direction_of_a_subject() {
    let bytes =
        mail(&digest("01JD", 1_795_168_800_000, "photo\u{202e}gpj.exe \u{5d0}\u{200f}", ""), Form::Full);
    assert_eq!(parsed(&bytes).subject(), Some("photogpj.exe \u{5d0}\u{200f}"));
}

#[test]
fn an_address_for_one_line_gets_one_line() {
    let digest = digest("01JD", 1_795_168_800_000, "[tellify] a long subject", "3 alerts:\r\n/sarc/cad");
    let bytes = mail(&digest, Form::Line);
    let message = parsed(&bytes);
    assert_eq!(names(&message), expected(Form::Line));
    assert_eq!(message.subject(), Some("tellify: error"));
    assert_eq!(message.body_text(0).unwrap().trim_end(), "3 alerts:  /sarc/cad");
    assert_eq!((message.text_body.len(), message.parts.len()), (1, 1));
}

#[test]
fn the_subject_of_one_line_says_when_all_is_over() {
    use AlertState::{Firing, Note, Resolved};
    for (states, expected) in [
        (&[Resolved, Resolved][..], "tellify: resolved"),
        (&[Resolved, Firing], "tellify: error"),
        (&[Resolved, Note], "tellify: error"),
        (&[], "tellify: error"),
    ] {
        let items = states.iter().map(|state| item(*state)).collect();
        let digest = Digest { items, ..digest("01JD", 1_795_168_800_000, "", "3 alerts") };
        let bytes = mail(&digest, Form::Line);
        assert_eq!(parsed(&bytes).subject(), Some(expected), "{states:?}");
    }
}

#[test]
fn senders_are_read_with_and_without_a_name() {
    for (text, expected) in [
        ("a@b.org", Some("a@b.org")),
        ("Tell <a@b.org>", Some("Tell <a@b.org>")),
        ("\"Tell, us\" <a@b.org>", Some("\"Tell, us\" <a@b.org>")),
        ("a@b.org, c@d.org", None),
        ("Tell <a@b.org>, c@d.org", None),
        ("<a@b.org", None),
        ("", None),
    ] {
        assert_eq!(sender(text).map(|m| m.to_string()).as_deref(), expected, "{text}");
    }
}

/// Text with all that has ever broken a header, more often than chance would have it.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "\\PC{0,20}",
        2 => prop::sample::select(vec![
            "\r\n", "\n", "\r", "\r\n\r\n", "\0", "\u{b}", "\u{85}", "\u{2028}", "\r\nBcc: eve@example.org",
            "\nX-Evil: 1\n\n<html>", "\r\n.\r\nMAIL FROM:<eve@example.org>", "\r\n--=_id\r\n", "=?utf-8?q?a=0d=0ab?=",
            "=?utf-8?b?DQpCY2M6IHg=?=", "=?", "?=", "=?us-ascii?q?Subject:_x?= =?utf-8?q?y?=", "\u{202e}", "\u{2066}gpj.\u{2069}",
            "\u{200f}", "\u{1f600}\u{200d}\u{1f525}", "\t", "  ", "\u{feff}", "<", ">", "\"", "\\", ";",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[a-z]{0,1200}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn nothing_in_a_digest_can_add_to_the_headers(
        id in hostile(),
        sealed in 0..=Timestamp::MAX.0,
        subject in hostile(),
        body in hostile(),
        line in any::<bool>(),
    ) {
        let form = if line { Form::Line } else { Form::Full };
        let digest = digest(&format!("d{id}"), sealed, &subject, &body);
        let bytes = mail(&digest, form);
        prop_assert_eq!(&bytes, &mail(&digest, form));

        let head = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        // Every line is one that SMTP can carry, and no line ends but as SMTP ends lines.
        let text = std::str::from_utf8(&bytes[..head]).unwrap();
        for line in text.split("\r\n") {
            prop_assert!(line.is_ascii() && line.len() <= 998 && !line.contains(|c: char| c.is_control() && c != '\t'), "{line:?}");
        }
        let message = parsed(&bytes);
        prop_assert_eq!(names(&message), expected(form));
        prop_assert_eq!(message.to().unwrap().as_list().unwrap().len(), 1);
        prop_assert!(matches!(message.header("Message-ID"), Some(HeaderValue::Text(_))));
        prop_assert_eq!(message.parts.len(), if line { 1 } else { 3 });
        let turned = message.subject().unwrap_or_default().contains(['\u{202e}', '\u{2066}']);
        prop_assert!(!turned);
        if !line {
            let clean = super::short_line(&subject);
            prop_assert_eq!(words(message.subject().unwrap_or_default()).concat(), words(&clean).concat());
        }
    }

    #[test]
    fn an_address_is_one_address_or_none(text in hostile(), tail in hostile()) {
        for text in [text.clone(), format!("{text}@{tail}"), format!("a@b.org{tail}"), format!("{text} <a@b.org>")] {
            if let Some(address) = mailbox(&text) {
                let shown = address.to_string();
                prop_assert_eq!(&shown, &text);
                prop_assert!(!shown.contains(|c: char| c.is_control() || c.is_whitespace() || "<>,;".contains(c)));
            }
        }
    }
}
