//! `--watch`: a list again and again, until Ctrl-C.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::time::Duration;

use clap::{Arg, ArgMatches, Command};
use tokio::signal::unix::{SignalKind, signal};

use super::failure::Failure;
use super::look::{Look, Window};
use super::output::Output;
use super::table::cut;

const WATCH: &str = "watch";
/// A list that changes faster is not read by anybody.
const SHORTEST_S: f64 = 0.1;
const LONGEST_S: f64 = 86_400.0;

/// Gives every command that lists something the option `--watch`.
pub(super) fn offered(command: Command) -> Command {
    command.mut_subcommands(|noun| {
        noun.mut_subcommands(|verb| if verb.get_name() == "list" { verb.arg(option()) } else { verb })
    })
}

fn option() -> Arg {
    Arg::new(WATCH)
        .long("watch")
        .value_name("SECS")
        .help("Show it again every so many seconds, 2 if none are given, until Ctrl-C")
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("2")
        .value_parser(seconds)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    seconds
        .filter(|seconds| (SHORTEST_S..=LONGEST_S).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("write seconds, from {SHORTEST_S} to {LONGEST_S}"))
}

/// The command line with `--watch 5` written as `--watch=5`: a word behind it that is no
/// number belongs to the list, such as a filter.
pub(super) fn joined(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    let mut is_open = true;
    for word in words {
        let number = word.to_str().is_some_and(|word| word.parse::<f64>().is_ok());
        match joined.last_mut() {
            Some(last) if is_open && number && last == "--watch" => {
                last.push("=");
                last.push(&word);
            }
            _ => {
                is_open &= word != "--";
                joined.push(word);
            }
        }
    }
    joined
}

/// How often the command is to be run again, if at all.
pub(super) fn interval(matches: &ArgMatches) -> Option<Duration> {
    let mut leaf = matches;
    while let Some((_, deeper)) = leaf.subcommand() {
        leaf = deeper;
    }
    leaf.try_get_one::<Duration>(WATCH).ok().flatten().copied()
}

/// Shows what `list` prints, every so often. What fails at first fails; what fails later
/// is shown, since it may pass.
pub(super) async fn run<F>(every: Duration, output: &Output, mut list: F) -> Result<(), Failure>
where
    F: AsyncFnMut() -> Result<(), Failure>,
{
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut screen: Option<Screen> = None;
    let mut rounds = 0;
    loop {
        let round = async {
            output.draw();
            let ended = list().await;
            (output.drawn(), ended)
        };
        let (mut shown, ended) = tokio::select! {
            round = round => round,
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
        };
        match ended {
            Err(failure) if rounds == 0 => return Err(failure),
            Err(failure) => shown = format!("{failure}\n"),
            Ok(()) => {}
        }
        let look = output.look();
        match look.window {
            Some(window) => screen.get_or_insert_with(Screen::open).draw(&shown, every, window, &look)?,
            None => output.print(&shown)?,
        }
        rounds += 1;
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
        }
    }
}

/// The terminal's other screen: what stood on the first one is there again in the end.
struct Screen;

impl Screen {
    fn open() -> Screen {
        // Whoever cannot be written to is told so when the list is drawn.
        let _ = write("\x1b[?1049h\x1b[?25l");
        Screen
    }

    /// Writes over what stands there, in one piece, so that nothing flickers.
    fn draw(&self, text: &str, every: Duration, window: Window, look: &Look) -> io::Result<()> {
        let words = joined(env::args_os().skip(1));
        let words = words.iter().map(|word| word.to_string_lossy());
        let command: Vec<_> = words.filter(|word| !word.starts_with("--watch")).collect();
        let title = format!("Every {}s: tellify {}", every.as_secs_f64(), command.join(" "));
        let mut frame = String::from("\x1b[?2026h\x1b[H");
        let title = look.paint("2", &cut(&title, window.width));
        frame.push_str(&format!("{title}\x1b[K\r\n\x1b[K"));
        let lines: Vec<&str> = text.lines().collect();
        let room = window.height.saturating_sub(3).max(1);
        for line in lines.iter().take(room) {
            frame.push_str(&format!("\r\n{line}\x1b[K"));
        }
        if lines.len() > room {
            frame.push_str(&look.paint("2", &format!("\r\n… and {} more\x1b[K", lines.len() - room)));
        }
        frame.push_str("\x1b[J\x1b[?2026l");
        write(&frame)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = write("\x1b[?25h\x1b[?1049l");
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_behind_watch_is_its_own_and_a_filter_is_not() {
        for (line, expected) in [
            ("event list --watch 5 type:x", "event list --watch=5 type:x"),
            ("event list --watch type:x", "event list --watch type:x"),
            ("event list --watch=5 7", "event list --watch=5 7"),
            ("event list -- --watch 5", "event list -- --watch 5"),
            ("--watch", "--watch"),
        ] {
            let words = joined(line.split(' ').map(OsString::from));
            let words: Vec<_> = words.iter().filter_map(|word| word.to_str()).collect();
            assert_eq!(words.join(" "), expected);
        }
    }

    #[test]
    fn the_pause_is_bounded() {
        for (text, ok) in
            [("2", true), ("0.5", true), ("0", false), ("-1", false), ("NaN", false), ("1e9", false)]
        {
            assert_eq!(seconds(text).is_ok(), ok, "{text}");
        }
    }
}
