//! Checks on Rust source, by plain text: no parser, so that it stays quick and short.

use super::Offence;

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

/// What no code may call, and why.
const BANNED: [(&str, &str); 7] = [
    (concat!("to", "do!"), "is not finished"),
    (concat!("unimple", "mented!"), "is not finished"),
    ("dbg!", "is left from looking for a mistake"),
    ("SystemTime::now", "reads the wall clock: take `now`, or the `Clock`"),
    ("Instant::now", "reads a clock: take `now`, or the `Clock`"),
    ("Timestamp::now", "reads the wall clock: take `now`, or the `Clock`"),
    ("Utc::now", "reads the wall clock: take `now`, or the `Clock`"),
];

/// Files that may read a clock, and why.
const CLOCKS: [(&str, &str); 4] = [
    ("host/tellify/src/clock.rs", "the one clock of the daemon, behind `event::Clock`"),
    ("host/meter/src/durations.rs", "measures how long work took, which decides nothing"),
    ("host/plugins/src/meter.rs", "bounds what a call may take, which no plugin ever sees"),
    ("host/testkit/src/clock.rs", "stands in for the clock"),
];

/// Files and functions that may be longer, and why.
const LONGER: [(&str, &str); 0] = [];

/// A source file, with a copy in which comments, strings and tests are blank.
pub(super) struct Source<'t> {
    name: &'t str,
    text: &'t str,
    code: String,
}

impl<'t> Source<'t> {
    pub(super) fn new(name: &'t str, text: &'t str) -> Source<'t> {
        Source { name, text, code: without_tests(blank(text)) }
    }

    /// Tests and benches may be as long as their tables, and may take the time.
    fn is_test(&self) -> bool {
        super::files::is_test(self.name)
    }
}

pub(super) fn offences(source: &Source<'_>) -> Vec<Offence> {
    let mut offences = Vec::new();
    offences.extend(undocumented(source));
    offences.extend(banned(source));
    if !source.is_test() {
        offences.extend(too_long(source));
        offences.extend(long_functions(source));
    }
    offences
}

fn undocumented(source: &Source<'_>) -> Option<Offence> {
    let root = ["src/lib.rs", "src/main.rs"].iter().any(|end| source.name.ends_with(end));
    (root && !source.text.starts_with("//!"))
        .then(|| Offence::new(source.name, 1, "a crate says first, in a `//!` line, what its one job is"))
}

fn banned(source: &Source<'_>) -> Vec<Offence> {
    let clock_allowed = source.is_test() || CLOCKS.iter().any(|(name, _)| *name == source.name);
    let mut offences = Vec::new();
    for (line, code) in source.code.lines().enumerate() {
        for (call, why) in BANNED {
            let found = code.match_indices(call).any(|(at, _)| !follows_word(code, at));
            if found && !(clock_allowed && call.ends_with("now")) {
                offences.push(Offence::new(source.name, line + 1, format!("`{call}` {why}")));
            }
        }
    }
    offences
}

fn too_long(source: &Source<'_>) -> Option<Offence> {
    let lines = source.code.trim_end().lines().count();
    (lines > FILE_LINES_MAX && !may_be_longer(source.name)).then(|| {
        Offence::new(
            source.name,
            FILE_LINES_MAX + 1,
            format!("{lines} lines: a file has at most {FILE_LINES_MAX}"),
        )
    })
}

fn long_functions(source: &Source<'_>) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (at, _) in source.code.match_indices("fn ") {
        if follows_word(&source.code, at) {
            continue;
        }
        let Some((name, body)) = function(&source.code[at + 3..]) else { continue };
        let lines = body.lines().count();
        if lines > FUNCTION_LINES_MAX && !may_be_longer(&format!("{}::{name}", source.name)) {
            let line = source.code[..at].matches('\n').count() + 1;
            let sentence = format!("`{name}` has {lines} lines: a function has at most {FUNCTION_LINES_MAX}");
            offences.push(Offence::new(source.name, line, sentence));
        }
    }
    offences
}

fn may_be_longer(name: &str) -> bool {
    LONGER.iter().any(|(longer, _)| *longer == name)
}

/// The name of a function and its text up to the closing brace; none for a function
/// without a body, or a type such as `fn (u8)`.
fn function(code: &str) -> Option<(&str, &str)> {
    let name =
        code.split(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|name| !name.is_empty())?;
    let mut brackets = 0;
    let open = code.char_indices().find_map(|(at, c)| {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            '{' | ';' if brackets == 0 => return Some((at, c)),
            _ => {}
        }
        None
    });
    let (open, '{') = open? else { return None };
    Some((name, &code[..open + block(&code[open..])]))
}

