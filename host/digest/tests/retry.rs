//! When a digest that was not accepted is tried again.
#![allow(clippy::unwrap_used)]

use digest::retry;
use event::{AttemptResult, DigestId, Timestamp};

const SCHEDULE_S: [i64; 14] =
    [5, 30, 120, 300, 900, 1800, 2700, 3600, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

fn transient() -> AttemptResult {
    AttemptResult::transient("451 try again")
}

#[test]
fn attempts_follow_the_schedule_within_a_tenth_of_each_gap_and_end_after_a_day() {
    for n in 0..50 {
        let id = DigestId(format!("d{n}"));
        let (sealed, mut now, mut previous) = (Timestamp(1_000_000), Timestamp(1_000_000), 0);
        for (made, planned) in (1..).zip(SCHEDULE_S) {
            let next = retry(&id, made, sealed, now, &transient()).unwrap();
            let off = next.since(sealed) - planned * 1000;
            assert!(off.abs() <= (planned - previous) * 100, "{made}: {off} ms off");
            assert!(next > now);
            (now, previous) = (next, planned);
        }
        assert_eq!(retry(&id, 15, sealed, now, &transient()), None);
    }
}

#[test]
fn the_moments_are_spread_by_digest_and_always_the_same() {
    let sealed = Timestamp(0);
    let at = |id: &str| retry(&DigestId(id.to_owned()), 8, sealed, sealed, &transient());
    assert_eq!(at("a"), at("a"));
    assert_ne!(at("a"), at("b"));
}

#[test]
fn after_an_absence_the_gaps_go_on_and_nothing_is_given_up_early() {
    let (sealed, now) = (Timestamp(0), Timestamp(3 * 86_400_000));
    let next = retry(&DigestId("d".to_owned()), 2, sealed, now, &transient()).unwrap();
    assert!((22_500..=27_500).contains(&next.since(now)), "{}", next.since(now));
}

#[test]
fn a_receiver_may_put_an_attempt_off_but_neither_bring_it_forward_nor_put_it_off_for_ever() {
    let (id, sealed) = (DigestId("d".to_owned()), Timestamp(0));
    let next = |asked_s: Option<i64>| {
        let not_before = asked_s.map(|s| sealed.plus_s(s));
        let result = AttemptResult::Transient { reason: "429".to_owned(), not_before };
        retry(&id, 4, sealed, sealed.plus_s(120), &result).unwrap()
    };
    let planned = next(None);
    assert_eq!(next(Some(60)), planned);
    assert_eq!(next(Some(3600)), sealed.plus_s(3600));
    assert_eq!(next(Some(999_999)), sealed.plus_s(120 + 6 * 3600));
}

#[test]
fn what_arrived_or_can_never_arrive_is_not_tried_again() {
    let id = DigestId("d".to_owned());
    for result in [
        AttemptResult::Delivered { reference: None },
        AttemptResult::permanent("550 no such user"),
        AttemptResult::Gone { reason: "410 Gone".to_owned() },
    ] {
        assert_eq!(retry(&id, 1, Timestamp(0), Timestamp(0), &result), None);
    }
}
