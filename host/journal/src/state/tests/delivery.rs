//! Buckets, digests, attempts.

use event::AlertState::Firing;
use event::ChangeKind::{Fired, Worsened};
use event::Severity::{Critical, Warning};
use event::*;
use testkit::records::*;

use super::world::{World, rows};

const DUE: Timestamp = Timestamp(BEGIN.0 + 60_000);

/// A world in which two alerts fire, with their identifiers and the changes that wait.
fn world() -> (World, [AlertId; 2], u64) {
    let mut world = World::with(vec![person("alice"), new_subscription("s1", "alice", "disks")]);
    let seq = world.take(alerts("s1", 5, &[("/a", Firing, Warning), ("/b", Firing, Warning)]));
    let alert = |index| AlertId(format!("a{seq}-{index}"));
    (world, [alert(0), alert(1)], seq.0)
}

/// The same, with both alerts in the bucket of the inbox.
fn world_with_bucket() -> (World, [AlertId; 2], u64) {
    let (mut world, alerts, seq) = world();
    let inbox = bucket("alice", "inbox");
    for (index, alert) in (0..).zip(&alerts) {
        world.take(planned((seq, index), vec![place(&inbox, alert, Fired, DUE)], Vec::new()));
    }
    (world, alerts, seq)
}

/// The same, with both alerts sealed in the digest `d1`.
fn world_with_digest() -> (World, [AlertId; 2]) {
    let (mut world, alerts, _) = world_with_bucket();
    world.take(digest("d1", &bucket("alice", "inbox"), &alerts, DUE));
    (world, alerts)
}

/// Lets the first alert change its severity, and answers the change.
fn worsen(world: &mut World, upto: u64, severity: Severity) -> u64 {
    world.take(alerts("s1", upto, &[("/a", Firing, severity)])).0
}

#[test]
fn a_change_is_planned_once() {
    let (mut world, _, seq) = world();
    world.take(planned((seq, 0), Vec::new(), Vec::new()));
    assert_eq!(world.view().pending(9).unwrap().len(), 1);
    for change in [(seq, 0), (seq, 2), (seq + 1, 0)] {
        let expected = format!("stale: change {} of outcome {} waits no more", change.1, change.0);
        assert_eq!(world.refused(vec![planned(change, Vec::new(), Vec::new())]), expected);
    }
}

#[test]
fn placed_alerts_are_in_their_bucket_and_each_knows_where() {
    let (world, alerts, _) = world_with_bucket();
    let (view, inbox) = (world.view(), bucket("alice", "inbox"));
    let opened = world.now().plus_s(-2);
    assert_eq!(
        view.bucket(&inbox).unwrap(),
        Some(Bucket { key: inbox.clone(), opened, due: DUE, items: 2, brief: 0 })
    );
    let items = view.bucket_items(&inbox, 9).unwrap();
    assert_eq!(items.iter().map(|item| &item.alert).collect::<Vec<_>>(), alerts.iter().collect::<Vec<_>>());
    assert_eq!(view.bucket_items(&inbox, 1).unwrap().len(), 1);
    assert_eq!(view.placed(&alerts[1]).unwrap(), items[1..]);
}

#[test]
fn an_item_that_is_placed_again_keeps_its_time_and_takes_the_newest_reason_and_due() {
    let (mut world, alerts, _) = world_with_bucket();
    let inbox = bucket("alice", "inbox");
    let before = world.view().placed(&alerts[0]).unwrap().pop().unwrap();
    let change = worsen(&mut world, 6, Critical);
    let later = DUE.plus_s(60);
    world.take(planned((change, 0), vec![place(&inbox, &alerts[0], Worsened, later)], Vec::new()));
    let after = world.view().placed(&alerts[0]).unwrap().pop().unwrap();
    assert_eq!((after.placed, after.kind), (before.placed, Worsened));
    assert_eq!(after.reason, "band 0 takes worsened");
    let stands = world.view().bucket(&inbox).unwrap().unwrap();
    assert_eq!((stands.items, stands.due), (2, later));
    assert_eq!(rows(&world.view(), &["buckets-due"]).len(), 1);
}

#[test]
fn buckets_are_due_in_order() {
    let (mut world, alerts, seq) = world();
    let (inbox, mail) = (bucket("alice", "inbox"), bucket("alice", "mail"));
    let placements = vec![
        place(&inbox, &alerts[0], Fired, DUE.plus_s(1)),
        place(&mail, &alerts[0], Fired, DUE),
        place(&inbox, &alerts[1], Fired, DUE.plus_s(1)),
    ];
    world.take(planned((seq, 0), placements, Vec::new()));
    let view = world.view();
    let due =
        |upto, limit| view.due_buckets(upto, limit).unwrap().into_iter().map(|b| b.key).collect::<Vec<_>>();
    assert_eq!(due(DUE.plus_ms(-1), 9), []);
    assert_eq!(due(DUE, 9), std::slice::from_ref(&mail));
    assert_eq!(due(DUE.plus_s(1), 9), [mail.clone(), inbox]);
    assert_eq!(due(DUE.plus_s(1), 1), [mail]);
    assert_eq!(view.next_bucket_due().unwrap(), Some(DUE));
}

