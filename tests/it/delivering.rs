//! Delivery while receivers refuse, hang or are flooded, on an injected clock: attempts
//! follow the published schedule, nobody waits for somebody else's receiver, and what has
//! piled up drains without a duplicate.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use event::{Clock, Timestamp};
use serde_json::{Value, json};
use testkit::{Act, Gate, HttpSink, Receive, Step};

use crate::world::World;

/// 2026-11-20T10:00:00Z
const START: Timestamp = Timestamp(1_795_168_800_000);
const DAY_S: i64 = 24 * 3600;
/// When attempts are made, in seconds after sealing, as `docs/webhooks.md` publishes it.
const SCHEDULE_S: [i64; 15] =
    [0, 5, 30, 120, 300, 900, 1800, 2700, 3600, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// An answer, and what must become of a digest that always gets it.
type Class<T> = (T, Fate);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Delivered,
    /// One attempt, and its owner is told.
    GivenUp,
    /// All attempts, and its owner is told.
    Exhausted,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_class_of_http_answers_is_tried_as_published_over_five_days() {
    let classes: [Class<u16>; 20] = [
        (200, Fate::Delivered),
        (202, Fate::Delivered),
        (204, Fate::Delivered),
        (301, Fate::GivenUp),
        (302, Fate::Exhausted),
        (307, Fate::Exhausted),
        (308, Fate::GivenUp),
        (400, Fate::GivenUp),
        (401, Fate::GivenUp),
        (403, Fate::GivenUp),
        (404, Fate::GivenUp),
        (408, Fate::Exhausted),
        (413, Fate::GivenUp),
        (422, Fate::GivenUp),
        (425, Fate::Exhausted),
        (429, Fate::Exhausted),
        (500, Fate::Exhausted),
        (503, Fate::Exhausted),
        // The connection breaks off.
        (0, Fate::Exhausted),
        // Nothing is sent there any more, so it comes last.
        (410, Fate::GivenUp),
    ];
    let answer = Arc::new(Mutex::new(0));
    let answers = answer.clone();
    let sink = HttpSink::start_with(None, move |_| match *answers.lock().unwrap() {
        0 => Receive::HangUp,
        status => Receive::Reply(status, Vec::new(), String::new()),
    });
    let sink = sink.await.unwrap();
    let world = World::start(START).await;
    world.ok("tellify user add alice --email alice@example.org").await;
    let url = sink.url();
    world.ok(&format!("tellify address add --user alice --name ops --channel webhook --to {url}")).await;
    subscribe(&world, "ops").await;
    for (status, fate) in classes {
        *answer.lock().unwrap() = status;
        let letters = world.letters().len();
        follows_the_schedule(&world, "ops", &status.to_string(), fate).await;
        let told = world.letters().len() - letters;
        assert_eq!(told, if fate == Fate::Delivered { 0 } else { 1 }, "{status}: its owner is told by mail");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_class_of_smtp_answers_is_tried_as_published_over_five_days() {
    use Fate::{Exhausted, GivenUp};
    let classes: [Class<(Step, &'static str)>; 19] = [
        ((Step::Greeting, "421 4.3.2 too busy"), Exhausted),
        ((Step::Greeting, "554 5.7.1 not from you"), Exhausted),
        ((Step::Ehlo, "421 4.3.0 later"), Exhausted),
        ((Step::Ehlo, "550 5.0.0 no"), Exhausted),
        ((Step::MailFrom, "451 4.7.1 greylisted"), Exhausted),
        ((Step::MailFrom, "530 5.7.0 sign in first"), Exhausted),
        ((Step::MailFrom, "553 5.1.8 unknown sender"), GivenUp),
        ((Step::RcptTo, "450 4.2.1 mailbox busy"), Exhausted),
        ((Step::RcptTo, "451 4.7.1 greylisted"), Exhausted),
        ((Step::RcptTo, "452 4.2.2 mailbox full"), Exhausted),
        ((Step::RcptTo, "550 5.1.1 no such user"), GivenUp),
        ((Step::RcptTo, "551 5.1.6 moved"), GivenUp),
        ((Step::Data, "451 4.3.0 later"), Exhausted),
        ((Step::Data, "554 5.5.1 no"), GivenUp),
        ((Step::Message, "421 4.3.2 going down"), Exhausted),
        ((Step::Message, "452 4.3.1 no space"), Exhausted),
        ((Step::Message, "552 5.3.4 too large"), GivenUp),
        ((Step::Message, "554 5.6.0 looks like spam"), GivenUp),
        // The connection breaks off.
        ((Step::RcptTo, ""), Exhausted),
    ];
    let world = World::start(START).await;
    world.ok("tellify user add alice --email alice@example.org").await;
    // Mail is what fails, so the other channel is the inbox.
    world.ok("tellify style add --user alice --name silent --default --channel inbox --wait 1m").await;
    subscribe(&world, "mail").await;
    for ((step, reply), fate) in classes {
        world
            .mail
            .always(step, move || if reply.is_empty() { Act::HangUp } else { Act::Reply(reply.to_owned()) });
        follows_the_schedule(&world, "mail", &format!("{step:?} {reply}"), fate).await;
        assert_eq!(world.letters(), []);
    }
    world.mail.never();
    follows_the_schedule(&world, "mail", "250", Fate::Delivered).await;
    assert_eq!(world.letters().len(), 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_hook_that_hangs_or_for_a_mail_server_that_refuses() {
    let gate = Gate::closed();
    let hangs = gate.clone();
    let hanging = HttpSink::start_with(None, move |_| Receive::WaitAt(hangs.clone())).await.unwrap();
    let good = HttpSink::start(None).await.unwrap();
    let world = World::start(START).await;
    world.ok("tellify user add alice --email alice@example.org").await;
    for (name, url) in [("hanging", hanging.url()), ("good", good.url())] {
        world
            .ok(&format!("tellify address add --user alice --name {name} --channel webhook --to {url}"))
            .await;
    }
    world.ok("tellify style add --user alice --name all --channel hanging --channel mail --channel good --wait 0s").await;
    world
        .ok("tellify subscription add --user alice --name a --handler match --style all --filter type:order")
        .await;
    world.mail.always(Step::MailFrom, || Act::Reply("451 4.3.0 not now".to_owned()));
    for minute in 0..60 {
        world.clock.advance_to(START.plus_s(60 * minute));
        send(&world, 1).await;
        let posts = good.received(minute as usize + 1).await;
        let sent: i64 = posts[minute as usize].header("webhook-timestamp").unwrap().parse().unwrap();
        assert_eq!(sent, START.0 / 1000 + 60 * minute, "it goes out at once");
    }
    assert_eq!(world.letters().len(), 0);
    gate.open();
    world.mail.never();
    world.until(START.plus_s(2 * DAY_S)).await;
    let (mails, mut ids) = (world.letters(), BTreeSet::new());
    for mail in &mails {
        let text = String::from_utf8_lossy(&mail.data).into_owned();
        ids.insert(text.lines().find_map(|line| line.strip_prefix("Message-ID: ").map(str::to_owned)));
    }
    assert_eq!((mails.len(), ids.len()), (60, 60), "each mail arrives in the end, once");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_drains_without_a_duplicate() {
    let alerts: usize = crate::kill::size("TELLIFY_BACKLOG", 5000);
    let refusing = Arc::new(Mutex::new(true));
    let (taken, refuses) = (Arc::new(Mutex::new(Vec::<(String, Value)>::new())), refusing.clone());
    let takes = taken.clone();
    let sink = HttpSink::start_with(None, move |post| {
        if *refuses.lock().unwrap() {
            return Receive::Reply(503, Vec::new(), String::new());
        }
        let id = post.header("webhook-id").unwrap().to_owned();
        takes.lock().unwrap().push((id, serde_json::from_slice(&post.body).unwrap()));
        Receive::Reply(204, Vec::new(), String::new())
    });
    let sink = sink.await.unwrap();
    let world = World::start(START).await;
    world.ok("tellify user add alice").await;
    let url = sink.url();
    world.ok(&format!("tellify address add --user alice --name ops --channel webhook --to {url}")).await;
    subscribe(&world, "ops").await;
    // As many at once as the body of one digest lists.
    let (each, rounds) = (100, alerts / 100);
    for round in 0..rounds {
        send(&world, each).await;
        world.until(START.plus_s(10 * (round as i64 + 1))).await;
    }
    *refusing.lock().unwrap() = false;
    world.until(START.plus_s(DAY_S)).await;
    let taken = taken.lock().unwrap().clone();
    let ids: BTreeSet<&String> = taken.iter().map(|(id, _)| id).collect();
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for item in taken.iter().flat_map(|(_, body)| body["data"]["items"].as_array().unwrap()) {
        *told.entry(item["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    println!("backlog: {} alerts in {} digests, TELLIFY_BACKLOG={alerts}", told.len(), taken.len());
    assert_eq!(ids.len(), taken.len(), "no digest comes twice");
    assert!(told.values().all(|times| *times == 1) && told.len() == rounds * each, "each alert once");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_goes_out_under_a_load_that_never_ends() {
    let world = World::start(START).await;
    world.ok("tellify user add alice --email alice@example.org").await;
    subscribe(&world, "mail").await;
    // More is found all the time than can be planned meanwhile.
    for round in 0.. {
        send(&world, 400).await;
        if !world.letters().is_empty() {
            break;
        }
        assert!(round < 60, "alerts are found, and nobody is told");
    }
    world.stop().await;
}

/// Alice hears of every order at once, at one address.
async fn subscribe(world: &World, address: &str) {
    world.ok(&format!("tellify style add --user alice --name now --channel {address} --wait 0s")).await;
    world.ok("tellify subscription add --user alice --name orders --handler match --style now --filter type:order").await;
}

/// So many orders, as one batch.
async fn send(world: &World, count: usize) {
    world.ok(&format!("tellify event send --json '{}'", json!(vec![json!({"type": "order"}); count]))).await;
}

/// One alert, five days, and what became of its digest.
async fn follows_the_schedule(world: &World, address: &str, class: &str, fate: Fate) {
    let begin = world.clock.now();
    send(world, 1).await;
    world.until(begin.plus_s(5 * DAY_S)).await;
    let digests = list(world, &format!("inbox list --user alice --address {address} --limit 5")).await;
    // Its own failure is told at other addresses.
    let sealed = |digest: &&Value| time(&digest["sealed"]) == begin;
    let digest = digests.iter().find(sealed).unwrap_or_else(|| panic!("{class}: {digests:?}"));
    let shown = list(world, &format!("inbox show {}", digest["id"].as_str().unwrap())).await;
    let shown = shown[0]["attempts"].as_array().unwrap();
    let made: Vec<i64> = shown.iter().map(|attempt| time(&attempt["at"]).0 - begin.0).collect();
    let expected = if fate == Fate::Exhausted { &SCHEDULE_S[..] } else { &SCHEDULE_S[..1] };
    assert_eq!(made.len(), expected.len(), "{class}: {made:?}");
    for (n, (made, planned)) in made.iter().zip(expected).enumerate() {
        // Up to a tenth of the pause before it.
        let jitter = n.checked_sub(1).map_or(0, |before| (planned - expected[before]) * 100);
        assert!((made - planned * 1000).abs() <= jitter, "{class}: attempt {n} after {made} ms");
    }
    let told = format!("event list 'type:tellify.digest.undeliverable time>={begin}'");
    let told = list(world, &told).await.len();
    assert_eq!(told, usize::from(fate != Fate::Delivered), "{class}: its owner is told");
}

/// What a command lists, or the one thing that it shows.
async fn list(world: &World, command: &str) -> Vec<Value> {
    match serde_json::from_str(&world.ok(&format!("tellify {command} -o json")).await).unwrap() {
        Value::Array(items) => items,
        one => vec![one],
    }
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}
