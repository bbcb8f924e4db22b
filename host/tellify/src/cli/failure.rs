//! Why a command failed, and what its exit code says of it.

use std::fmt;
use std::io;
use std::process::ExitCode;

use api::Problem;

/// The exit codes of the command line, which scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    NotAllowed = 4,
    Unreachable = 5,
}

#[derive(Debug)]
pub(super) struct Failure {
    code: Code,
    text: String,
}

impl Failure {
    pub(super) fn failed(text: impl fmt::Display) -> Failure {
        Failure { code: Code::Failed, text: text.to_string() }
    }

    pub(super) fn usage(text: impl fmt::Display) -> Failure {
        Failure { code: Code::Usage, text: text.to_string() }
    }

    pub(super) fn unreachable(url: &str, error: &egress::Error) -> Failure {
        let text = format!(
            "{error}\n  Does `tellify serve` run at {url}? Set TELLIFY_URL or --url if it is elsewhere."
        );
        Failure { code: Code::Unreachable, text }
    }

    /// What the daemon refused. `filter` is the filter that was sent, to point at the
    /// place that is wrong.
    pub(super) fn refused(problem: &Problem, filter: Option<&str>) -> Failure {
        let code = match problem.status {
            404 => Code::NotFound,
            401 | 403 => Code::NotAllowed,
            _ => Code::Failed,
        };
        let mut text = problem.detail.clone();
        if text.is_empty() {
            text = format!("{} ({})", problem.title, problem.status);
        }
        if let (Some(position), Some(filter)) = (problem.position, filter) {
            text.push_str(&format!("\n  {filter}\n  {:>width$}", '^', width = position + 1));
        }
        match (&problem.index, problem.pointer.as_deref().unwrap_or_default()) {
            (Some(index), "") => text.push_str(&format!("\n  in event {index}")),
            (Some(index), pointer) => text.push_str(&format!("\n  in event {index}, at {pointer}")),
            (None, "") => {}
            (None, pointer) => text.push_str(&format!("\n  at {pointer}")),
        }
        if let Some(seconds) = problem.retry_after_s {
            text.push_str(&format!("\n  Try again in {seconds} s."));
        }
        if problem.status == 401 {
            text.push_str(
                "\n  Set TELLIFY_DATA to the daemon's data folder, whose admin-token you may read, or TELLIFY_TOKEN to a token.",
            );
        }
        Failure { code, text }
    }

    /// Nobody listens, or not yet.
    pub(super) fn is_unreachable(&self) -> bool {
        self.code == Code::Unreachable
    }

    /// Says what went wrong, and ends with its code.
    pub(super) fn report(self) -> ExitCode {
        eprintln!("tellify: {}", self.text);
        ExitCode::from(self.code as u8)
    }
}

impl From<io::Error> for Failure {
    /// Whoever reads our output may stop reading: that is no failure of ours to tell.
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        Failure::failed(error)
    }
}
