//! What stands beside the daemon while it is killed or flooded, in processes of their own
//! that are not: `load` sends events and notes each acknowledgement, `flood` sends far too
//! many, `record` takes what is delivered and notes each arrival. Whoever started them tells
//! them what to do on standard input, a word a line, and reads on standard output how far
//! they are.

mod flood;
mod load;
mod record;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use tests::Failure;
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let role = arguments.next().unwrap_or_default();
    let options = Options(
        arguments.filter_map(|word| word.split_once('=').map(|(k, v)| (k.into(), v.into()))).collect(),
    );
    match run(&role, &options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{role}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One thread: it must cost the daemon's machine little.
fn run(role: &str, options: &Options) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match role {
        "flood" => runtime.block_on(flood::run(options)),
        "load" => runtime.block_on(load::run(options)),
        "record" => runtime.block_on(record::run(options)),
        _ => Err("say `flood`, `load` or `record`, and options as KEY=VALUE".into()),
    }
}

/// `KEY=VALUE` arguments.
struct Options(BTreeMap<String, String>);

impl Options {
    fn text(&self, key: &str) -> Result<&str, Failure> {
        self.0.get(key).map(String::as_str).ok_or_else(|| format!("{key}=… is missing").into())
    }

    fn number(&self, key: &str) -> Result<u64, Failure> {
        Ok(self.text(key)?.parse()?)
    }
}

fn orders() -> Lines<BufReader<Stdin>> {
    BufReader::new(tokio::io::stdin()).lines()
}

/// Says a word to whoever started this.
fn say(words: std::fmt::Arguments<'_>) {
    // Whoever does not listen any more does not want to know.
    let _ = writeln!(std::io::stdout().lock(), "{words}");
}

/// A file of lines. Each write is whole, and in the kernel's hands when it returns: this
/// process and the machine outlive the daemon.
#[derive(Clone)]
struct Log(Arc<Mutex<File>>);

impl Log {
    fn create(path: &str) -> Result<Log, Failure> {
        Ok(Log(Arc::new(Mutex::new(File::create(Path::new(path))?))))
    }

    fn add(&self, lines: &str) -> std::io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(lines.as_bytes())
    }
}
