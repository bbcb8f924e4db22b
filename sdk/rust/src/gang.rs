//! Several alerts of one handler in one part of a message: worst first, those that are
//! over last.

use crate::{AlertItem, AlertState, escape_html};

/// The words in which a handler's alerts are told together.
#[derive(Debug)]
pub struct Gang<C> {
    /// What those that hold have in common, such as `over limit`.
    pub holding: fn(&[&AlertItem<C>]) -> &'static str,
    /// What those have in common that are over, such as `back`.
    pub over: &'static str,
    /// What to say beside the key on a phone's line.
    pub brief: fn(&AlertItem<C>) -> Option<String>,
    /// What to say beside the key on a line of its own.
    pub particulars: fn(&AlertItem<C>) -> String,
}

/// Names of a line together; with the words around them it stays one text message.
const LINE_CHARS_MAX: usize = 120;

/// Longer keys stand out of their column rather than push all others away.
const KEY_WIDTH_MAX: usize = 40;

impl<C> Gang<C> {
    /// One line for a phone: `3 over limit: /a 98.1%, /b 93%, +1 more; 1 back: /d`. A
    /// single alert is told by its title.
    pub fn line(&self, items: &[AlertItem<C>]) -> String {
        if let [only] = items {
            return only.alert.title.clone();
        }
        let (over, holding): (Vec<_>, Vec<_>) =
            sorted(items).into_iter().partition(|item| item.alert.state == AlertState::Resolved);
        let named = |item: &&AlertItem<C>| match (self.brief)(item) {
            Some(brief) => format!("{} {brief}", item.alert.key),
            None => item.alert.key.clone(),
        };
        let holding_names = short(holding.iter().map(named).collect(), LINE_CHARS_MAX * 2 / 3);
        let over_names = short(over.iter().map(|item| item.alert.key.clone()).collect(), LINE_CHARS_MAX / 3);
        let parts =
            [(holding.len(), (self.holding)(&holding), holding_names), (over.len(), self.over, over_names)];
        let parts = parts.iter().filter(|(count, ..)| *count > 0);
        parts.map(|(count, what, names)| format!("{count} {what}: {names}")).collect::<Vec<_>>().join("; ")
    }

    /// One line for each alert.
    pub fn lines(&self, items: &[AlertItem<C>]) -> String {
        let widest = items.iter().map(|item| item.alert.key.chars().count()).max().unwrap_or(0);
        let width = widest.min(KEY_WIDTH_MAX);
        let line = |item: &AlertItem<C>| {
            format!("{:<8}  {:<width$}  {}", standing(item), item.alert.key, self.told(item))
                .trim_end()
                .to_owned()
        };
        sorted(items).into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The same as an HTML list.
    pub fn list(&self, items: &[AlertItem<C>]) -> String {
        let entry = |item: &AlertItem<C>| {
            let (key, told) = (escape_html(&item.alert.key), escape_html(&self.told(item)));
            format!("<li>{}: <b>{key}</b> {told}</li>", standing(item))
        };
        format!("<ul>{}</ul>", sorted(items).into_iter().map(entry).collect::<String>())
    }

    /// The particulars, with how often it was when that was more than once.
    fn told(&self, item: &AlertItem<C>) -> String {
        let mut text = (self.particulars)(item);
        if item.count > 1 {
            text += &format!(", {} times", item.count);
        }
        text
    }
}

fn standing<C>(item: &AlertItem<C>) -> &'static str {
    match item.alert.state {
        AlertState::Resolved => "resolved",
        AlertState::Firing | AlertState::Note => item.alert.severity.as_str(),
    }
}

/// Worst first, those that are over last.
fn sorted<C>(items: &[AlertItem<C>]) -> Vec<&AlertItem<C>> {
    let mut items: Vec<_> = items.iter().collect();
    let rank = |item: &AlertItem<C>| {
        let severity = (item.alert.state != AlertState::Resolved).then_some(item.alert.severity);
        (std::cmp::Reverse(severity), std::cmp::Reverse(item.latest))
    };
    items.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.alert.key.cmp(&b.alert.key)));
    items
}

/// As many of the names as fit, and how many more there are.
pub(crate) fn short(names: Vec<String>, chars_max: usize) -> String {
    let mut line = String::new();
    for (i, name) in names.iter().enumerate() {
        if i > 0 && line.chars().count() + name.chars().count() > chars_max {
            return format!("{line}, +{} more", names.len() - i);
        }
        line += if i > 0 { ", " } else { "" };
        line += name;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_do_not_fit_are_counted() {
        let names = |count: usize| (0..count).map(|i| format!("name{i}")).collect();
        assert_eq!(short(names(2), 20), "name0, name1");
        assert_eq!(short(names(9), 20), "name0, name1, name2, +6 more");
        assert_eq!(short(vec!["a".repeat(50)], 20), "a".repeat(50));
    }
}
