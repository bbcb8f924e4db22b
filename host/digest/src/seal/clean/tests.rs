#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::{MARKUP_TAGS_MAX, is_bounded, markup};

/// What plugins might try, one a line; the first word says what it is meant to do.
const CORPUS: &str = include_str!("corpus.txt");

const TAGS: [&str; 18] = [
    "a", "b", "br", "code", "em", "i", "li", "ol", "p", "pre", "strong", "table", "tbody", "td", "th",
    "thead", "tr", "ul",
];

const REL: &str = r#" rel="noopener noreferrer nofollow""#;

/// Reads sanitised markup as no browser does: whatever is not exactly one of our tags,
/// with exactly our attributes, is wrong. So nothing depends on how a client parses.
fn judge(html: &str) -> Result<(), String> {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (tag, behind) = rest[at + 1..].split_once('>').ok_or("a tag does not end")?;
        let name = tag.strip_prefix('/').unwrap_or(tag);
        let (name, attributes) = name.split_at(name.find(' ').unwrap_or(name.len()));
        if !TAGS.contains(&name) {
            return Err(format!("<{tag}>"));
        }
        if !attributes.is_empty() {
            link(name, attributes)?;
        }
        rest = behind;
    }
    Ok(())
}

fn link(name: &str, attributes: &str) -> Result<(), String> {
    let wrong = || format!("<{name}{attributes}>");
    let without_rel = attributes.replacen(REL, "", 1);
    if name != "a" || without_rel.len() == attributes.len() {
        return Err(wrong());
    }
    if without_rel.is_empty() {
        return Ok(());
    }
    let href =
        without_rel.strip_prefix(" href=\"").and_then(|rest| rest.strip_suffix('"')).ok_or_else(wrong)?;
    let scheme = href.trim_start().to_ascii_lowercase();
    let is_known = ["http:", "https:", "mailto:"].iter().any(|known| scheme.starts_with(known));
    if is_known && !href.contains('"') { Ok(()) } else { Err(wrong()) }
}

fn payloads() -> Vec<&'static str> {
    CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).collect()
}

fn check(html: &str) -> Result<(), String> {
    let once = markup(html);
    judge(&once).map_err(|what| format!("{what} in {once:?} of {html:?}"))?;
    let twice = markup(&once);
    if once == twice { Ok(()) } else { Err(format!("{once:?} becomes {twice:?}, of {html:?}")) }
}

#[test]
fn nothing_of_the_corpus_runs_loads_hides_or_imitates() {
    let payloads = payloads();
    let wrong: Vec<String> = payloads.iter().filter_map(|payload| check(payload).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("markup: {} payloads", payloads.len());
    assert!(payloads.len() >= 80);
}

/// The control: the judge sees what the sanitiser takes away.
#[test]
fn the_judge_sees_what_is_wrong() {
    let seen = payloads().iter().filter(|payload| judge(payload).is_err()).count();
    assert!(seen * 10 >= payloads().len() * 9, "{seen} of {}", payloads().len());
    assert!(judge("<p>a<br>b</p>").is_ok());
}

#[test]
fn what_is_meant_well_stays() {
    let html = r#"<p>3 at <b>disk</b></p><table><tbody><tr><td><a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer nofollow">x</a></td></tr></tbody></table>"#;
    assert_eq!(markup(html), html);
}

/// Tags that are never closed cost most, and only so many are looked at.
#[test]
fn markup_that_takes_long_to_read_is_not_looked_at() {
    let half = MARKUP_TAGS_MAX / 2;
    let worst = [("<b>", "<p>"), ("<a>", "<table>"), ("<i>", "</p>"), ("<li>", "<svg>"), ("<table>", "<b>")];
    for (many, then) in worst {
        let html = many.repeat(half) + &then.repeat(half);
        assert!(is_bounded(&html) && judge(&markup(&html)).is_ok(), "{many} {then}");
        assert!(!is_bounded(&(html + "<b>")), "{many} {then}");
    }
    assert!(!is_bounded(&"x".repeat(1 << 20)));
}

/// Pieces of what plugins might try, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let payloads = payloads();
    let tags = prop::sample::select(vec![
        "<svg>",
        "</svg>",
        "<math>",
        "</math>",
        "<mtext>",
        "<mglyph>",
        "<style>",
        "</style>",
        "<template>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<p>",
        "</p>",
        "<a href=",
        "\"",
        "'",
        ">",
        "<",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "&lt;",
        "&#x3c;",
        "&#0;",
        "<noscript>",
        "<select>",
        "<option>",
        "<form>",
        "<foreignObject>",
        "<annotation-xml>",
        "<title>",
        "</title>",
        "<textarea>",
        "<xmp>",
        "<iframe>",
        "<plaintext>",
        "<b>",
        "<i>",
        "</b>",
        "<li>",
        "<ul>",
        "javascript:alert(1)",
        "https://x",
        "onerror=alert(1)",
        "style=position:fixed",
        "\0",
        "\u{2028}",
    ]);
    let piece = prop_oneof![
        4 => tags.prop_map(str::to_owned),
        1 => prop::sample::select(payloads).prop_map(str::to_owned),
        1 => "\\PC{0,10}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn nothing_in_any_order_does_either(html in pieces()) {
        prop_assert_eq!(check(&html), Ok(()));
    }
}

/// `TELLIFY_HTML`, or what every run of the tests has time for.
fn cases() -> u32 {
    std::env::var("TELLIFY_HTML").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
}
