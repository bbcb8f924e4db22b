//! Looks at a style over a whole week, for what its owner may have overlooked.

use event::{AlertState, Severity, Timestamp};

use super::{Case, Mode, Rules};
use crate::problem::StyleProblem;
use crate::time::moment;

/// A Monday, 2026-01-05T00:00:00Z. Windows come again every week, so any week will do.
const MONDAY: Timestamp = Timestamp(1_767_571_200_000);
const WEEK_MS: i64 = 7 * 86_400_000;

/// Warnings, or the problem that a band would keep alerts for ever.
pub(super) fn examine(rules: &Rules) -> Result<Vec<String>, StyleProblem> {
    let mut governs = vec![false; rules.bands.len()];
    let mut gaps: Vec<(Case, Timestamp)> = Vec::new();
    let mut t = MONDAY;
    loop {
        for case in Case::all() {
            match rules.governing(case, t) {
                Some(band) => {
                    governs[band] = true;
                    refuse_endless(rules, case, band, t)?;
                }
                None if !gaps.iter().any(|(seen, _)| *seen == case) => gaps.push((case, t)),
                None => {}
            }
        }
        match rules.next_change(t).filter(|next| next.since(MONDAY) < WEEK_MS) {
            Some(next) => t = next,
            None => break,
        }
    }
    let idle = governs.iter().enumerate().filter(|(_, governs)| !**governs).map(|(band, _)| {
        format!(
            "band {} never takes an alert: the bands before it take them all, or its times never come",
            band + 1
        )
    });
    Ok(idle.chain(gap_warnings(rules, &gaps)).collect())
}

fn refuse_endless(rules: &Rules, case: Case, band: usize, t: Timestamp) -> Result<(), StyleProblem> {
    if !matches!(rules.bands[band].mode, Mode::Hold(None)) || rules.band_end(case, band, t).is_some() {
        return Ok(());
    }
    let sentence = format!(
        "it would keep {} alerts for ever: give it `digest` times, or a `when` that ends",
        case.severity
    );
    Err(StyleProblem::at(format!("band[{band}].mode"), sentence))
}

/// One sentence for each state. Recoveries need no band: they follow the problem.
fn gap_warnings(rules: &Rules, gaps: &[(Case, Timestamp)]) -> Vec<String> {
    let mut warnings = Vec::new();
    for state in [AlertState::Firing, AlertState::Note] {
        let gaps = gaps.iter().filter(|(case, _)| case.state == state);
        let (later, never): (Vec<_>, Vec<_>) =
            gaps.partition(|(case, t)| matches!(rules.ruling(*case, *t), super::Ruling::Later(..)));
        if !never.is_empty() {
            let words = severities(&never);
            warnings
                .push(format!("no band tells of {state} alerts of severity {words}: they go to the inbox"));
        }
        if let Some((_, first)) = later.iter().min_by_key(|(_, t)| t) {
            let words = severities(&later);
            let local = rules.zone.local(moment(*first));
            warnings.push(format!(
                "at times no band takes {state} alerts of severity {words} (such as {}): they wait until one does",
                local.strftime("%a %H:%M")
            ));
        }
    }
    warnings
}

fn severities(gaps: &[&(Case, Timestamp)]) -> String {
    let words: Vec<&str> = gaps.iter().map(|(case, _)| Severity::as_str(case.severity)).collect();
    words.join(", ")
}
