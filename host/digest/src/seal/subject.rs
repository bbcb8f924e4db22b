//! The two forms of one line.

use event::AlertState;

use super::clean::one_line;
use super::{SealItem, Sealing};

/// In characters: mail clients show less, and headers are folded beyond.
const SUBJECT_MAX: usize = 200;
/// One message of a phone.
const LINE_MAX: usize = 160;

/// `[tellify] 3 alerts: disks (2), builds (1)`; of one alert, its severity, state and title.
pub(super) fn subject(sealing: &Sealing<'_>) -> String {
    let what = match sealing.items {
        [item] => single(item),
        items => format!("{}: {}", count(items), by_subscription(items)),
    };
    one_line(&format!("[tellify] {what}"), SUBJECT_MAX)
}

/// The handlers' own lines where they cover everything and fit, else a summary in numbers.
pub(super) fn line(sealing: &Sealing<'_>) -> String {
    if let Some(line) = handlers_line(sealing) {
        return line;
    }
    let line = match sealing.items {
        [item] => format!("{} ({})", single(item), item.subscription),
        items => {
            let worst = items.iter().map(|item| item.alert.severity).max();
            let worst = worst.map_or(String::new(), |severity| format!(", worst {severity}"));
            format!("{}{worst}: {}", count(items), by_subscription(items))
        }
    };
    one_line(&line, LINE_MAX)
}

fn handlers_line(sealing: &Sealing<'_>) -> Option<String> {
    let said: Vec<_> = sealing.gangs.iter().filter_map(|gang| Some((gang, gang.line.as_deref()?))).collect();
    let all = sealing.items.len();
    let mut covered = vec![false; all];
    for (gang, _) in &said {
        covered.iter_mut().zip(gang.covers(all)).for_each(|(covered, by_this)| *covered |= by_this);
    }
    if said.is_empty() || covered.contains(&false) {
        return None;
    }
    let whole = said.iter().map(|(_, line)| one_line(line, LINE_MAX)).collect::<Vec<_>>().join("; ");
    let fits = said.len() == 1 || whole.chars().count() <= LINE_MAX;
    fits.then(|| one_line(&whole, LINE_MAX)).filter(|line| !line.is_empty())
}

/// `warning firing: /sarc/cad is full`
pub(super) fn single(item: &SealItem<'_>) -> String {
    format!("{} {}: {}", item.alert.severity, item.alert.state, title(item))
}

/// What the alert is called: its title, else its key.
pub(super) fn title(item: &SealItem<'_>) -> String {
    let title = one_line(&item.alert.title, 300);
    if title.is_empty() { one_line(&item.alert.key, 300) } else { title }
}

pub(super) fn count(items: &[SealItem<'_>]) -> String {
    let all = |state| !items.is_empty() && items.iter().all(|item| item.alert.state == state);
    let n = items.len();
    match (all(AlertState::Resolved), all(AlertState::Note)) {
        (true, _) => format!("{n} resolved"),
        (_, true) => format!("{n} {}", if n == 1 { "note" } else { "notes" }),
        _ => format!("{n} {}", if n == 1 { "alert" } else { "alerts" }),
    }
}

/// `disks (2), builds (1)`, the largest first.
fn by_subscription(items: &[SealItem<'_>]) -> String {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for item in items {
        *counts.entry(item.subscription.as_str()).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let parts: Vec<String> = counts.into_iter().map(|(name, n)| format!("{name} ({n})")).collect();
    parts.join(", ")
}
