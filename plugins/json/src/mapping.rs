//! A mapping that was checked, and what it makes of a payload.

use std::collections::BTreeMap;

use tellify_plugin::serde_json::{self, Map};
use tellify_plugin::{NewEvent, Problem, Rejection, Request, Template, Timestamp, Value, json};

use crate::config::{Config, Data, Mapped, Text, When};
use crate::path::{Ground, Path, kind};

pub(crate) struct Mapping<'c> {
    config: &'c Config,
    each: Option<Path>,
    drop: Vec<(Path, &'c When)>,
    texts: BTreeMap<String, Field<'c>>,
}

/// A text, ready to be filled in.
struct Field<'c> {
    template: Template,
    mapped: Option<&'c Mapped>,
}

/// What stands between braces: a path, and what stands for it when there is nothing.
struct Hole<'t> {
    path: Path,
    /// `{a.b}` has none, `{a.b?}` an empty one, `{a.b?text}` the text.
    fallback: Option<&'t str>,
}

impl<'c> Mapping<'c> {
    /// # Errors
    /// With all that is wrong, each with its place.
    pub(crate) fn of(config: &'c Config) -> Result<Mapping<'c>, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut path = |text: &str, pointer: String| {
            Path::parse(text).map_err(|why| problems.push(Problem::at(pointer, why))).ok()
        };
        let each = config.each.as_ref().and_then(|text| path(text, "/each".to_owned()));
        let mut drop = Vec::new();
        for (i, when) in config.drop.iter().enumerate() {
            drop.extend(path(&when.path, format!("/drop/{i}/path")).map(|path| (path, when)));
        }
        for (i, when) in config.drop.iter().enumerate() {
            let given = [when.is.is_some(), when.is_not.is_some(), when.present.is_some()];
            if given.iter().filter(|given| **given).count() != 1 {
                let message = "give one of `is`, `is_not` and `present`";
                problems.push(Problem::at(format!("/drop/{i}"), message));
            }
        }
        let mut texts = BTreeMap::new();
        for (pointer, text) in all_texts(config) {
            let field = Field::of(text).map_err(|why| problems.push(Problem::at(text.place(&pointer), why)));
            texts.extend(field.ok().map(|field| (pointer, field)));
        }
        if problems.is_empty() { Ok(Mapping { config, each, drop, texts }) } else { Err(problems) }
    }

    /// The events of a payload; none when all of it is dropped.
    pub(crate) fn events(&self, request: &Request, payload: &Value) -> Result<Vec<NewEvent>, Rejection> {
        let whole = Ground { request, payload, element: payload };
        let Some(path) = &self.each else {
            return Ok(self.event(whole).map_err(unfit)?.into_iter().collect());
        };
        let list = path.find(whole).map_err(|why| unfit(format!("`each` {why}")))?;
        let Value::Array(elements) = &*list else {
            return Err(unfit(format!("`each` looks for a list, and finds {}", kind(&list))));
        };
        let mut events = Vec::with_capacity(elements.len());
        for (i, element) in elements.iter().enumerate() {
            let ground = Ground { request, payload, element };
            events.extend(self.event(ground).map_err(|why| unfit(format!("in element {i}, {why}")))?);
        }
        Ok(events)
    }

    fn event(&self, ground: Ground<'_>) -> Result<Option<NewEvent>, String> {
        if self.drop.iter().any(|(path, when)| holds(when, path.find(ground).ok().as_deref())) {
            return Ok(None);
        }
        let kind = self.text("type", ground)?.ok_or("`type` comes out empty")?;
        let mut event = NewEvent::new(kind).data(self.data(ground)?);
        event.source = self.text("source", ground)?;
        event.subject = self.text("subject", ground)?;
        event.time = self.text("time", ground)?.map(|text| time(&text)).transpose()?;
        event.severity = self.word("severity", ground)?;
        event.effect = self.word("effect", ground)?;
        event.origin = self.word("origin", ground)?;
        event.text = self.text("text", ground)?.unwrap_or_default().trim_end().to_owned();
        event.dedupe_key = self.text("id", ground)?;
        for i in 0..self.config.tags.len() {
            event.tags.extend(self.text(&format!("tags/{i}"), ground)?);
        }
        Ok(Some(event))
    }

    /// The part of the event that the mapping names so; none when it comes out empty.
    fn text(&self, name: &str, ground: Ground<'_>) -> Result<Option<String>, String> {
        let Some(field) = self.texts.get(&format!("/{name}")) else { return Ok(None) };
        let text = field.fill(ground).map_err(|why| format!("`{name}` {why}"))?;
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }

    fn word<W: serde::de::DeserializeOwned>(
        &self,
        name: &str,
        ground: Ground<'_>,
    ) -> Result<Option<W>, String> {
        let Some(text) = self.text(name, ground)? else { return Ok(None) };
        let word = serde_json::from_value(Value::from(text.to_lowercase()));
        word.map(Some).map_err(|why| format!("`{name}` comes out as `{text}`: {why}; give it a `map`"))
    }

