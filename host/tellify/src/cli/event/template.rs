//! What the editor shows, and what it meant when it comes back.

use event::{Effect, Origin, Severity};
use serde_json::Value;

use super::compose::{self, Envelope};

/// Marks a line that says what was wrong, so that the next round takes it away again.
const WRONG: &str = "#! ";

/// A mistake, and the line that it is in, from 1.
#[derive(Debug, PartialEq)]
pub(super) struct Mistake {
    pub(super) line: usize,
    pub(super) message: String,
}

/// A template with what is known already.
pub(super) fn blank(envelope: &Envelope, text: &str) -> String {
    let text_of = |value: &Option<String>| value.clone().unwrap_or_default();
    let data: Vec<String> = envelope.data.iter().flatten().map(|(key, value)| pair(key, value)).collect();
    let time = envelope.time.map(|time| time.to_string()).unwrap_or_default();
    let words = |all: &mut dyn Iterator<Item = &'static str>| all.collect::<Vec<_>>().join(", ");
    let fields = [
        ("type", text_of(&envelope.kind), "such as deploy or disk.usage".to_owned()),
        ("subject", text_of(&envelope.subject), "what it happened to".to_owned()),
        ("severity", text_of(&envelope.severity), words(&mut Severity::ALL.iter().map(|word| word.as_str()))),
        ("tags", envelope.tags.join(", "), "separated by commas".to_owned()),
        ("data", data.join(" "), "such as percent=93.5 host=\"web 1\"".to_owned()),
        ("time", time, "RFC 3339, or such as 5m ago; nothing for now".to_owned()),
        ("source", text_of(&envelope.source), "nothing for the token's name".to_owned()),
        ("effect", text_of(&envelope.effect), words(&mut Effect::ALL.iter().map(|word| word.as_str()))),
        ("origin", text_of(&envelope.origin), words(&mut Origin::ALL.iter().map(|word| word.as_str()))),
        ("id", text_of(&envelope.id), "sent twice under one id, it is still one event".to_owned()),
    ];
    let mut template = String::from(
        "# What happened? Fill in what you know, and write the text below the empty line.\n\
         # Lines that begin with # are left out. Save and leave the editor to send;\n\
         # without a text and without any field, nothing is sent.\n",
    );
    for (key, value, meaning) in fields {
        template.push_str(&format!(
            "# {key}: {meaning}\n{key}:{}{value}\n",
            if value.is_empty() { "" } else { " " }
        ));
    }
    template.push_str(&format!("\n{text}\n"));
    template
}

/// The event that a template describes, and its text.
///
/// # Errors
/// At the first line that cannot be understood.
pub(super) fn read(template: &str) -> Result<(Envelope, String), Mistake> {
    let mut lines = template
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim_end()))
        .filter(|(_, line)| !line.starts_with('#'));
    let mut envelope = Envelope::default();
    for (number, line) in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        field(&mut envelope, line).map_err(|message| Mistake { line: number, message })?;
    }
    let text: Vec<&str> = lines.map(|(_, line)| line).collect();
    Ok((envelope, text.join("\n").trim_matches('\n').to_owned()))
}

/// The template with what was wrong with it, for the next round.
pub(super) fn marked(template: &str, mistake: &Mistake) -> String {
    let mut lines: Vec<String> = template.lines().map(str::to_owned).collect();
    let at = mistake.line.min(lines.len() + 1) - 1;
    lines.insert(at, format!("{WRONG}{}", mistake.message));
    lines.join("\n") + "\n"
}

/// The template without such marks.
pub(super) fn unmarked(template: &str) -> String {
    template.lines().filter(|line| !line.starts_with(WRONG)).map(|line| format!("{line}\n")).collect()
}

