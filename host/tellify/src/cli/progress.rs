//! How far something is, on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over bytes; on anything but a terminal it draws nothing.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(what: &'static str) -> Bar {
        Bar::drawn(what, "{prefix} [{bar:30}] {bytes} of {total_bytes}, {eta} left  {msg}")
    }

    /// One over things, of which there are so many.
    pub(super) fn counting(what: &'static str) -> Bar {
        Bar::drawn(what, "{prefix} [{bar:30}] {pos} of {len}  {msg}")
    }

    fn drawn(what: &'static str, template: &str) -> Bar {
        let style = ProgressStyle::with_template(template);
        let bar = ProgressBar::new(0);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(what);
        Bar(bar)
    }

    pub(super) fn at(&self, done: u64, total: u64, at: &str) {
        self.0.set_length(total.max(done));
        self.0.set_position(done);
        self.0.set_message(at.to_owned());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