    fn data(&self, ground: Ground<'_>) -> Result<Value, String> {
        let Some(fields) = &self.config.data else {
            let whole = ground.element;
            return Ok(if whole.is_object() { whole.clone() } else { json!({ "value": whole }) });
        };
        let mut data = Map::new();
        for (name, field) in fields {
            let value = match field {
                Data::Number(number) => Some(Value::Number(number.clone())),
                Data::Truth(truth) => Some(Value::Bool(*truth)),
                Data::Text(_) => match self.texts.get(&format!("/data/{name}")) {
                    Some(text) => text.value(ground).map_err(|why| format!("`data.{name}` {why}"))?,
                    None => None,
                },
            };
            data.extend(value.map(|value| (name.clone(), value)));
        }
        Ok(Value::Object(data))
    }
}

impl<'c> Field<'c> {
    fn of(text: &'c Text) -> Result<Field<'c>, String> {
        let (template, mapped) = match text {
            Text::Template(template) => (template, None),
            Text::Mapped(mapped) => (&mapped.from, Some(mapped)),
        };
        let template = Template::parse(template).map_err(|why| why.to_string())?;
        template.fields().try_for_each(|name| Hole::parse(name).map(|_| ()))?;
        Ok(Field { template, mapped })
    }

    fn fill(&self, ground: Ground<'_>) -> Result<String, String> {
        let text = self.template.fill(|name| {
            let hole = Hole::parse(name)?;
            Ok::<_, String>(match (hole.path.find(ground), hole.fallback) {
                (Ok(value), _) => written(&value),
                (Err(_), Some(fallback)) => fallback.to_owned(),
                (Err(why), None) => return Err(why),
            })
        })?;
        let Some(Mapped { map, default, .. }) = self.mapped else { return Ok(text) };
        Ok(map.get(&text).or(default.as_ref()).cloned().unwrap_or(text))
    }

    /// A path alone keeps its kind; none when there is nothing, and that is no mistake.
    fn value(&self, ground: Ground<'_>) -> Result<Option<Value>, String> {
        if let (Some(name), None) = (self.template.only_field(), self.mapped) {
            let hole = Hole::parse(name)?;
            return match (hole.path.find(ground), hole.fallback) {
                (Ok(value), _) => Ok(Some(value.into_owned())),
                (Err(_), Some("")) => Ok(None),
                (Err(_), Some(fallback)) => Ok(Some(fallback.into())),
                (Err(why), None) => Err(why),
            };
        }
        self.fill(ground).map(|text| Some(Value::from(text)).filter(|text| text != ""))
    }
}

impl<'t> Hole<'t> {
    fn parse(name: &'t str) -> Result<Hole<'t>, String> {
        let (path, fallback) = match name.split_once('?') {
            Some((path, fallback)) => (path, Some(fallback)),
            None => (name, None),
        };
        Ok(Hole { path: Path::parse(path.trim())?, fallback })
    }
}

impl Text {
    /// Where its template stands, in the configuration.
    fn place(&self, pointer: &str) -> String {
        match self {
            Text::Template(_) => pointer.to_owned(),
            Text::Mapped(_) => format!("{pointer}/from"),
        }
    }
}

/// Every text of a configuration, by its pointer.
fn all_texts(config: &Config) -> Vec<(String, &Text)> {
    let named = [
        ("source", &config.source),
        ("subject", &config.subject),
        ("time", &config.time),
        ("severity", &config.severity),
        ("effect", &config.effect),
        ("origin", &config.origin),
        ("text", &config.text),
        ("id", &config.id),
    ];
    let mut texts = vec![("/type".to_owned(), &config.kind)];
    texts.extend(named.into_iter().filter_map(|(name, text)| Some((format!("/{name}"), text.as_ref()?))));
    texts.extend(config.tags.iter().enumerate().map(|(i, text)| (format!("/tags/{i}"), text)));
    texts.extend(config.data.iter().flatten().filter_map(|(name, field)| match field {
        Data::Text(text) => Some((format!("/data/{name}"), text)),
        Data::Number(_) | Data::Truth(_) => None,
    }));
    texts
}

fn holds(when: &When, found: Option<&Value>) -> bool {
    let among = |values: &Vec<Value>| found.is_some_and(|found| values.contains(found));
    when.is.as_ref().is_some_and(among)
        || when.is_not.as_ref().is_some_and(|values| !among(values))
        || when.present == Some(found.is_some())
}

/// A value within a text.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// RFC 3339, or a number since 1970: seconds, or, past the year 5138, milliseconds.
fn time(text: &str) -> Result<Timestamp, String> {
    let since_1970 = |number: f64| if number.abs() < 1e11 { number * 1000.0 } else { number };
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    let number = number.map(|number| Timestamp(since_1970(number).round() as i64));
    number.map_or_else(|| text.parse(), Ok).map_err(|why| format!("`time` comes out as `{text}`: {why}"))
}

fn unfit(why: String) -> Rejection {
    Rejection::Malformed(format!("the door's mapping does not fit this payload: {why}"))
}
