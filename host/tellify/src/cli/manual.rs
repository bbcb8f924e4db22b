//! What the command line says about itself: manual pages and completions.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_mangen::Man;

use super::failure::Failure;
use super::output::Output;

#[derive(Debug, clap::Args)]
pub(super) struct Pages {
    /// Whose page, such as `event send` [default: the program's]
    command: Vec<String>,
    /// Write the pages of all commands into this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    dir: Option<PathBuf>,
}

pub(super) const MAN_HELP: &str = "\
Examples:
  tellify man | man -l -
  tellify man event send | man -l -
  tellify man --dir /usr/local/share/man/man1";

pub(super) const COMPLETIONS_HELP: &str = "\
Examples:
  tellify completions bash > ~/.local/share/bash-completion/completions/tellify
  tellify completions zsh  > ~/.zfunc/_tellify        # a folder of $fpath
  tellify completions fish > ~/.config/fish/completions/tellify.fish";

pub(super) fn completions(shell: clap_complete::Shell, output: &Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "tellify", &mut script);
    output.print(&String::from_utf8_lossy(&script))
}

pub(super) fn print(pages: &Pages, output: &Output) -> Result<(), Failure> {
    let mut program = super::command();
    // Fills in what each command inherits, such as the options of all of them.
    program.build();
    if let Some(folder) = &pages.dir {
        return write_all(&program, folder, output);
    }
    let mut name = vec!["tellify"];
    let mut command = &program;
    for word in &pages.command {
        command = command
            .find_subcommand(word)
            .ok_or_else(|| Failure::usage(format!("`{}` has no command `{word}`", name.join(" "))))?;
        name.push(word);
    }
    output.print(&String::from_utf8_lossy(&page(command, &name)?))
}

fn write_all(program: &Command, folder: &Path, output: &Output) -> Result<(), Failure> {
    let unusable = |error| Failure::failed(format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(unusable)?;
    let mut open = vec![(vec!["tellify"], program)];
    let mut written = 0;
    while let Some((name, command)) = open.pop() {
        fs::write(folder.join(format!("{}.1", name.join("-"))), page(command, &name)?).map_err(unusable)?;
        written += 1;
        let is_for_people = |deeper: &&Command| deeper.get_name() != "help" && !deeper.is_hide_set();
        let deeper = command.get_subcommands().filter(is_for_people);
        open.extend(deeper.map(|deeper| ([name.as_slice(), &[deeper.get_name()]].concat(), deeper)));
    }
    output.done(&format!("wrote {written} pages into {}", folder.display()));
    Ok(())
}

/// A page in roff, named as `man` wants it: `tellify-event-send`.
fn page(command: &Command, name: &[&str]) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let title = name.join("-").to_uppercase();
    let source = concat!("tellify ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).title(title).source(source).manual("Tellify").render(&mut page)?;
    Ok(page)
}
