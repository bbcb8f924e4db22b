#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::*;

/// What was written, kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One record with these words in its message and in its fields, as it is logged.
fn logged(words: &str) -> String {
    let kept = Kept::default();
    let to = kept.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || Lines { to: to.clone(), coloured: false })
        .with_ansi(false)
        .without_time()
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        tracing::error!(shown = %words, debugged = ?words, "a plugin failed: {words}");
    });
    let bytes = kept.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_record_is_one_line_whatever_a_plugin_says() {
    let said = logged("no\r\nERROR forged\u{1b}[31m\0\u{202e}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(r"a plugin failed: no\r\nERROR forged"), "{said}");
}

fn words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "\r\n",
            "\n",
            "\r",
            "\0",
            "\u{1b}[2J",
            "\u{85}",
            "\u{2028}",
            "\u{202e}",
            "\u{b}",
            "\u{7f}"
        ])
        .prop_map(str::to_owned),
        "\\PC{0,20}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    #[test]
    fn no_words_end_a_line_or_turn_it_round(words in words()) {
        let shown = one_line(&format!("{words}\n"), false).into_owned();
        prop_assert_eq!(is_one_line(&shown), Ok(()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn nor_do_they_when_they_are_logged(words in words()) {
        prop_assert_eq!(is_one_line(&logged(&words)), Ok(()));
    }
}

fn is_one_line(record: &str) -> Result<(), String> {
    let line = record.strip_suffix('\n').ok_or("the line does not end")?;
    let harms = |c: char| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}');
    if line.contains(harms) { Err(format!("{line:?}")) } else { Ok(()) }
}
