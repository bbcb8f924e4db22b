//! What digests look like, and what no alert and no plugin can do to them.
#![allow(clippy::unwrap_used)]

use digest::{Gang, Release, SealItem, Sealing, seal};
use event::{
    Alert, AlertId, AlertState, BucketKey, ChangeKind, Digest, DigestId, Name, PlacedItem, Severity,
    SubscriptionId, Timestamp,
};
use proptest::prelude::*;
use schedule::Zone;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// One alert of a digest, as a test writes it.
struct Item {
    subscription: Name,
    alert: Alert,
    placed: PlacedItem,
    release: Release,
}

fn item(subscription: &str, n: i64, severity: Severity, state: AlertState, title: &str) -> Item {
    let since: Timestamp = "2026-11-20T09:00:00Z".parse().unwrap();
    let kind = match state {
        AlertState::Firing => ChangeKind::Fired,
        AlertState::Resolved => ChangeKind::Resolved,
        AlertState::Note => ChangeKind::Noted,
    };
    let bucket = BucketKey {
        person: name("alice"),
        address: name("mail"),
        style: name("s"),
        band: 0,
        group: String::new(),
    };
    let id = AlertId(format!("a{n:06}-0"));
    Item {
        subscription: name(subscription),
        placed: PlacedItem {
            bucket,
            alert: id.clone(),
            kind,
            placed: since,
            reason: "band 1 of style s: wait 1m".to_owned(),
        },
        alert: Alert {
            id,
            subscription: SubscriptionId(format!("s-{subscription}")),
            owner: name("alice"),
            handler: name("threshold"),
            key: format!("/key/{n}"),
            state,
            severity,
            title: title.to_owned(),
            data: serde_json::Value::Null,
            count: n as u32 + 1,
            since,
            latest: since.plus_s(n * 60),
            ended: (state == AlertState::Resolved).then(|| since.plus_s(3600)),
            event: None,
        },
        release: Release::Summary,
    }
}

fn digest(items: &[Item], gangs: &[Gang], brief: u32) -> Digest {
    let items: Vec<SealItem<'_>> = items
        .iter()
        .map(|item| SealItem {
            placed: &item.placed,
            alert: &item.alert,
            subscription: &item.subscription,
            handler_title: "Threshold",
            release: item.release,
        })
        .collect();
    seal(&Sealing {
        id: DigestId("01JD3".to_owned()),
        person: &name("alice"),
        address: &name("mail"),
        items: &items,
        brief,
        gangs,
        base_url: Some("https://tellify.example.org/"),
        zone: &Zone::new("Europe/Berlin").unwrap(),
        now: "2026-11-20T10:00:00Z".parse().unwrap(),
    })
}

fn several() -> Vec<Item> {
    let mut gone = item("disks", 3, Severity::Warning, AlertState::Resolved, "/home was 91 % full");
    gone.placed.kind = ChangeKind::Fired;
    vec![
        item("builds", 0, Severity::Error, AlertState::Note, "gc_t failed: <b>link</b> & run"),
        item("disks", 1, Severity::Warning, AlertState::Firing, "/sarc/cad is 93.5 % full"),
        item("disks", 2, Severity::Critical, AlertState::Firing, "/sarc/sim is 98 % full"),
        gone,
        item("disks", 4, Severity::Warning, AlertState::Resolved, "/var was 92 % full"),
    ]
}

#[test]
fn one_alert_stands_in_the_subject() {
    let one = digest(
        &[item("disks", 0, Severity::Warning, AlertState::Firing, "/sarc/cad is 93.5 % full")],
        &[],
        0,
    );
    insta::assert_snapshot!("one_subject", one.forms.subject);
    insta::assert_snapshot!("one_line", one.forms.line);
    insta::assert_snapshot!("one_text", one.forms.text);
    insta::assert_snapshot!("one_html", one.forms.html);
}

#[test]
fn several_alerts_are_ordered_and_counted() {
    let several = digest(&several(), &[], 2);
    assert_eq!(several.severity, Severity::Critical);
    insta::assert_snapshot!("several_subject", several.forms.subject);
    insta::assert_snapshot!("several_line", several.forms.line);
    insta::assert_snapshot!("several_text", several.forms.text);
    insta::assert_snapshot!("several_html", several.forms.html);
}

