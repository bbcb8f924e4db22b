//! What others wrote, made safe to stand in a message.

use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

/// One line: every control or invisible character is a space, runs of spaces are one.
/// Longer texts end in `...`, which a phone can show without a larger alphabet.
pub(super) fn one_line(text: &str, chars_max: usize) -> String {
    // Far more than ever fits is not looked at: titles may be as long as plugins make them.
    let head: String = text.chars().take(chars_max * 4).map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    let line = head.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= chars_max {
        return line;
    }
    let kept: String = line.chars().take(chars_max.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

/// Several lines of plain text, from a plugin; cut at a line's end when it is too long.
pub(super) fn lines(text: &str, chars_max: usize) -> String {
    let text: String =
        text.replace("\r\n", "\n").chars().filter(|&c| c == '\n' || c == '\t' || !is_hidden(c)).collect();
    let text = text.trim_matches('\n');
    let Some((cut, _)) = text.char_indices().nth(chars_max) else {
        return text.to_owned();
    };
    let end = text[..cut].rfind('\n').unwrap_or(cut);
    format!("{}\n[cut here: it goes on]", &text[..end])
}

/// Longest markup that is taken from a plugin, in bytes: mail clients cut a message at 100 KB.
const MARKUP_BYTES_MAX: usize = 64 << 10;

/// Most tags in it. What a browser does with tags that were never closed takes time by the
/// square of their number, and this is done outside of every limit of a call.
const MARKUP_TAGS_MAX: usize = 4_000;

/// Whether markup is small enough to be looked at.
pub(super) fn is_bounded(html: &str) -> bool {
    html.len() <= MARKUP_BYTES_MAX && html.bytes().filter(|byte| *byte == b'<').count() <= MARKUP_TAGS_MAX
}

/// What is read in another way each time again, however often, is not worth its tags.
const ROUNDS_MAX: usize = 4;

/// Markup without anything that loads, runs, hides or imitates: text structure and links.
pub(super) fn markup(html: &str) -> String {
    static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
        let mut builder = Builder::empty();
        builder
            .tags(
                [
                    "a", "b", "br", "code", "em", "i", "li", "ol", "p", "pre", "strong", "table", "tbody",
                    "td", "th", "thead", "tr", "ul",
                ]
                .into(),
            )
            .clean_content_tags(["script", "style", "title"].into())
            .tag_attributes([("a", ["href"].into())].into())
            // A title is text that is not seen, and shows where nobody looks for it.
            .generic_attributes([].into())
            .url_schemes(["http", "https", "mailto"].into())
            .url_relative(UrlRelative::Deny)
            .link_rel(Some("noopener noreferrer nofollow"));
        builder
    });
    // Where tags between others are taken away, those left may be read in another way: what
    // is sent must be what was judged.
    let mut clean = SANITISER.clean(html).to_string();
    for _ in 0..ROUNDS_MAX {
        let again = SANITISER.clean(&clean).to_string();
        if again == clean {
            return clean;
        }
        clean = again;
    }
    Builder::empty().clean(&clean).to_string()
}

/// Controls, line and paragraph separators, what turns the direction of writing, and
/// what is not seen at all. The joiners stay: some scripts need them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}'
                | '\u{061C}'
                | '\u{200B}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
        )
}

#[cfg(test)]
mod tests;
