//! What one event says, as far as anybody asks.

use event::{Event, FieldPath, Scalar};
use filter::EventWords;
use serde_json::Value;

use crate::predicate::Test;
use crate::store::{EVENT, FieldId, PredicateId, Store};

/// The values of the fields that occur in conditions, and the event's words.
pub(crate) struct Facts<'e> {
    /// Sorted by field; a field with several values stands there as often.
    values: Vec<(FieldId, Scalar<'e>)>,
    pub(crate) words: EventWords<'e>,
}

/// Each field of an envelope; `data` is walked for the others.
const ENVELOPE: [(&str, FieldPath); 10] = [
    ("type", FieldPath::Type),
    ("source", FieldPath::Source),
    ("subject", FieldPath::Subject),
    ("severity", FieldPath::Severity),
    ("effect", FieldPath::Effect),
    ("origin", FieldPath::Origin),
    ("tag", FieldPath::Tag),
    ("text", FieldPath::Text),
    ("time", FieldPath::Time),
    ("id", FieldPath::Id),
];

/// The name under which a field is found: unlike a path, one for each field.
pub(crate) fn name_of(path: &FieldPath) -> String {
    match path {
        FieldPath::Data(steps) => format!("data.{}", steps.join(".")),
        envelope => envelope.to_string(),
    }
}

impl<'e> Facts<'e> {
    pub(crate) fn of(event: &'e Event, store: &Store) -> Facts<'e> {
        let mut walk = Walk { store, name: String::new(), values: Vec::new() };
        for (name, path) in &ENVELOPE {
            if let Some(field) = store.field(name) {
                path.any(event, |value| {
                    walk.values.push((field, value));
                    false
                });
            }
        }
        walk.name.push_str("data");
        walk.value(&event.data);
        walk.values.sort_unstable_by_key(|(field, _)| *field);
        Facts { values: walk.values, words: EventWords::new(event) }
    }

    /// Each field that has a value, with all of them.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (FieldId, &[(FieldId, Scalar<'e>)])> {
        self.values.chunk_by(|a, b| a.0 == b.0).map(|values| (values[0].0, values))
    }

    pub(crate) fn fulfil(&self, store: &Store, predicate: PredicateId) -> bool {
        match store.question(predicate) {
            (EVENT, Test::Word(word)) => self.words.contains(std::iter::once(word)),
            (EVENT, Test::Phrase(phrase)) => self.words.contains(phrase.split(' ')),
            (field, test) => {
                let start = self.values.partition_point(|(f, _)| *f < field);
                let mut values = self.values[start..].iter().take_while(|(f, _)| *f == field);
                values.any(|(_, value)| test.accepts(*value))
            }
        }
    }
}

/// A way down into an event's data, as [`FieldPath::any`] would go for each field.
struct Walk<'s, 'e> {
    store: &'s Store,
    /// Of the field that is looked at.
    name: String,
    values: Vec<(FieldId, Scalar<'e>)>,
}

impl<'e> Walk<'_, 'e> {
    fn value(&mut self, value: &'e Value) {
        match value {
            Value::Array(elements) => elements.iter().for_each(|v| self.value(v)),
            Value::Object(map) => {
                self.found(value);
                for (key, inner) in map {
                    let length = self.name.len();
                    self.name.push('.');
                    self.name.push_str(key);
                    // No path leads on from a key with dots: the dots are its steps.
                    if key.contains('.') {
                        self.end(inner)
                    } else {
                        self.value(inner)
                    }
                    self.name.truncate(length);
                }
            }
            _ => self.found(value),
        }
    }

    fn end(&mut self, value: &'e Value) {
        match value {
            Value::Array(elements) => elements.iter().for_each(|v| self.end(v)),
            _ => self.found(value),
        }
    }

    fn found(&mut self, value: &'e Value) {
        if let Some(field) = self.store.field(&self.name) {
            self.values.push((field, Scalar::from(value)));
        }
    }
}
