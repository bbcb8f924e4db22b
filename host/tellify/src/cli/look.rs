//! How standard output looks to whoever reads it: a terminal has a width, colours and
//! somebody before it; a file or a pipe has none of these.

use std::env;
use std::io::{self, IsTerminal};

use clap::ValueEnum;
use event::{Clock, Timestamp};

use crate::clock::SystemClock;

/// Whether to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

#[derive(Clone, Debug)]
pub(super) struct Look {
    /// None where nobody's window cuts anything off: there all is printed in full, and
    /// times as programs read them.
    pub(super) window: Option<Window>,
    pub(super) colours: bool,
}

/// Somebody's terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) width: usize,
    pub(super) height: usize,
    /// What the times that are shown are seen from.
    pub(super) now: Timestamp,
}

impl Look {
    /// Looks again each time, since windows change while something is watched.
    pub(super) fn of_stdout(colour: Colour) -> Look {
        let window = io::stdout().is_terminal().then(|| {
            let size = terminal_size::terminal_size();
            let (width, height) = size.map_or((80, 24), |(w, h)| (w.0.into(), h.0.into()));
            // A terminal that knows no size says zero.
            let width = if width == 0 { 80 } else { width };
            let height = if height == 0 { 24 } else { height };
            Window { width, height, now: SystemClock.now() }
        });
        let colours = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => window.is_some() && is_wanted(),
        };
        Look { window, colours }
    }

    /// The text in a style of ANSI, such as `1;31`, where there are colours.
    pub(super) fn paint(&self, style: &str, text: &str) -> String {
        if self.colours && !style.is_empty() && !text.is_empty() {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// <https://no-color.org>: any text but an empty one takes colours away.
fn is_wanted() -> bool {
    let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    !no_colour && !dumb
}
