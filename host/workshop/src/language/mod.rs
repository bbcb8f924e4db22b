//! The languages that plugins can be written in, and what differs between them.

mod c;
mod javascript;
mod python;
mod rust;

use event::PluginKind;

use crate::tool::{Tool, ToolError};
use crate::{Project, embedded};

/// A language: what it is called, what it needs, and how a project of it becomes a component.
///
/// A project is made of three folders of the repository, each written over the one before:
///
/// - `sdk/template/common` and `sdk/template/WORLD`: what is the same in all languages, such as
///   `plugin.toml` and the cases;
/// - [`Language::template`]`/common` and `/WORLD`: its source and the files of its tools;
/// - [`Language::sdk`], without its template, as `tellify-sdk/NAME`.
#[derive(Debug)]
pub struct Language {
    /// As `plugin.toml` names it.
    pub name: &'static str,
    /// What else people may call it.
    pub aliases: &'static [&'static str],
    /// As it is written in a sentence.
    pub title: &'static str,
    /// The kinds of plugins that there are templates for.
    pub worlds: &'static [PluginKind],
    /// What a project is built with, in the order in which one is to be installed.
    pub tools: &'static [Tool],
    /// The folder of its development kit, such as `sdk/rust`.
    pub sdk: &'static str,
    /// The folder of its templates, such as `sdk/rust/template`.
    pub template: &'static str,
    /// Further files, from their place in the repository to that in a project.
    pub besides: &'static [(&'static str, &'static str)],
    /// The command that runs the author's own tests, without WebAssembly.
    pub native_test: &'static str,
    /// Builds a project with the language's own tools, which are there, and answers a component
    /// without a manifest.
    pub build: fn(&Project) -> Result<Vec<u8>, ToolError>,
}

/// All that there are.
pub static LANGUAGES: &[&Language] =
    &[&rust::RUST, &javascript::JAVASCRIPT, &javascript::TYPESCRIPT, &python::PYTHON, &c::C];

impl Language {
    /// The one of this name.
    pub fn find(name: &str) -> Option<&'static Language> {
        let is_meant = |language: &&&Language| language.name == name || language.aliases.contains(&name);
        LANGUAGES.iter().find(is_meant).copied()
    }

    /// The names of all, as they stand in a sentence.
    pub fn names() -> String {
        LANGUAGES.iter().map(|language| format!("`{}`", language.name)).collect::<Vec<_>>().join(", ")
    }

    /// The files of a new project, by their places in it; a later one takes the place of an
    /// earlier one.
    pub(crate) fn files(&self, world: PluginKind) -> Vec<(String, &'static [u8])> {
        let mut files = Vec::new();
        for template in ["sdk/template", self.template] {
            for part in ["common", world.as_str()] {
                let below = embedded::below(&format!("{template}/{part}"));
                files.extend(below.map(|(path, content)| (path.to_owned(), content)));
            }
        }
        let kit = self.sdk.rsplit('/').next().unwrap_or(self.sdk);
        let is_kit = |(path, _): &(&str, &[u8])| !path.starts_with("template");
        let below = embedded::below(self.sdk).filter(is_kit);
        files.extend(below.map(|(path, content)| (format!("tellify-sdk/{kit}/{path}"), content)));
        let below = embedded::below(&format!("{}/sdk", self.template));
        files.extend(below.map(|(path, content)| (format!("tellify-sdk/{kit}/{path}"), content)));
        let besides = [("wit/plugin.wit", "wit/plugin.wit")].iter().chain(self.besides);
        files.extend(besides.filter_map(|(from, to)| Some(((*to).to_owned(), embedded::file(from)?))));
        files
    }
}
