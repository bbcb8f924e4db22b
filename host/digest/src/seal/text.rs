//! The plain form of several lines.

use std::fmt::Write;

use event::AlertState;

use super::clean::{lines, one_line};
use super::page::{Layout, Page, Section};
use super::{SealItem, subject};

/// A handler's part, in characters: enough for a long table.
const GANG_MAX: usize = 32_000;

pub(super) fn text(page: &Page<'_>) -> String {
    let Layout { sections, over, hidden } = page.layout(|gang| gang.text.as_deref());
    let mut out = format!("{}\n", page.title());
    for section in &sections {
        let rule = "-".repeat(section.heading.chars().count());
        push(&mut out, format_args!("\n{}\n{rule}\n", section.heading));
        write_section(&mut out, page, section);
    }
    if !over.is_empty() {
        out.push_str("\nCame and went\n-------------\n");
        for item in over {
            let (severity, title, history) = (item.alert.severity, subject::title(item), page.history(item));
            push(
                &mut out,
                format_args!("{severity}  {title} ({}): {history}; {}\n", item.subscription, why(item)),
            );
        }
    }
    let more = (hidden > 0).then(|| format!("+{hidden} more"));
    for line in more.into_iter().chain(page.brief()) {
        push(&mut out, format_args!("\n{line}\n"));
    }
    push(&mut out, format_args!("\n{}\n", page.footer()));
    if let Some(link) = page.link() {
        push(&mut out, format_args!("{link}\n"));
    }
    out
}

fn write_section(out: &mut String, page: &Page<'_>, section: &Section<'_>) {
    if let Some(part) = section.gang {
        push(out, format_args!("{}\n", lines(part, GANG_MAX)));
        for reason in reasons(section) {
            push(out, format_args!("why: {reason}\n"));
        }
        return;
    }
    for (i, item) in section.items.iter().enumerate() {
        let gap = if i == 0 { "" } else { "\n" };
        let (severity, state) = (item.alert.severity.as_str().to_uppercase(), item.alert.state);
        push(out, format_args!("{gap}{severity} {state}: {}\n", subject::title(item)));
        push(out, format_args!("  {}\n", page.history(item)));
        if let Some(key) = key(item) {
            push(out, format_args!("  key: {key}\n"));
        }
        push(out, format_args!("  {}\n", why(item)));
    }
}

/// What tells the alert from others of its subscription. A note has none for people:
/// its key is made up when the handler gives none.
pub(super) fn key(item: &SealItem<'_>) -> Option<String> {
    let shown = !item.alert.key.is_empty() && item.alert.state != AlertState::Note;
    shown.then(|| one_line(&item.alert.key, 300))
}

pub(super) fn why(item: &SealItem<'_>) -> String {
    format!("why: {}", one_line(&item.placed.reason, 300))
}

/// Each rule that put something into this part, once.
pub(super) fn reasons(section: &Section<'_>) -> Vec<String> {
    let mut reasons: Vec<String> =
        section.items.iter().map(|item| one_line(&item.placed.reason, 300)).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

fn push(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("writing to a string cannot fail");
}