#[test]
fn a_handlers_own_parts_take_the_place_of_its_alerts() {
    let gang = Gang {
        items: vec![1, 2, 3, 4],
        line: Some("2 disks full".to_owned()),
        text: Some("disk       used\r\n/sarc/cad  93.5\n/sarc/sim  98\u{7}\n".to_owned()),
        html: Some(
            "<table onclick=x><tr><td style='position:fixed'>/sarc/cad</td></tr></table>\
             <img src=https://evil.example/p.gif><script>alert(1)</script><style>*{display:none}</style>\
             <a href='javascript:alert(1)'>a</a><a href='https://wiki.example.org'>wiki</a><!-- x --><h1>big</h1>"
                .to_owned(),
        ),
    };
    let ganged = digest(&several(), std::slice::from_ref(&gang), 0);
    insta::assert_snapshot!("ganged_text", ganged.forms.text);
    insta::assert_snapshot!("ganged_html", ganged.forms.html);
    assert_eq!(ganged.forms.line, "5 alerts, worst critical: disks (4), builds (1)", "it covers not all");
    let whole = digest(&several()[1..], &[Gang { items: vec![0, 1, 2, 3], ..gang }], 0);
    assert_eq!(whole.forms.line, "2 disks full");
}

#[test]
fn what_came_and_went_is_shown_as_its_band_releases_it() {
    let mut gone = item("disks", 0, Severity::Warning, AlertState::Resolved, "full");
    gone.placed.kind = ChangeKind::Fired;
    for (release, in_full) in [(Release::Summary, false), (Release::All, true)] {
        gone.release = release;
        let text = digest(std::slice::from_ref(&gone), &[], 0).forms.text;
        assert_eq!(text.contains("Came and went"), !in_full, "{text}");
        assert!(text.contains("why: band 1 of style s"), "{text}");
    }
}

#[test]
fn ten_thousand_alerts_are_one_readable_message() {
    let items: Vec<Item> = (0..10_000)
        .map(|n| item("disks", n, Severity::ALL[n as usize % 6], AlertState::Firing, &format!("disk {n}")))
        .collect();
    let gang = Gang { items: (0..10_000).collect(), ..Gang::default() };
    let digest = digest(&items, &[gang], 0);
    assert_eq!(digest.items.len(), 10_000);
    assert_eq!(digest.forms.subject, "[tellify] 10000 alerts: disks (10000)");
    assert!(digest.forms.text.contains("\n+9950 more\n"));
    assert!(digest.forms.html.len() < 100_000, "{} bytes", digest.forms.html.len());
    // The worst come first, and of those the latest.
    let first = digest.forms.text.lines().find(|line| line.starts_with("CRITICAL")).unwrap();
    assert_eq!(first, "CRITICAL firing: disk 9995");
}

/// Anything at all, with the characters that do harm well represented.
fn nasty() -> impl Strategy<Value = String> {
    let harm = "[\r\n\t\u{0}\u{1b}\u{7f}\u{85}\u{2028}\u{202e}\u{2066}\u{feff}<>&\"'a-c:% é\u{1f600}]{0,400}";
    prop_oneof![harm.prop_map(|s: String| s), any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_brings_a_control_character_into_a_header_or_markup_into_a_page(
        titles in prop::collection::vec((nasty(), nasty(), nasty()), 1..4),
        handlers in nasty(),
        whole in any::<bool>(),
    ) {
        let items: Vec<Item> = titles
            .iter()
            .enumerate()
            .map(|(n, (title, key, reason))| {
                let mut item = item("disks", n as i64, Severity::Error, AlertState::Firing, title);
                item.alert.key = key.clone();
                item.placed.reason = reason.clone();
                item
            })
            .collect();
        let gang = Gang {
            items: if whole { (0..items.len() + 1).collect() } else { vec![0] },
            line: Some(handlers.clone()),
            text: Some(handlers.clone()),
            html: Some(handlers),
        };
        let forms = digest(&items, &[gang], 0).forms;
        let is_bad = |c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c) || c == '\u{2066}';
        prop_assert!(!forms.subject.contains(is_bad), "{:?}", forms.subject);
        prop_assert!(!forms.line.contains(is_bad), "{:?}", forms.line);
        prop_assert!(forms.subject.chars().count() <= 200);
        prop_assert!(forms.line.chars().count() <= 160 && !forms.line.is_empty());
        prop_assert!(!forms.text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
        // Every tag in the page is one of ours or one that handlers may use.
        for tag in forms.html.split('<').skip(1) {
            let tag: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
            let known = [
                "", "html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "span", "br", "strong", "code",
                "a", "b", "ul", "li",
            ];
            prop_assert!(known.contains(&tag.as_str()), "<{}", tag);
        }
    }
}