#[test]
fn a_withdrawn_item_is_gone_and_counted_when_it_was_brief() {
    let (mut world, alerts, _) = world_with_bucket();
    let inbox = bucket("alice", "inbox");
    let change = worsen(&mut world, 6, Critical);
    world.take(planned((change, 0), Vec::new(), vec![withdraw(&inbox, &alerts[0], true)]));
    let stands = world.view().bucket(&inbox).unwrap().unwrap();
    assert_eq!((stands.items, stands.brief), (1, 1));
    assert!(world.view().placed(&alerts[0]).unwrap().is_empty());

    let change = worsen(&mut world, 7, Warning);
    let gone = planned((change, 0), Vec::new(), vec![withdraw(&inbox, &alerts[0], false)]);
    let expected = format!("stale: alert `{}` is not in the bucket {inbox}", alerts[0]);
    assert_eq!(world.refused(vec![gone]), expected);
}

#[test]
fn an_empty_bucket_goes_even_when_something_came_and_went() {
    let (mut world, alerts, _) = world_with_bucket();
    let inbox = bucket("alice", "inbox");
    let change = worsen(&mut world, 6, Critical);
    let both = alerts.iter().map(|alert| withdraw(&inbox, alert, true)).collect();
    world.take(planned((change, 0), Vec::new(), both));
    assert_eq!(rows(&world.view(), &["bucket", "items", "alert-buckets"]), Vec::<String>::new());
}

#[test]
fn a_sealed_digest_takes_its_items_into_the_outbox() {
    let (mut world, alerts, _) = world_with_bucket();
    let inbox = bucket("alice", "inbox");
    let received = world.now();
    world.take(digest("d1", &inbox, &alerts[..1], DUE));
    let view = world.view();
    assert_eq!(view.bucket(&inbox).unwrap().unwrap().items, 1);
    assert!(view.placed(&alerts[0]).unwrap().is_empty());
    assert_eq!(view.last_sealed(&inbox).unwrap(), Some(DUE));
    let told = view.told(&alerts[0]).unwrap().pop().unwrap();
    assert_eq!((told.state, told.digest.as_str(), told.address), (ToldState::Sealed, "d1", name("inbox")));
    let waiting = view.outbox_due(received, 9).unwrap();
    assert_eq!(waiting.iter().map(|row| (row.attempts, row.due)).collect::<Vec<_>>(), [(0, received)]);
    assert_eq!(
        (view.outbox_len().unwrap(), view.next_outbox_due(received.plus_ms(-1)).unwrap()),
        (1, Some(received))
    );

    world.take(digest("d2", &inbox, &alerts[1..], DUE));
    assert_eq!(rows(&world.view(), &["bucket", "items", "alert-buckets"]), Vec::<String>::new());
    assert_eq!(world.view().outbox_len().unwrap(), 2);
}

#[test]
fn what_came_and_went_is_told_with_the_first_items_that_leave() {
    let (mut world, alerts, _) = world_with_bucket();
    let inbox = bucket("alice", "inbox");
    let seq = world.take(testkit::records::alerts("s1", 6, &[("/c", Firing, Warning)])).0;
    let brief = AlertId(format!("a{seq}-0"));
    world.take(planned((seq, 0), vec![place(&inbox, &brief, Fired, DUE)], Vec::new()));
    let over = world.take(testkit::records::alerts("s1", 7, &[("/c", AlertState::Resolved, Warning)])).0;
    world.take(planned((over, 0), Vec::new(), vec![withdraw(&inbox, &brief, true)]));
    world.take(digest("d1", &inbox, &alerts[..1], DUE));
    assert_eq!(world.view().bucket(&inbox).unwrap().unwrap().brief, 0);
}

