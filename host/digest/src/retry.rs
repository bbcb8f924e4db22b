//! The one schedule by which a digest that was not accepted is tried again.

use event::{AttemptResult, DigestId, Timestamp};

/// When attempt n+1 is made, in seconds after sealing: close together at first, for a
/// server that restarts; every quarter of an hour for one that is being mended; then ever
/// more rarely for a day, since no other address takes over.
const ATTEMPTS_S: [i64; 15] = [
    0,
    5,
    30,
    2 * 60,
    5 * 60,
    15 * 60,
    30 * 60,
    45 * 60,
    3600,
    2 * 3600,
    5 * 3600,
    10 * 3600,
    14 * 3600,
    20 * 3600,
    24 * 3600,
];

/// As long as the longest gap above: for so long a receiver may ask to be left alone
/// after an attempt. Whoever asks for more is not waited for until nobody needs to hear
/// of the alerts any more.
const ASKED_MAX_S: i64 = 6 * 3600;

/// When the digest is tried again after `attempts_made` attempts, the last of which ended
/// as `result`; none: it arrived, it can never arrive, or a day is over.
///
/// Each gap is moved by up to a tenth of itself, by the digest's id: so that the digests
/// of one outage do not come back all at once, and a replay plans the same moments.
pub fn retry(
    digest: &DigestId,
    attempts_made: u32,
    sealed: Timestamp,
    now: Timestamp,
    result: &AttemptResult,
) -> Option<Timestamp> {
    let AttemptResult::Transient { not_before, .. } = result else { return None };
    let next = attempts_made as usize;
    let planned = *ATTEMPTS_S.get(next)?;
    let gap_ms = (planned - ATTEMPTS_S[next.checked_sub(1)?]) * 1000;
    let jitter_ms = jitter(digest, attempts_made, gap_ms / 10);
    let at = sealed.plus_s(planned).plus_ms(jitter_ms);
    // We were away, or the attempt took long: the gaps stay, so that nothing is given up early.
    let next = if at > now { at } else { now.plus_ms(gap_ms + jitter_ms) };
    let asked = not_before.map(|t| t.min(now.plus_s(ASKED_MAX_S)));
    Some(asked.map_or(next, |asked| asked.max(next)))
}

/// From `-bound` to `bound`.
fn jitter(digest: &DigestId, attempt: u32, bound_ms: i64) -> i64 {
    let hash = xxhash_rust::xxh3::xxh3_64(format!("{digest}/{attempt}").as_bytes());
    (hash % (2 * bound_ms as u64 + 1)) as i64 - bound_ms
}
