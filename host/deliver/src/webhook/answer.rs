//! What a receiver's answer means for the digest.

use std::time::{Duration, UNIX_EPOCH};

use egress::Response;
use event::{AttemptResult, Timestamp};
use http::StatusCode;

pub(super) fn result(response: &Response, now: Timestamp) -> AttemptResult {
    judge(response.status(), response.header("retry-after"), now)
}

/// What its sender can mend by sending it elsewhere or otherwise is permanent; whatever
/// may pass is not. A redirect is followed by nobody: if it stays, the address is wrong.
fn judge(status: u16, retry_after: Option<&str>, now: Timestamp) -> AttemptResult {
    let answered = answered(status);
    match status {
        200..300 => AttemptResult::Delivered { reference: Some(words(status)) },
        301 | 308 => AttemptResult::permanent(format!(
            "{answered}, and redirects are not followed: the address needs the new URL"
        )),
        410 => AttemptResult::Gone { reason: answered },
        300..400 => AttemptResult::transient(format!("{answered}, and redirects are not followed")),
        401 | 403 => {
            AttemptResult::permanent(format!("{answered}: does it verify with this address's secret?"))
        }
        408 | 421 | 425 | 429 => later(answered, retry_after, now),
        400..500 => AttemptResult::permanent(answered),
        _ => later(answered, retry_after, now),
    }
}

fn answered(status: u16) -> String {
    format!("the receiver answers {}", words(status))
}

/// `404 Not Found`
fn words(status: u16) -> String {
    let known = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    known.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"))
}

fn later(answered: String, retry_after: Option<&str>, now: Timestamp) -> AttemptResult {
    let not_before = retry_after.and_then(|text| moment(text.trim(), now)).filter(|asked| *asked > now);
    let reason = match not_before {
        Some(asked) => format!("{answered}, and asks for nothing before {asked}"),
        None => answered,
    };
    AttemptResult::Transient { reason, not_before }
}

/// `Retry-After`: in so many seconds, or at a moment of HTTP's own writing.
fn moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(now.plus_s(seconds.into()));
    }
    let since: Duration = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20T10:00:00Z
    const NOW: Timestamp = Timestamp(1_795_168_800_000);

    #[test]
    fn each_status_has_its_consequence() {
        let table = [
            (200, "delivered"),
            (202, "delivered"),
            (204, "delivered"),
            (299, "delivered"),
            (300, "transient"),
            (301, "permanent"),
            (302, "transient"),
            (303, "transient"),
            (304, "transient"),
            (307, "transient"),
            (308, "permanent"),
            (400, "permanent"),
            (401, "permanent"),
            (403, "permanent"),
            (404, "permanent"),
            (408, "transient"),
            (409, "permanent"),
            (410, "gone"),
            (413, "permanent"),
            (421, "transient"),
            (425, "transient"),
            (429, "transient"),
            (451, "permanent"),
            (500, "transient"),
            (502, "transient"),
            (503, "transient"),
            (504, "transient"),
            (599, "transient"),
            (999, "transient"),
        ];
        for (status, expected) in table {
            let found = match judge(status, None, NOW) {
                AttemptResult::Delivered { .. } => "delivered",
                AttemptResult::Transient { not_before: None, .. } => "transient",
                AttemptResult::Transient { .. } => "asked for later",
                AttemptResult::Permanent { .. } => "permanent",
                AttemptResult::Gone { .. } => "gone",
            };
            assert_eq!(found, expected, "{status}");
        }
    }

    #[test]
    fn a_receiver_that_asks_for_a_pause_gets_it() {
        let in_s = |s| Some(NOW.plus_s(s));
        let table = [
            (429, "120", in_s(120)),
            (503, " 5 ", in_s(5)),
            (500, "5", in_s(5)),
            (503, "Fri, 20 Nov 2026 10:02:00 GMT", in_s(120)),
            (503, "Friday, 20-Nov-26 10:02:00 GMT", in_s(120)),
            (503, "Fri, 20 Nov 2026 09:00:00 GMT", None),
            (503, "0", None),
            (503, "-5", None),
            (503, "soon", None),
            (503, "99999999999", None),
            (503, "", None),
        ];
        for (status, text, expected) in table {
            match judge(status, Some(text), NOW) {
                AttemptResult::Transient { not_before, reason } => {
                    assert_eq!(not_before, expected, "{status} {text:?}");
                    assert_eq!(
                        reason.contains("nothing before 2026-11-20T10:"),
                        expected.is_some(),
                        "{reason}"
                    );
                }
                other => panic!("{status} {text:?}: {other:?}"),
            }
        }
    }
}
