//! The reference of the plugin interface, generated from its text: `docs/plugin-interface.md`.

use std::fs;
use std::path::Path;

use wit_parser::{
    Docs, Function, Handle, Interface, Resolve, Type, TypeDef, TypeDefKind, TypeOwner, World, WorldItem,
};

/// From the repository's top.
pub(crate) const PAGE: &str = "docs/plugin-interface.md";
const WIT: &str = "wit/plugin.wit";

const HEAD: &str = "<!-- Generated from wit/plugin.wit by `cargo xtask interface`: change it there. -->\n\n";

/// Writes the page.
pub(crate) fn write(root: &Path) -> Result<(), String> {
    fs::write(root.join(PAGE), page(root)?).map_err(|e| format!("{PAGE}: {e}"))
}

/// Whether the page says what the interface says.
pub(crate) fn is_current(root: &Path) -> Result<bool, String> {
    let page = page(root)?;
    Ok(fs::read_to_string(root.join(PAGE)).is_ok_and(|text| text == page))
}

fn page(root: &Path) -> Result<String, String> {
    let text = fs::read_to_string(root.join(WIT)).map_err(|e| format!("{WIT}: {e}"))?;
    let mut resolve = Resolve::default();
    let package = resolve.push_source(WIT, &text).map_err(|e| format!("{WIT}: {e:#}"))?;
    let package = &resolve.packages[package];
    let mut page = format!("{HEAD}# The plugin interface, `{}`\n\n", package.name);
    page.push_str("[docs/plugins.md](plugins.md) tells how plugins are written; this page lists what there is. `option<T>` may be missing, `result<T, E>` is a T or an error E, `list<u8>` are bytes.\n\n## Worlds\n\nA plugin is made for one of these.\n\n| world | exports | imports |\n| --- | --- | --- |\n");
    for world in package.worlds.values() {
        page.push_str(&row(&resolve, &resolve.worlds[*world]));
    }
    for interface in package.interfaces.values() {
        page.push_str(&section(&resolve, &resolve.interfaces[*interface]));
    }
    Ok(page)
}

fn row(resolve: &Resolve, world: &World) -> String {
    let names = |items: &mut dyn Iterator<Item = &WorldItem>| {
        let names = items.filter_map(|item| match item {
            WorldItem::Interface { id, .. } => resolve.interfaces[*id].name.as_deref(),
            _ => None,
        });
        // All of them share the types, which have functions for nobody.
        let links = names.filter(|name| *name != "types").map(|name| format!("[`{name}`](#{name})"));
        links.collect::<Vec<_>>().join(", ")
    };
    let (exports, imports) = (names(&mut world.exports.values()), names(&mut world.imports.values()));
    format!("| `{}` | {exports} | {imports} |\n", world.name)
}

fn section(resolve: &Resolve, interface: &Interface) -> String {
    let mut text = format!("\n## {}\n", interface.name.as_deref().unwrap_or_default());
    text.push_str(&paragraph(&interface.docs));
    for function in interface.functions.values() {
        text.push_str(&format!(
            "\n### `{}`\n\n```wit\n{}\n```\n",
            function.name,
            signature(resolve, function)
        ));
        text.push_str(&paragraph(&function.docs));
    }
    for (name, id) in &interface.types {
        let definition = &resolve.types[*id];
        // What another interface defines is told there.
        if !is_used(resolve, definition) {
            text.push_str(&format!("\n### {} `{name}`\n", kind(&definition.kind)));
            text.push_str(&paragraph(&definition.docs));
            text.push_str(&members(resolve, definition));
        }
    }
    text
}

fn is_used(resolve: &Resolve, definition: &TypeDef) -> bool {
    match definition.kind {
        TypeDefKind::Type(Type::Id(other)) => {
            matches!(resolve.types[other].owner, TypeOwner::Interface(owner) if TypeOwner::Interface(owner) != definition.owner)
        }
        _ => false,
    }
}

