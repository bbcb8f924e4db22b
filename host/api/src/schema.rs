//! Schemas of the words that `event` defines, which knows nothing of OpenAPI.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Declares the schema of a closed vocabulary from the vocabulary itself.
macro_rules! vocabulary {
    ($($schema:ident),+) => {$(
        pub(crate) struct $schema;

        impl PartialSchema for $schema {
            fn schema() -> RefOr<Schema> {
                let words = event::$schema::ALL.iter().map(|word| word.as_str());
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
            }
        }

        impl ToSchema for $schema {
            fn name() -> Cow<'static, str> {
                stringify!($schema).into()
            }
        }
    )+};
}

vocabulary!(Severity, Effect, Origin, Scope, Role, Form, PluginKind, AlertState, ChangeKind);

/// [`event::Band`], which stands on the wire as people write it.
pub(crate) struct Band;

impl Band {
    /// Each key with its type and what it says.
    pub(crate) const KEYS: &[(&str, Kind, &str)] = &[
        ("severity", Kind::Text, "`critical`, `>=warning`, …; absent: every severity"),
        ("state", Kind::Text, "`firing`, `resolved` or `note`; absent: every state"),
        (
            "when",
            Kind::Text,
            "a window's name, `!name`, or a window such as `Mo-Fr 06:00-19:00`; absent: always",
        ),
        ("channels", Kind::Texts, "names of the person's addresses"),
        ("mode", Kind::Text, "`send` (the default), `hold` or `drop`"),
        ("wait", Kind::Text, "how long to collect before sending, such as `1m`"),
        ("extend", Kind::Text, "how far each further item moves the end, up to `max_wait`"),
        ("max_wait", Kind::Text, "the longest that anything is collected for"),
        (
            "first",
            Kind::Text,
            "`now`: the first is sent at once after a silence of `lookback`; `wait`: it is collected too",
        ),
        ("lookback", Kind::Text, "the silence that `first` looks for; absent: `wait`"),
        (
            "digest",
            Kind::Texts,
            "local times such as `06:00`, or cron expressions: collect until the next of them",
        ),
        ("on_release", Kind::Text, "what a release of held alerts shows: `summary`, `firing` or `all`"),
        (
            "group_by",
            Kind::Texts,
            "kept apart by these: `handler`, `subscription`, `severity`, or a field of the alert's data",
        ),
        ("max_items", Kind::Count, "sealed early when so many are collected"),
    ];
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Texts,
    Count,
}

impl PartialSchema for Band {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let mut band = ObjectBuilder::new().schema_type(Type::Object);
        for (key, kind, says) in Band::KEYS {
            let says = Some(*says);
            band = match kind {
                Kind::Text => band.property(*key, text().description(says)),
                Kind::Texts => band.property(*key, ArrayBuilder::new().items(text()).description(says)),
                Kind::Count => {
                    band.property(*key, ObjectBuilder::new().schema_type(Type::Integer).description(says))
                }
            };
        }
        band.into()
    }
}

impl ToSchema for Band {}