fn field(envelope: &mut Envelope, line: &str) -> Result<(), String> {
    const KEYS: [&str; 10] =
        ["type", "subject", "severity", "tags", "data", "time", "source", "effect", "origin", "id"];
    let (key, value) =
        line.split_once(':').ok_or("a field is `key: value`; the text begins below the first empty line")?;
    let value = value.trim();
    let given = (!value.is_empty()).then(|| value.to_owned());
    match key.trim() {
        "type" => envelope.kind = given,
        "subject" => envelope.subject = given,
        "severity" => envelope.severity = word::<Severity>(given)?,
        "tags" => {
            let tags = value.split(',').map(str::trim).filter(|tag| !tag.is_empty());
            envelope.tags = tags.map(str::to_owned).collect();
        }
        "data" => envelope.data = data(value)?,
        "time" => envelope.time = given.as_deref().map(compose::time).transpose()?,
        "source" => envelope.source = given,
        "effect" => envelope.effect = word::<Effect>(given)?,
        "origin" => envelope.origin = word::<Origin>(given)?,
        "id" => envelope.id = given,
        other => {
            let known = KEYS.map(str::to_owned);
            let nearest = settings::nearest(other, &known).unwrap_or_default();
            return Err(format!("an event has no field `{other}`; the nearest one is `{nearest}`"));
        }
    }
    Ok(())
}

fn word<W: std::str::FromStr<Err = event::UnknownWord>>(
    given: Option<String>,
) -> Result<Option<String>, String> {
    match given.as_deref().map(str::parse::<W>) {
        Some(Err(error)) => Err(error.to_string()),
        _ => Ok(given),
    }
}

/// Fields as structured text has them, or a JSON object.
fn data(value: &str) -> Result<Vec<compose::Data>, String> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    if value.starts_with('{') {
        return compose::data(value).map(|data| vec![data]);
    }
    let found = ingest::fields(value, usize::MAX);
    if found.is_empty() {
        return Err("data is written as key=value key=\"some words\", or as a JSON object".to_owned());
    }
    Ok(vec![found])
}

/// A field as structured text would have it; what cannot be written so stays JSON.
fn pair(key: &str, value: &Value) -> String {
    match value {
        Value::String(text) if !text.contains(char::is_whitespace) && !text.contains('"') => {
            format!("{key}={text}")
        }
        other => format!("{key}={other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Envelope {
        Envelope {
            kind: Some("deploy".into()),
            severity: Some("notice".into()),
            tags: vec!["web".into(), "prod".into()],
            data: vec![
                compose::data("commit=e8e5e4").expect("data"),
                compose::data("why=so it is").expect("data"),
            ],
            time: Some(event::Timestamp(0)),
            ..Envelope::default()
        }
    }

    #[test]
    fn what_was_known_is_read_back_as_it_was() {
        let text = "# no\nfirst\n\n  second: line";
        let (envelope, text) = read(&blank(&known(), text)).expect("it is its own");
        assert_eq!(envelope.event(&text), known().event("first\n\n  second: line"));
    }

    #[test]
    fn an_untouched_template_says_nothing() {
        let (envelope, text) = read(&blank(&Envelope::default(), "")).expect("it is its own");
        assert_eq!((envelope, text.as_str()), (Envelope::default(), ""));
    }

    #[test]
    fn a_mistake_is_told_in_its_line_and_marked_there_for_one_round() {
        let table = [
            ("# x\ntpye: a\n\n", 2, "an event has no field `tpye`; the nearest one is `type`"),
            (
                "severity: bad\n",
                1,
                "`bad` is no severity: use one of debug, info, notice, warning, error, critical",
            ),
            ("just a text\n", 1, "a field is `key: value`; the text begins below the first empty line"),
            (
                "type: x\ndata: what\n",
                2,
                "data is written as key=value key=\"some words\", or as a JSON object",
            ),
        ];
        for (template, line, message) in table {
            let mistake = read(template).expect_err("it is wrong");
            assert_eq!(mistake, Mistake { line, message: message.to_owned() }, "for {template}");
            let marked = marked(template, &mistake);
            assert!(marked.lines().nth(line - 1).is_some_and(|line| line.starts_with("#! ")), "{marked}");
            assert_eq!(unmarked(&marked).trim_end(), template.trim_end());
        }
        assert_eq!(read("\nonly: a text\n").map(|(_, text)| text), Ok("only: a text".to_owned()));
    }
}
