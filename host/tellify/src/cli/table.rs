//! A table that fits: wide columns share what room there is, and those on the right,
//! which say least, give way when there is too little of it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::look::Look;

/// What stands in one place: one line of text, and its ANSI style.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) style: &'static str,
}

/// Between two columns.
const GAP: usize = 2;
/// A column that is cut is at least so wide, or it is left out.
const LEAST: usize = 8;
/// So wide is the one that people read, before others are left out, and so wide are they.
const MAIN: usize = 24;
const OTHERS: usize = 16;

/// The table's lines. `whole` says of each column that it is worth nothing when it is
/// cut; `read` is the one that people read, if it says anything, else that is the widest.
pub(super) fn lines(
    headings: &[String],
    whole: &[bool],
    read: Option<usize>,
    rows: &[Vec<Cell>],
    look: &Look,
) -> Vec<String> {
    let read = read.filter(|column| rows.iter().any(|row| !row[*column].text.is_empty()));
    let natural: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| {
            let cells = rows.iter().map(|row| row[column].text.width());
            cells.chain([heading.width()]).max().unwrap_or(0)
        })
        .collect();
    let widths = match look.window {
        Some(window) => fit(&natural, whole, read, window.width),
        None => natural.iter().copied().map(Some).collect(),
    };
    let heading = |text: &String| Cell { text: text.clone(), style: "1" };
    let first: Vec<Cell> = headings.iter().map(heading).collect();
    std::iter::once(&first).chain(rows).map(|row| line(row, &widths, look)).collect()
}

fn line(row: &[Cell], widths: &[Option<usize>], look: &Look) -> String {
    let mut line = String::new();
    // Spaces are written before the next text, so that none are left at the end.
    let mut owed = 0;
    for (cell, width) in row.iter().zip(widths) {
        let Some(width) = *width else { continue };
        let text = cut(&cell.text, width);
        if !text.is_empty() {
            line.push_str(&" ".repeat(owed));
            line.push_str(&look.paint(cell.style, &text));
            owed = 0;
        }
        owed += width - text.width() + GAP;
    }
    line
}

/// The width of each column, so that all fit; none for one that has to go. The one that
/// people read gets what the others leave.
fn fit(natural: &[usize], whole: &[bool], read: Option<usize>, room: usize) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> = natural.iter().copied().map(Some).collect();
    let shared = |widths: &[Option<usize>]| -> Vec<usize> {
        (0..widths.len()).filter(|column| !whole[*column] && widths[*column].is_some()).collect()
    };
    while total(&widths) > room {
        let mut others = shared(&widths);
        let widest = || others.iter().copied().max_by_key(|column| natural[*column]);
        let Some(main) = read.filter(|column| others.contains(column)).or_else(widest) else {
            return squeezed(widths, room);
        };
        others.retain(|column| *column != main);
        let taken: usize = others.iter().map(|column| natural[*column]).sum();
        let left = (room + natural[main] + taken).checked_sub(total(&widths));
        let least = if others.is_empty() { LEAST } else { MAIN }.min(natural[main]);
        let capped = |cap: usize| others.iter().map(|column| natural[*column].min(cap)).sum::<usize>();
        match left.and_then(|left| left.checked_sub(capped(OTHERS))) {
            Some(rest) if rest >= least => {
                let left = rest + capped(OTHERS);
                widths[main] = Some(natural[main].min(rest));
                let cap = (OTHERS..=left).rev().find(|cap| capped(*cap) + natural[main].min(rest) <= left);
                for column in &others {
                    widths[*column] = Some(natural[*column].min(cap.unwrap_or(OTHERS)));
                }
                return widths;
            }
            _ => widths[others.last().copied().unwrap_or(main)] = None,
        }
    }
    widths
}

fn total(widths: &[Option<usize>]) -> usize {
    widths.iter().flatten().map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
}

