//! One route: what it takes, what it answers, what right it needs.

use event::Scope;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{ContentBuilder, OneOfBuilder, Ref, RefOr, Schema};

/// One method of one path.
pub struct Operation {
    /// Camel case, as generated clients want it.
    pub id: &'static str,
    pub method: Method,
    /// Whole, with `{name}` for a step that varies.
    pub path: &'static str,
    pub summary: &'static str,
    /// None: everybody may.
    pub scope: Option<Scope>,
    /// What may stand after the `?`, each at most once.
    pub query: Vec<Parameter>,
    /// Other parameters may stand there too, and the service reads them.
    pub free_query: bool,
    pub(crate) bodies: Vec<Content>,
    pub(crate) answers: Vec<Answer>,
    /// The statuses of its problem documents, beside those that any operation has.
    pub(crate) problems: Vec<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    /// Whatever the sender likes.
    Any,
}

impl Method {
    /// Whether a request with this word in its first line is meant. `HEAD` is a
    /// `GET` whose body nobody reads.
    pub fn fits(self, word: &str) -> bool {
        match self {
            Method::Get => word == "GET" || word == "HEAD",
            Method::Post => word == "POST",
            Method::Put => word == "PUT",
            Method::Patch => word == "PATCH",
            Method::Delete => word == "DELETE",
            Method::Options => word == "OPTIONS",
            Method::Any => true,
        }
    }
}

/// A query parameter.
#[derive(Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    pub says: &'static str,
    pub(crate) number: bool,
}

impl Parameter {
    pub(crate) const fn text(name: &'static str, says: &'static str) -> Parameter {
        Parameter { name, says, number: false }
    }

    pub(crate) const fn number(name: &'static str, says: &'static str) -> Parameter {
        Parameter { name, says, number: true }
    }

    pub(crate) fn schema(&self) -> Schema {
        let kind = if self.number { Type::Integer } else { Type::String };
        ObjectBuilder::new().schema_type(kind).into()
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) says: &'static str,
    pub(crate) content: Option<Content>,
}

/// A body of one media type.
pub(crate) struct Content {
    pub(crate) media: &'static str,
    /// None: any bytes.
    pub(crate) schema: Option<RefOr<Schema>>,
    pub(crate) collect: Option<fn(&mut Schemas)>,
}

/// Named schemas, as utoipa collects them.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

impl Content {
    pub(crate) fn json<T: ToSchema>() -> Content {
        Content { media: "application/json", schema: Some(reference::<T>()), collect: Some(collect::<T>) }
    }

    pub(crate) fn list<T: ToSchema>() -> Content {
        let items = ArrayBuilder::new().items(reference::<T>());
        let next = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some("hand it back as `cursor`; null: this was the last page"));
        let seq = || ObjectBuilder::new().schema_type(Type::Integer);
        let span = ObjectBuilder::new().property("first", seq()).property("last", seq());
        let damaged = ArrayBuilder::new()
            .items(span)
            .description(Some("records that cannot be read and were passed; absent: there are none"));
        let list = ObjectBuilder::new()
            .property("items", items)
            .required("items")
            .property("next", next)
            .required("next")
            .property("damaged", damaged);
        Content { media: "application/json", schema: Some(list.into()), collect: Some(collect::<T>) }
    }

    /// One of them, or an array of them.
    pub(crate) fn one_or_many<T: ToSchema>() -> Content {
        let many = ArrayBuilder::new().items(reference::<T>());
        let either = OneOfBuilder::new().item(reference::<T>()).item(many);
        Content { media: "application/json", schema: Some(either.into()), collect: Some(collect::<T>) }
    }

    pub(crate) fn bytes(media: &'static str) -> Content {
        Content { media, schema: None, collect: None }
    }

    pub(crate) fn collect_into(&self, schemas: &mut Schemas) {
        if let Some(collect) = self.collect {
            collect(schemas);
        }
    }

    pub(crate) fn described(&self) -> utoipa::openapi::Content {
        ContentBuilder::new().schema(self.schema.clone()).build()
    }
}

pub(crate) fn reference<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

fn collect<T: ToSchema>(schemas: &mut Schemas) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// Reads as a sentence in the table of routes.
impl Operation {
    pub(crate) fn new(
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Operation {
        Operation {
            id,
            method,
            path,
            summary,
            scope: None,
            query: Vec::new(),
            free_query: false,
            bodies: Vec::new(),
            answers: Vec::new(),
            problems: Vec::new(),
        }
    }

    pub(crate) fn needs(self, scope: Scope) -> Operation {
        Operation { scope: Some(scope), ..self }
    }

    pub(crate) fn query(mut self, parameters: &[Parameter]) -> Operation {
        self.query.extend_from_slice(parameters);
        self
    }

    pub(crate) fn any_query(self) -> Operation {
        Operation { free_query: true, ..self }
    }

    pub(crate) fn takes(mut self, content: Content) -> Operation {
        self.bodies.push(content);
        self
    }

    pub(crate) fn answers(mut self, status: u16, says: &'static str, content: Content) -> Operation {
        self.answers.push(Answer { status, says, content: Some(content) });
        self
    }

    pub(crate) fn answers_nothing(mut self, status: u16, says: &'static str) -> Operation {
        self.answers.push(Answer { status, says, content: None });
        self
    }

    pub(crate) fn problems(mut self, statuses: &[u16]) -> Operation {
        self.problems.extend_from_slice(statuses);
        self
    }

    /// The names in braces in its path.
    pub(crate) fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'))
    }
}