fn kind(kind: &TypeDefKind) -> &'static str {
    match kind {
        TypeDefKind::Record(_) => "record",
        TypeDefKind::Variant(_) => "variant",
        TypeDefKind::Enum(_) => "enum",
        _ => "type",
    }
}

/// The fields of a record, the cases of a variant, the words of an enum, what a type stands for.
fn members(resolve: &Resolve, definition: &TypeDef) -> String {
    let table =
        |head: &str, rows: Vec<String>| format!("\n| {head} | | |\n| --- | --- | --- |\n{}", rows.concat());
    match &definition.kind {
        TypeDefKind::Record(record) => {
            let rows = record.fields.iter();
            table("field", rows.map(|f| member(&f.name, Some(named(resolve, &f.ty)), &f.docs)).collect())
        }
        TypeDefKind::Variant(variant) => {
            let rows = variant.cases.iter();
            table(
                "case",
                rows.map(|c| member(&c.name, c.ty.map(|ty| named(resolve, &ty)), &c.docs)).collect(),
            )
        }
        TypeDefKind::Enum(words) => {
            let words: Vec<String> = words.cases.iter().map(|word| format!("`{}`", word.name)).collect();
            format!("\nOne of {}.\n", words.join(", "))
        }
        other => format!("\n`{}`\n", of_kind(resolve, other)),
    }
}

fn member(name: &str, ty: Option<String>, docs: &Docs) -> String {
    let ty = ty.map(|ty| format!("`{ty}`")).unwrap_or_default();
    format!("| `{name}` | {ty} | {} |\n", words(docs).replace('|', "\\|"))
}

fn signature(resolve: &Resolve, function: &Function) -> String {
    let params = function.params.iter().map(|param| format!("{}: {}", param.name, named(resolve, &param.ty)));
    let result = function.result.map(|ty| format!(" -> {}", named(resolve, &ty))).unwrap_or_default();
    format!("{}: func({}){result}", function.name, params.collect::<Vec<_>>().join(", "))
}

/// A type as the interface writes it.
fn named(resolve: &Resolve, ty: &Type) -> String {
    match ty {
        Type::Id(id) => match &resolve.types[*id] {
            TypeDef { name: Some(name), .. } => name.clone(),
            definition => of_kind(resolve, &definition.kind),
        },
        Type::Bool => "bool".to_owned(),
        Type::U8 => "u8".to_owned(),
        Type::U16 => "u16".to_owned(),
        Type::U32 => "u32".to_owned(),
        Type::U64 => "u64".to_owned(),
        Type::S8 => "s8".to_owned(),
        Type::S16 => "s16".to_owned(),
        Type::S32 => "s32".to_owned(),
        Type::S64 => "s64".to_owned(),
        Type::F32 => "f32".to_owned(),
        Type::F64 => "f64".to_owned(),
        Type::Char => "char".to_owned(),
        Type::String => "string".to_owned(),
        Type::ErrorContext => "error-context".to_owned(),
    }
}

fn of_kind(resolve: &Resolve, kind: &TypeDefKind) -> String {
    let inner = |ty: &Option<Type>| ty.map_or_else(|| "_".to_owned(), |ty| named(resolve, &ty));
    match kind {
        TypeDefKind::Type(ty) => named(resolve, ty),
        TypeDefKind::List(ty) => format!("list<{}>", named(resolve, ty)),
        TypeDefKind::Option(ty) => format!("option<{}>", named(resolve, ty)),
        TypeDefKind::Result(result) => format!("result<{}, {}>", inner(&result.ok), inner(&result.err)),
        TypeDefKind::Tuple(tuple) => {
            let types: Vec<String> = tuple.types.iter().map(|ty| named(resolve, ty)).collect();
            format!("tuple<{}>", types.join(", "))
        }
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => named(resolve, &Type::Id(*id)),
        other => other.as_str().to_owned(),
    }
}

fn paragraph(docs: &Docs) -> String {
    match docs.contents.as_deref() {
        None => String::new(),
        Some(text) => format!("\n{}\n", text.trim()),
    }
}

/// In one line.
fn words(docs: &Docs) -> String {
    docs.contents.as_deref().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}
