//! When a digest that was not accepted is tried again.
#![allow(clippy::unwrap_used)]

use digest::retry;
use event::{AttemptResult, DigestId, Timestamp};

const SCHEDULE_S: [i64; 14] =
    [5, 30, 120, 300, 900, 1800, 2700, 3600, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

fn transient() -> AttemptResult {
    AttemptResult::Transient { reason: "451 try again".to_owned() }
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
fn what_arrived_or_can_never_arrive_is_not_tried_again() {
    let id = DigestId("d".to_owned());
    for result in [
        AttemptResult::Delivered { reference: None },
        AttemptResult::Permanent { reason: "550 no such user".to_owned() },
    ] {
        assert_eq!(retry(&id, 1, Timestamp(0), Timestamp(0), &result), None);
    }
}
