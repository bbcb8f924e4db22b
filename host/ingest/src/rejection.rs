//! Why a body is refused.

use event::EventLimits;

/// Nothing of the body was taken, for this reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Rejection {
    /// 400 when it is wrong, 413 when it is over a limit, 415 when it is no form that we read.
    pub status: u16,
    /// The event's place in a batch, from 0; none when the body holds one event, or
    /// when the body as a whole is at fault.
    pub index: Option<usize>,
    /// JSON pointer into that event; empty for all of it.
    pub pointer: String,
    /// A sentence for the sender.
    pub detail: String,
}

impl Rejection {
    pub(crate) fn malformed(detail: impl Into<String>) -> Rejection {
        Rejection { status: 400, index: None, pointer: String::new(), detail: detail.into() }
    }

    pub(crate) fn too_large(detail: impl Into<String>) -> Rejection {
        Rejection { status: 413, ..Rejection::malformed(detail) }
    }

    pub(crate) fn unsupported(detail: impl Into<String>) -> Rejection {
        Rejection { status: 415, ..Rejection::malformed(detail) }
    }

    pub(crate) fn event_too_large(bytes: usize, limits: &EventLimits) -> Rejection {
        let limit = limits.event_bytes;
        Rejection::too_large(format!("the event takes {bytes} bytes, and {limit} are allowed"))
    }

    pub(crate) fn too_many_fields(limits: &EventLimits) -> Rejection {
        Rejection::too_large(format!("the event has more than {} fields", limits.fields))
    }

    pub(crate) fn twice(key: &str) -> Rejection {
        Rejection::malformed(format!("`{}` is given twice", shown(key))).inside(key)
    }

    /// The same, at a place in a batch.
    pub(crate) fn at(self, index: usize) -> Rejection {
        Rejection { index: Some(index), ..self }
    }

    /// The same, one step further in: what was its root is a member or element of `step`.
    pub(crate) fn inside(mut self, step: &str) -> Rejection {
        let step = step.replace('~', "~0").replace('/', "~1");
        self.pointer = format!("/{step}{}", self.pointer);
        self
    }
}

/// What a sender sent, fit to be said back: short, and without control characters.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