/// The length of a block, from its opening brace to behind the closing one.
fn block(code: &str) -> usize {
    let mut depth = 0;
    let end = code.char_indices().find(|(_, c)| {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth == 0
    });
    end.map_or(code.len(), |(at, _)| at + 1)
}

fn follows_word(code: &str, at: usize) -> bool {
    code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// The code with its test modules blank.
fn without_tests(mut code: String) -> String {
    let mut from = 0;
    while let Some(at) = code[from..].find("#[cfg(test)]").map(|at| at + from) {
        let Some(open) = code[at..].find(['{', ';']).map(|open| open + at) else { break };
        let end = if code[open..].starts_with('{') { open + block(&code[open..]) } else { open };
        let lines = blank_of(&code[at..end]);
        code.replace_range(at..end, &lines);
        from = at + lines.len();
    }
    code
}

/// The source with comments, strings and characters blank, and its lines kept.
fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word_before = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let length = opaque(rest, word_before);
        match length {
            Some(length) => code.push_str(&blank_of(&rest[..length])),
            None => code.push(c),
        }
        rest = &rest[length.unwrap_or(c.len_utf8())..];
    }
    code
}

fn blank_of(text: &str) -> String {
    text.chars().filter(|c| *c == '\n').collect()
}

/// The length of the comment, string or character that the text begins with.
fn opaque(text: &str, word_before: bool) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(comment(text));
    }
    if !word_before && let Some(hashes) = raw_string(text) {
        let close = format!("\"{}", "#".repeat(hashes));
        let open = text.find('"')? + 1;
        return Some(text[open..].find(&close).map_or(text.len(), |end| open + end + close.len()));
    }
    match text.as_bytes() {
        [b'"', ..] => Some(1 + quoted(&text[1..], '"')),
        [b'\'', b'\\', ..] => Some(1 + quoted(&text[1..], '\'')),
        [b'\'', ..] => {
            // Without a closing quote it is a lifetime.
            let mut chars = text.char_indices().skip(2);
            chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
        }
        _ => None,
    }
}

/// The number of hashes when the text begins with a raw string.
fn raw_string(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let open = rest.trim_start_matches('#');
    open.starts_with('"').then(|| rest.len() - open.len())
}

/// The length up to and with the closing quote.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    let end = text.char_indices().find(|(_, c)| {
        let closes = !escaped && *c == quote;
        escaped = !escaped && *c == '\\';
        closes
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// The length of a block comment, which may hold others.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(name: &str, text: &str) -> Vec<String> {
        offences(&Source::new(name, text)).iter().map(ToString::to_string).collect()
    }

    fn function_of(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    #[test]
    fn what_stands_in_text_or_comments_is_no_offence() {
        let text = "// todo!\nconst A: &str = \"dbg!(\\\" todo!\";\nconst B: &str = r#\"todo! \" {\"#;\n\
                    /* /* todo! */ dbg! */\nfn a<'a>(c: char, d: &'a str) { c == '{'; c == '\\''; }\n";
        assert_eq!(sentences("host/x/src/a.rs", text), [] as [&str; 0]);
    }

    #[test]
    fn unfinished_code_and_clocks_are_found_where_they_stand() {
        let text = "fn a() {\n    todo!()\n}\nfn b() { Instant::now() }\n";
        let found = sentences("host/x/src/a.rs", text);
        assert_eq!(found.len(), 2);
        assert!(found[0].starts_with("host/x/src/a.rs:2: `todo!`"), "{found:?}");
        assert!(found[1].starts_with("host/x/src/a.rs:4: `Instant::now`"), "{found:?}");
        assert_eq!(sentences("host/x/tests/a.rs", "fn b() { Instant::now() }").len(), 0);
    }

    #[test]
    fn a_function_may_have_seventy_lines_and_no_more() {
        assert_eq!(sentences("host/x/src/a.rs", &function_of(70)).len(), 0);
        let found = sentences("host/x/src/a.rs", &format!("\n\n{}", function_of(71)));
        assert_eq!(found, ["host/x/src/a.rs:3: `long` has 71 lines: a function has at most 70"]);
    }

    #[test]
    fn a_file_may_have_five_hundred_lines_besides_its_tests() {
        let code = "const A: u8 = 1;\n".repeat(500);
        let tests = "#[cfg(test)]\nmod tests {\n    fn a() {}\n}\n";
        assert_eq!(sentences("host/x/src/a.rs", &(code.clone() + tests)).len(), 0);
        assert_eq!(sentences("host/x/src/a.rs", &(code + "const B: u8 = 1;\n")).len(), 1);
    }

    #[test]
    fn a_crate_begins_with_its_job() {
        assert_eq!(sentences("host/x/src/lib.rs", "mod a;\n").len(), 1);
        assert_eq!(sentences("host/x/src/lib.rs", "//! Its job.\n").len(), 0);
    }
}
