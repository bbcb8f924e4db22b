//! A report's text without its healthy resources, before anything parses it.
//!
//! Of ten thousand resources a run touches a few, and a report repeats twenty lines for
//! each of the others: parsing those takes most of the time, and nothing of them is
//! used. Puppet writes each resource as a block of lines of its own, so they can be told
//! apart without a parser. Whatever looks otherwise is kept, for the parser to judge.

/// The same text with the lines of healthy resources empty: what stands in the others,
/// and where, stays as it was.
pub(crate) fn without_healthy(yaml: &str) -> String {
    let mut lean = String::with_capacity(yaml.len() / 4);
    let mut lines = yaml.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        lean.push_str(line);
        if line.trim_end() != "resource_statuses:" {
            continue;
        }
        // Until the next key of the report itself.
        let mut block = Block::default();
        while let Some(line) = lines.next_if(|line| line.starts_with(' ') || line.trim().is_empty()) {
            if begins_resource(line) {
                block.end(&mut lean);
            }
            block.add(line);
        }
        block.end(&mut lean);
    }
    lean
}

/// `  File[/etc/motd]:`; the value of a key that is too long for its line begins with `  :`.
fn begins_resource(line: &str) -> bool {
    let rest = line.strip_prefix("  ").unwrap_or(" ");
    !rest.starts_with([' ', ':', '\n', '\r'])
}

/// The lines of one resource.
#[derive(Default)]
struct Block<'r> {
    lines: Vec<&'r str>,
    /// It says that it did not fail.
    healthy: bool,
    /// It says that something happened to it, or something elsewhere refers to it.
    noticed: bool,
}

impl<'r> Block<'r> {
    fn add(&mut self, line: &'r str) {
        match line.trim_end() {
            "    failed: false" => self.healthy = true,
            "    failed: true" | "    failed_to_restart: true" | "    corrective_change: true" => {
                self.noticed = true;
            }
            line => self.noticed |= line.contains(" &"),
        }
        self.lines.push(line);
    }

    fn end(&mut self, lean: &mut String) {
        for line in self.lines.drain(..) {
            lean.push_str(if self.healthy && !self.noticed { "\n" } else { line });
        }
        (self.healthy, self.noticed) = (false, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(name: &str, lines: &str) -> String {
        let lines: String = lines.split(", ").map(|line| format!("    {line}\n")).collect();
        format!("  {name}:\n    title: x\n{lines}    tags:\n    - file\n")
    }

    #[test]
    fn only_what_failed_was_changed_back_or_is_referred_to_is_kept_at_its_place() {
        let kept = [
            "failed: true",
            "failed: false, failed_to_restart: true",
            "failed: false, corrective_change: true",
            "failed: false, file: &1 /etc/motd",
            "changed: true",
        ];
        for lines in kept {
            let text = format!("resource_statuses:\n{}", resource("File[/a]", lines));
            assert_eq!(without_healthy(&text), text, "{lines}");
        }
        let healthy = resource("File[/a]", "failed: false, changed: true, corrective_change: false");
        let failed = resource("\"Exec[a: b]\"", "failed: true");
        let text = format!(
            "host: a\nresource_statuses:\n{healthy}{failed}{healthy}status: failed\nlogs:\n{healthy}"
        );
        let empty = "\n".repeat(healthy.lines().count());
        assert_eq!(
            without_healthy(&text),
            format!("host: a\nresource_statuses:\n{empty}{failed}{empty}status: failed\nlogs:\n{healthy}")
        );
    }

    #[test]
    fn a_key_too_long_for_its_line_and_texts_of_many_lines_stay_with_their_resource() {
        let long =
            "  ? File[/very/long]\n  : title: |-\n      first\n\n        failed: true\n    failed: false\n";
        let text = format!("resource_statuses:\n{long}  File[/b]:\n    failed: true\n");
        let empty = "\n".repeat(long.lines().count());
        assert_eq!(
            without_healthy(&text),
            format!("resource_statuses:\n{empty}  File[/b]:\n    failed: true\n")
        );
    }

    #[test]
    fn whatever_is_no_report_comes_back_as_it_is() {
        for text in ["", "\n", "hello", "resource_statuses:", "resource_statuses:\n x", "a: {b: 1}\r\n"] {
            assert_eq!(without_healthy(text), text);
        }
    }
}
