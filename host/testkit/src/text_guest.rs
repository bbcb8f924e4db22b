//! Plugins written in WebAssembly text, for what no compiler would ever write.

use std::path::Path;

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

use crate::guests::wrap;

/// A plugin that does nothing but what its own text says.
///
/// `fields` are fields of a core module. A function that is named as below stands in for
/// the one that does nothing, and so do `$memory` and `$realloc`; everything else is added.
/// In them, `{version}` is that of the interface. `$handle` is what it is called for, in each
/// of the worlds.
#[derive(Clone, Debug)]
pub struct TextGuest {
    pub name: String,
    pub version: String,
    /// One of the worlds in `wit/`.
    pub world: &'static str,
    pub schema: String,
    pub hints: String,
    pub fields: String,
    /// How its strings are written.
    pub encoding: StringEncoding,
    /// Its `plugin.toml`; none: one that says what is so.
    pub manifest: Option<String>,
    /// WIT of other packages, and what of them its world imports.
    pub more: Option<(String, String)>,
}

/// Where the description and its texts are, then room for what functions answer: zeros,
/// which are the emptiest answer there is.
const DESCRIPTION: u32 = 16;
const TEXTS: u32 = 128;
/// Results of functions, `$zeros` in text.
const ZEROS: u32 = 56 << 10;

