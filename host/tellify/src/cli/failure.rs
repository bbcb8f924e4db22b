//! Why a command failed, and what its exit code says of it.

use std::fmt;
use std::io;
use std::process::ExitCode;

use api::Problem;

use super::credential::Credential;

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
    /// The status of the daemon's answer; zero when there was none.
    status: u16,
    text: String,
}

impl Failure {
    pub(super) fn failed(text: impl fmt::Display) -> Failure {
        Failure { code: Code::Failed, status: 0, text: text.to_string() }
    }

    pub(super) fn usage(text: impl fmt::Display) -> Failure {
        Failure { code: Code::Usage, status: 0, text: text.to_string() }
    }

    pub(super) fn not_found(text: impl fmt::Display) -> Failure {
        Failure { code: Code::NotFound, text: text.to_string(), status: 0 }
    }

    pub(super) fn not_allowed(text: impl fmt::Display) -> Failure {
        Failure { code: Code::NotAllowed, text: text.to_string(), status: 0 }
    }

    pub(super) fn unreachable(url: &str, error: &egress::Error) -> Failure {
        let text = format!(
            "{error}\n  Nobody answers at {url}. Start the daemon with `tellify serve`, or as a service with \
             `systemctl start tellify`.\n  If it is elsewhere, set TELLIFY_URL or --url."
        );
        Failure { code: Code::Unreachable, status: 0, text }
    }

    /// What the daemon refused. `filter` is the filter that was sent, to point at the
    /// place that is wrong.
    pub(super) fn refused(problem: &Problem, filter: Option<&str>, shown: &Credential) -> Failure {
        let code = match problem.status {
            404 | 410 => Code::NotFound,
            401 | 403 => Code::NotAllowed,
            // Somebody answers, and says that the daemon does not.
            502..=504 => Code::Unreachable,
            _ => Code::Failed,
        };
        let mut text = without_place(&problem.detail).to_owned();
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
        let failure = Failure { code, status: problem.status, text };
        match (problem.status, &shown.token) {
            (401 | 403, Some(_)) => failure.advised(&format!(
                "{} `tellify token list` shows an administrator what each token may do.",
                shown.told
            )),
            (401 | 403, None) => failure.advised(&shown.told).advised(
                "Set TELLIFY_DATA to the daemon's data folder, whose admin-token you may read, or TELLIFY_TOKEN \
                 to a token that `tellify token create` made.",
            ),
            _ => failure,
        }
    }

    /// Adds what to do about it.
    pub(super) fn advised(mut self, advice: &str) -> Failure {
        self.text.push_str("\n  ");
        self.text.push_str(advice);
        self
    }

    /// Of the daemon's answer; zero when there was none.
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// Nobody listens, or not yet.
    pub(super) fn is_unreachable(&self) -> bool {
        self.code == Code::Unreachable
    }

    /// It contradicts what is there.
    pub(super) fn is_conflict(&self) -> bool {
        self.status == 409
    }

    /// Says what went wrong, and ends with its code.
    pub(super) fn report(self) -> ExitCode {
        eprintln!("tellify: {self}");
        ExitCode::from(self.code as u8)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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

/// What is wrong, without where in the JSON that this program wrote.
fn without_place(detail: &str) -> &str {
    let place = detail.rsplit_once(" at line ");
    let of_numbers = |place: &str| {
        place.split_once(" column ").is_some_and(|(line, column)| {
            [line, column].iter().all(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    place.filter(|(_, place)| of_numbers(place)).map_or(detail, |(said, _)| said)
}
