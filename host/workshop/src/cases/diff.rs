//! What differs between what was expected and what came, line by line.

use serde_json::Value;

/// Lines around a difference, to see where it is.
const CONTEXT: usize = 3;

/// Longer texts are compared by their beginnings and ends alone: the table of all pairs of
/// lines would be large.
const LINES_MAX: usize = 4_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line<'t> {
    Both(&'t str),
    Expected(&'t str),
    Found(&'t str),
}

/// Whether two values are the same, as far as JSON goes: languages write the number 3 as `3` or
/// as `3.0`.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_there = |(key, value): (&String, &Value)| other.get(key).is_some_and(|it| same(value, it));
            one.len() == other.len() && one.iter().all(is_there)
        }
        _ => one == other,
    }
}

/// Shows where two values differ: lines that were expected and did not come begin with `-`,
/// lines that came instead with `+`.
pub fn difference(expected: &Value, found: &Value) -> String {
    let (expected, found) = (format!("{expected:#}"), format!("{found:#}"));
    let lines = compared(&expected.lines().collect::<Vec<_>>(), &found.lines().collect::<Vec<_>>());
    let is_near = |i: usize| {
        let (from, to) = (i.saturating_sub(CONTEXT), (i + CONTEXT + 1).min(lines.len()));
        lines[from..to].iter().any(|line| !matches!(line, Line::Both(_)))
    };
    let (mut text, mut skipped) = (String::new(), false);
    for (i, line) in lines.iter().enumerate() {
        if !is_near(i) {
            skipped = true;
            continue;
        }
        if std::mem::take(&mut skipped) {
            text.push_str("  …\n");
        }
        let (sign, line) = match line {
            Line::Both(line) => (' ', line),
            Line::Expected(line) => ('-', line),
            Line::Found(line) => ('+', line),
        };
        text.push_str(&format!("{sign} {line}\n"));
    }
    text
}

fn compared<'t>(expected: &[&'t str], found: &[&'t str]) -> Vec<Line<'t>> {
    let begin = expected.iter().zip(found).take_while(|(one, other)| one == other).count();
    let (expected_rest, found_rest) = (&expected[begin..], &found[begin..]);
    let pairs = expected_rest.iter().rev().zip(found_rest.iter().rev());
    let end = pairs.take_while(|(one, other)| one == other).count();
    let (old, new) = (&expected_rest[..expected_rest.len() - end], &found_rest[..found_rest.len() - end]);
    let mut lines: Vec<Line<'t>> = expected[..begin].iter().map(|line| Line::Both(line)).collect();
    lines.extend(middle(old, new));
    lines.extend(expected_rest[expected_rest.len() - end..].iter().map(|line| Line::Both(line)));
    lines
}

/// The fewest lines to take out and put in, by the longest common subsequence.
fn middle<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    if old.len().max(new.len()) > LINES_MAX {
        let taken = old.iter().map(|line| Line::Expected(line));
        return taken.chain(new.iter().map(|line| Line::Found(line))).collect();
    }
    let width = new.len() + 1;
    let mut common = vec![0u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let (down, right) = (common[(i + 1) * width + j], common[i * width + j + 1]);
            common[i * width + j] =
                if old[i] == new[j] { common[(i + 1) * width + j + 1] + 1 } else { down.max(right) };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push(Line::Both(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]
        {
            lines.push(Line::Expected(old[i]));
            i += 1;
        } else {
            lines.push(Line::Found(new[j]));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_shown_with_what_is_around_it() {
        let expected = json!({"a": [1, 2, 3, 4, 5, 6, 7, 8], "b": "old"});
        let found = json!({"a": [1, 2, 3, 4, 5, 6, 7, 8], "b": "new", "c": null});
        let shown =
            "  …\n      7,\n      8\n    ],\n-   \"b\": \"old\"\n+   \"b\": \"new\",\n+   \"c\": null\n  }\n";
        assert_eq!(difference(&expected, &found), shown);
        assert_eq!(difference(&found, &found), "");
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        let one = json!({"n": [3, {"m": 0.5}], "t": "3"});
        assert!(same(&one, &json!({"t": "3", "n": [3.0, {"m": 0.5}]})));
        for other in [
            json!({"n": [3, {"m": 0.5}]}),
            json!({"n": [3, {"m": 0.6}], "t": "3"}),
            json!({"n": [3], "t": 3}),
        ] {
            assert!(!same(&one, &other), "{other}");
        }
    }

    #[test]
    fn lines_that_moved_are_found_again() {
        let (old, new) = (["a", "b", "c", "d"], ["b", "c", "x", "d"]);
        let lines = compared(&old, &new);
        let expected =
            [Line::Expected("a"), Line::Both("b"), Line::Both("c"), Line::Found("x"), Line::Both("d")];
        assert_eq!(lines, expected);
    }
}