/// Interface, function, name in text, parameters, and what it does when nothing else is said.
type Export = (&'static str, &'static str, &'static str, &'static str, &'static str);

const DESCRIPTOR: [Export; 4] = [
    ("descriptor", "describe", "$describe", "", "(i32.const 16)"),
    ("descriptor", "validate", "$validate", "i32 i32 i32 i32", "(global.get $zeros)"),
    ("descriptor", "title", "$title", CONFIG, "(global.get $zeros)"),
    ("descriptor", "summary", "$summary", CONFIG, "(global.get $zeros)"),
];
const HANDLER: [Export; 5] = [
    ("handling", "required-fields", "$required-fields", CONFIG, "(global.get $zeros)"),
    // More parameters than fit on the stack are handed over in memory.
    ("handling", "handle", "$handle", "i32", "(global.get $zeros)"),
    ("handling", "alert-text", "$alert-text", "i32 i32", "(global.get $zeros)"),
    ("handling", "alert-ascii", "$alert-ascii", "i32 i32", "(global.get $zeros)"),
    ("handling", "alert-html", "$alert-html", "i32 i32", "(global.get $zeros)"),
];
const MONITOR: [Export; 1] = [(
    "checking",
    "check",
    "$check",
    "i32 i32 i32 i32 i32 i32 i32 f64",
    "(call $handle (global.get $zeros))",
)];
const SOURCE: [Export; 2] = [
    ("querying", "methods", "$methods", "", "(call $handle (global.get $zeros))"),
    ("querying", "call", "$call", "i32 i32 i32 i32 i32 i32 i32 f64 i32 i32 i32 i32", "(global.get $zeros)"),
];
const CHANNEL: [Export; 1] = [("delivering", "deliver", "$deliver", "i32", "(call $handle (local.get 0))")];
const INGEST: [Export; 1] = [("intake", "accept", "$accept", "i32", "(call $handle (local.get 0))")];
const CONFIG: &str = "i32 i32 i32 i32 i32 i32 i32";

/// Nothing is ever given back.
const REALLOC: &str = "
  (global $next (mut i32) (i32.const 65536))
  (func $realloc (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
    (local.set $at (global.get $next))
    (global.set $next (i32.add (global.get $next) (local.get $size)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
      (br_if $fits (i32.ne (i32.const -1)
        (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
      unreachable)
    (memory.copy (local.get $at) (local.get $old) (local.get $old-size))
    (local.get $at))";

impl TextGuest {
    pub fn new(name: &str, fields: &str) -> TextGuest {
        TextGuest {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            world: "handler",
            schema: "true".to_owned(),
            hints: "{}".to_owned(),
            fields: fields.to_owned(),
            encoding: StringEncoding::UTF8,
            manifest: None,
            more: None,
        }
    }

    /// The component.
    ///
    /// # Panics
    /// When the text is none, or does not fit the world.
    pub fn component(&self) -> Vec<u8> {
        let (resolve, world) = self.world();
        let package = resolve.packages.iter().find(|(_, package)| package.name.namespace == "tellify");
        let (_, package) = package.expect("the interface is among the packages");
        let version = package.name.version.as_ref().expect("the interface has a version").to_string();
        let text = self.module(&version);
        let mut module = wat::parse_str(&text).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        embed_component_metadata(&mut module, &resolve, world, self.encoding, false)
            .expect("a module can tell its world");
        let mut component = wrap(&module);
        let truth = || {
            let TextGuest { name, version, world, .. } = self;
            format!("[plugin]\nname = {name:?}\nversion = {version:?}\nworld = {world:?}\n")
        };
        event::append_manifest(&mut component, &self.manifest.clone().unwrap_or_else(truth));
        component
    }

    fn world(&self) -> (Resolve, WorldId) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(folder).expect("the interface can be read");
        let Some((packages, imports)) = &self.more else {
            let world = resolve.select_world(&[package], Some(self.world));
            return (resolve, world.expect("there is such a world"));
        };
        let name = &resolve.packages[package].name;
        let version = name.version.as_ref().expect("the interface has a version");
        let text = format!(
            "package test:more; world more {{ include tellify:plugin/{}@{version}; {imports} }} {packages}",
            self.world
        );
        let package = resolve.push_source("more.wit", &text).expect("the test's own interface can be read");
        let world = resolve.select_world(&[package], Some("more"));
        (resolve, world.expect("it has this world"))
    }

    fn module(&self, version: &str) -> String {
        let own = |name: &str| {
            let defines = |kind: &str| self.fields.contains(&format!("({kind} {name} "));
            defines("func") || defines("memory")
        };
        // Imports come first in a module, and all of them stand in the fields.
        let mut text = format!("(module\n{}\n", self.fields.replace("{version}", version));
        text += &format!("  (global $zeros i32 (i32.const {ZEROS}))\n");
        if !own("$memory") {
            text += "  (memory $memory 4)\n";
        }
        if !own("$realloc") {
            text += REALLOC;
        }
        let exports: &[Export] = match self.world {
            "handler" => &HANDLER,
            "monitor" => &MONITOR,
            "source" => &SOURCE,
            "channel" => &CHANNEL,
            "ingest" => &INGEST,
            other => panic!("there is no world `{other}`"),
        };
        if self.world != "handler" && !own("$handle") {
            text += "  (func $handle (param i32) (result i32) (global.get $zeros))\n";
        }
        for (interface, function, name, parameters, answer) in DESCRIPTOR.iter().chain(exports) {
            if !own(name) {
                text += &format!("  (func {name} (param {parameters}) (result i32) {answer})\n");
            }
            text +=
                &format!("  (export \"tellify:plugin/{interface}@{version}#{function}\" (func {name}))\n");
        }
        text += "  (export \"memory\" (memory $memory))\n  (export \"cabi_realloc\" (func $realloc))\n";
        text += &self.description();
        text + ")"
    }

    /// The record that `describe` answers, and the texts that it points to.
    fn description(&self) -> String {
        let texts = [&self.name, &self.version, &self.name, "", &self.schema, &self.hints];
        let (mut record, mut data) = (Vec::new(), Vec::new());
        for text in texts {
            let (bytes, units) = match self.encoding {
                StringEncoding::UTF16 => {
                    (text.encode_utf16().flat_map(u16::to_le_bytes).collect(), text.encode_utf16().count())
                }
                _ => (text.as_bytes().to_vec(), text.len()),
            };
            record.extend((TEXTS + data.len() as u32).to_le_bytes());
            record.extend((units as u32).to_le_bytes());
            data.extend(bytes);
            data.resize(data.len().next_multiple_of(2), 0);
        }
        assert!(TEXTS as usize + data.len() <= ZEROS as usize, "{}: too much is said", self.name);
        let escaped = |bytes: &[u8]| bytes.iter().map(|b| format!("\\{b:02x}")).collect::<String>();
        format!(
            "  (data (i32.const {DESCRIPTION}) \"{}\")\n  (data (i32.const {TEXTS}) \"{}\")\n",
            escaped(&record),
            escaped(&data)
        )
    }
}