#[test]
fn nothing_is_sealed_that_is_not_in_its_bucket() {
    let (mut world, alerts, _) = world_with_bucket();
    let (inbox, mail) = (bucket("alice", "inbox"), bucket("alice", "mail"));
    let stale = |alert, bucket| format!("stale: alert `{alert}` is not in the bucket {bucket}");
    let twice = [alerts[0].clone(), alerts[0].clone()];
    assert_eq!(world.refused(vec![digest("d1", &inbox, &twice, DUE)]), stale(&alerts[0], &inbox));
    assert_eq!(world.refused(vec![digest("d1", &mail, &alerts, DUE)]), stale(&alerts[0], &mail));
    assert_eq!(world.refused(vec![digest("d1", &inbox, &[], DUE)]), "stale: digest `d1` has nothing to say");
    world.take(digest("d1", &inbox, &alerts[..1], DUE));
    assert_eq!(world.refused(vec![digest("d2", &inbox, &alerts, DUE)]), stale(&alerts[0], &inbox));
    let again = digest("d1", &inbox, &alerts[1..], DUE);
    assert_eq!(world.refused(vec![again]), "conflict 0: digest `d1` exists already");
}

#[test]
fn attempts_follow_each_other_until_it_arrives() {
    let (mut world, alerts) = world_with_digest();
    let next = DUE.plus_s(30);
    assert_eq!(
        world.refused(vec![attempt("d1", 2, delivered(), None)]),
        "stale: digest `d1` does not wait for attempt 2"
    );
    world.take(attempt("d1", 1, transient(), Some(next)));
    let waiting = world.view().outbox_due(next, 9).unwrap().pop().unwrap();
    assert_eq!((waiting.attempts, waiting.due), (1, next));
    assert_eq!(
        world.refused(vec![attempt("d1", 1, delivered(), None)]),
        "stale: digest `d1` does not wait for attempt 1"
    );
    world.take(attempt("d1", 2, delivered(), None));
    let view = world.view();
    assert_eq!(rows(&view, &["outbox"]), Vec::<String>::new());
    assert_eq!(view.told(&alerts[0]).unwrap()[0].state, ToldState::Delivered);
    let numbers: Vec<u32> =
        view.attempts(&DigestId("d1".to_owned())).unwrap().iter().map(|a| a.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(
        world.refused(vec![attempt("d1", 3, delivered(), None)]),
        "stale: digest `d1` does not wait for attempt 3"
    );
}

#[test]
fn a_digest_that_is_given_up_was_told_to_nobody() {
    let permanent = AttemptResult::permanent("no such mailbox");
    for result in [permanent, transient()] {
        let (mut world, alerts) = world_with_digest();
        world.take(attempt("d1", 1, result, None));
        let view = world.view();
        assert_eq!(view.outbox_len().unwrap(), 0);
        assert!(alerts.iter().all(|alert| view.told(alert).unwrap()[0].state == ToldState::Undeliverable));
    }
}

#[test]
fn the_health_of_an_address_follows_its_attempts() {
    let gone = || AttemptResult::Gone { reason: "410 Gone".to_owned() };
    let permanent = || AttemptResult::permanent("nothing is sent there");
    let (mut world, alerts) = world_with_digest();
    let inbox = bucket("alice", "inbox");
    let (person, address) = (name("alice"), name("inbox"));
    let health = |world: &World| world.view().address_health(&person, &address).unwrap();
    assert_eq!(health(&world), None);
    world.take(attempt("d1", 1, transient(), Some(DUE.plus_s(30))));
    let steps = [
        ("d1", 2, gone(), (2, true)),
        ("d2", 1, permanent(), (3, true)),
        ("d3", 1, delivered(), (0, false)),
        ("d4", 1, transient(), (1, false)),
    ];
    for (n, (of, number, result, (failures, is_gone))) in steps.into_iter().enumerate() {
        if of != "d1" {
            let severity = if n % 2 == 0 { Severity::Error } else { Critical };
            let change = worsen(&mut world, 6 + n as u64, severity);
            world.take(planned((change, 0), vec![place(&inbox, &alerts[0], Worsened, DUE)], Vec::new()));
            world.take(digest(of, &inbox, &alerts[..1], DUE));
        }
        world.take(attempt(of, number, result.clone(), None));
        let found = health(&world).unwrap();
        assert_eq!((found.result, found.failures, found.gone.is_some()), (result, failures, is_gone), "{of}");
    }
    world.take(Record::AddressRestored { person: person.clone(), name: address.clone() });
    assert_eq!(health(&world), None);
}

#[test]
fn an_older_digest_that_arrives_says_nothing_about_a_newer_one() {
    let (mut world, alerts) = world_with_digest();
    let inbox = bucket("alice", "inbox");
    let change = worsen(&mut world, 6, Critical);
    world.take(planned((change, 0), vec![place(&inbox, &alerts[0], Worsened, DUE)], Vec::new()));
    world.take(digest("d2", &inbox, &alerts[..1], DUE.plus_s(60)));
    world.take(attempt("d1", 1, delivered(), None));
    let told = |alert| world.view().told(alert).unwrap().pop().unwrap();
    assert_eq!((told(&alerts[0]).digest.as_str(), told(&alerts[0]).state), ("d2", ToldState::Sealed));
    assert_eq!((told(&alerts[1]).digest.as_str(), told(&alerts[1]).state), ("d1", ToldState::Delivered));
}

#[test]
fn digests_are_listed_newest_first_behind_a_cursor() {
    let (mut world, alerts, _) = world_with_bucket();
    let inbox = bucket("alice", "inbox");
    world.take(digest("older", &inbox, &alerts[..1], DUE));
    world.take(digest("newer", &inbox, &alerts[1..], DUE.plus_ms(1)));
    let list = |person, before: Option<&str>, limit| {
        let before = before.map(|id| DigestId(id.to_owned()));
        let digests = world.view().digests(&name(person), before.as_ref(), limit).unwrap();
        digests.into_iter().map(|digest| digest.id.0).collect::<Vec<_>>()
    };
    assert_eq!(list("alice", None, 9), ["newer", "older"]);
    assert_eq!(list("alice", None, 1), ["newer"]);
    assert_eq!(list("alice", Some("newer"), 9), ["older"]);
    assert_eq!(list("alice", Some("older"), 9), Vec::<String>::new());
    assert_eq!(list("alice", Some("no such"), 9), Vec::<String>::new());
    assert_eq!(list("alicia", None, 9), Vec::<String>::new());
}

#[test]
fn a_removed_address_gets_nothing_more_and_the_others_do() {
    let (mut world, alerts, seq) = world();
    world.take(address("alice", "home"));
    world.take(address("alice", "home2"));
    let (home, other) = (bucket("alice", "home"), bucket("alice", "home2"));
    let both = |alert| vec![place(&home, alert, Fired, DUE), place(&other, alert, Fired, DUE)];
    world.take(planned((seq, 0), both(&alerts[0]), Vec::new()));
    world.take(digest("d1", &home, &alerts[..1], DUE));
    world.take(digest("d2", &other, &alerts[..1], DUE));
    world.take(planned((seq, 1), both(&alerts[1]), Vec::new()));
    world.take(Record::AddressRemoved { person: name("alice"), name: name("home") });
    let view = world.view();
    assert_eq!(view.bucket(&home).unwrap(), None);
    assert_eq!(view.bucket_items(&other, 9).unwrap().len(), 1);
    assert_eq!(view.placed(&alerts[1]).unwrap().len(), 1);
    let waiting = view.outbox_due(Timestamp::MAX, 9).unwrap();
    assert_eq!(waiting.iter().map(|row| row.digest.as_str()).collect::<Vec<_>>(), ["d2"]);
}

#[test]
fn a_receipt_of_a_plugin_is_remembered_for_the_next_message_about_the_same_alert() {
    let (mut world, alerts, seq) = world();
    world.take(plugin_version("sms", "v1", Expect::New, |_| {}));
    world.take(plugin_address("alice", "phone", "sms", None));
    let (phone, mail) = (bucket("alice", "phone"), bucket("alice", "mail"));
    let arrived = |reference: &str| AttemptResult::Delivered { reference: Some(reference.into()) };
    let both = vec![place(&phone, &alerts[0], Fired, DUE), place(&mail, &alerts[0], Fired, DUE)];
    world.take(planned((seq, 0), both, Vec::new()));
    world.take(digest("d1", &phone, &alerts[..1], DUE));
    world.take(digest("d2", &mail, &alerts[..1], DUE));
    let receipt = |world: &World, address: &str| {
        let told = world.view().told_at(&alerts[0], &name(address)).unwrap().unwrap();
        (told.digest.to_string(), told.state, told.receipt.map(|receipt| receipt.reference))
    };
    world.take(attempt("d2", 1, arrived("250 OK"), None));
    assert_eq!(receipt(&world, "mail"), ("d2".into(), ToldState::Delivered, None));

    // The first message has not arrived yet when the next one is sealed.
    let change = worsen(&mut world, 6, Critical);
    world.take(planned((change, 0), vec![place(&phone, &alerts[0], Worsened, DUE)], Vec::new()));
    world.take(digest("d3", &phone, &alerts[..1], DUE));
    assert_eq!(receipt(&world, "phone"), ("d3".into(), ToldState::Sealed, None));
    world.take(attempt("d1", 1, arrived("m1"), None));
    assert_eq!(receipt(&world, "phone"), ("d3".into(), ToldState::Sealed, Some("m1".into())));
    // One that brings no receipt leaves the one that is known.
    world.take(attempt("d3", 1, AttemptResult::Delivered { reference: None }, None));
    assert_eq!(receipt(&world, "phone"), ("d3".into(), ToldState::Delivered, Some("m1".into())));
}