/// Columns that nobody wants to see cut, in a window that is too small for them: those
/// on the right go, and the first one is cut.
fn squeezed(mut widths: Vec<Option<usize>>, room: usize) -> Vec<Option<usize>> {
    let mut left = room;
    for width in &mut widths {
        let Some(wanted) = *width else { continue };
        *width = match left {
            0 => None,
            _ if wanted <= left || left == room => Some(wanted.min(left)),
            _ => None,
        };
        left = width.map_or(0, |taken| left.saturating_sub(taken + GAP));
    }
    widths
}

/// The text, or its beginning with an ellipsis, in at most `width` columns.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut taken = 0;
    for c in text.chars() {
        taken += c.width().unwrap_or(0);
        if taken + 1 > width {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    if width > 0 {
        kept.push('…');
    }
    kept
}

/// The text in lines of at most `width` columns, broken between words where it can be.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(LEAST);
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        while rest.width() > width {
            let (head, tail) = rest.split_at(break_at(rest, width));
            lines.push(head.trim_end().to_owned());
            rest = tail.trim_start();
        }
        lines.push(rest.to_owned());
    }
    lines
}

/// Where a line is broken: behind the last space that fits, else where the room ends.
fn break_at(line: &str, width: usize) -> usize {
    let mut taken = 0;
    let mut space = None;
    for (at, c) in line.char_indices() {
        taken += c.width().unwrap_or(0);
        if taken > width {
            // At least one character, so that there is an end.
            return space.unwrap_or(at.max(line.chars().next().map_or(1, char::len_utf8)));
        }
        if c == ' ' && at > 0 {
            space = Some(at + 1);
        }
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use event::Timestamp;

    use super::super::look::Window;
    use super::*;

    fn table(width: Option<usize>, rows: &[&[&str]]) -> String {
        let now = Timestamp(0);
        let window = width.map(|width| Window { width, height: 24, now });
        let look = Look { window, colours: false };
        let headings = ["SEQ", "TYPE", "SUBJECT", "TEXT"].map(str::to_owned);
        let cell = |text: &&str| Cell { text: (*text).to_owned(), style: "" };
        let rows: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        lines(&headings, &[true, false, false, false], None, &rows, &look).join("\n")
    }

    const ROWS: &[&[&str]] = &[
        &["1", "deploy", "shop", "the shop is now at commit e8e5e4, and everybody is happy with it"],
        &["12", "disk.usage.of.a.long.name", "", "日本語のテキストはとても幅が広いです"],
    ];

    #[test]
    fn a_table_is_as_wide_as_there_is_room() {
        let tables = [None, Some(80), Some(50), Some(28), Some(16), Some(7), Some(2)]
            .map(|width| (width, table(width, ROWS)));
        for (width, text) in &tables {
            for line in text.lines() {
                assert!(line.width() <= width.unwrap_or(usize::MAX), "{width:?}: {line}");
                assert_eq!(line.trim_end(), line, "nothing is left at the end");
            }
        }
        let whole = &tables[0].1;
        assert!(whole.contains("happy with it") && whole.contains("広いです"), "{whole}");
        let expected = "\
SEQ  TYPE              TEXT
1    deploy            the shop is now at commi…
12   disk.usage.of.a…  日本語のテキストはとても…";
        assert_eq!(table(Some(48), ROWS), expected);
        assert_eq!(tables[4].1, "SEQ  TEXT\n1    the shop i…\n12   日本語のテ…");
        assert_eq!(tables[6].1, "S…\n1\n12");
    }

    #[test]
    fn a_text_is_cut_and_broken_by_what_it_takes_on_the_screen() {
        for (text, width, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("ab cd", 4, "ab…"),
            ("日本語", 4, "日…"),
            ("日本語", 5, "日本…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(cut(text, width), expected, "{text} in {width}");
        }
        for (text, width, expected) in [
            ("one two three four", 10, &["one two", "three four"][..]),
            ("a\n\nb", 10, &["a", "", "b"]),
            ("abcdefghijklmnop", 8, &["abcdefgh", "ijklmnop"]),
            ("日本語日本語", 8, &["日本語日", "本語"]),
        ] {
            assert_eq!(wrapped(text, width), expected, "{text} in {width}");
        }
    }
}
