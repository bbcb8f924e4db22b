//! The text format of Prometheus, version 0.0.4.

use std::fmt::Write;

use crate::durations::BOUNDS;
use crate::{Counter, Durations, Family};

/// A page under way. Each name may be written once; what it says is one sentence, and
/// stands there also when there is nothing to count yet.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
}

type Labels<'l> = &'l [(&'l str, &'l str)];

impl Page {
    /// What to send it as.
    pub const MEDIA: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    pub fn new() -> Page {
        Page::default()
    }

    pub fn into_text(self) -> String {
        self.text
    }

    /// A number as it stands now.
    pub fn gauge(&mut self, name: &str, says: &str, value: f64) {
        self.head(name, says, "gauge");
        self.sample(name, "", &[], value);
    }

    /// Numbers as they stand now, told apart by one label.
    pub fn gauges<'v>(
        &mut self,
        name: &str,
        says: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'v str, f64)>,
    ) {
        self.head(name, says, "gauge");
        for (of, value) in values {
            self.sample(name, "", &[(label, of)], value);
        }
    }

    /// What does not change while the process lives, as the labels of a one.
    pub fn info(&mut self, name: &str, says: &str, labels: Labels<'_>) {
        self.head(name, says, "gauge");
        self.sample(name, "", labels, 1.0);
    }

    /// What only rises; by custom the name ends in `_total`.
    pub fn count(&mut self, name: &str, says: &str, count: &Counter) {
        self.rising(name, says, count.get() as f64);
    }

    /// The same, counted by somebody else.
    pub fn rising(&mut self, name: &str, says: &str, value: f64) {
        self.head(name, says, "counter");
        self.sample(name, "", &[], value);
    }

    pub fn counts<const N: usize>(&mut self, name: &str, says: &str, counts: &Family<Counter, N>) {
        self.head(name, says, "counter");
        counts.each(|labels, count| self.sample(name, "", labels, count.get() as f64));
    }

    /// By custom the name ends in `_seconds`.
    pub fn duration(&mut self, name: &str, says: &str, durations: &Durations) {
        self.head(name, says, "histogram");
        self.histogram(name, &[], durations);
    }

    pub fn durations<const N: usize>(&mut self, name: &str, says: &str, durations: &Family<Durations, N>) {
        self.head(name, says, "histogram");
        durations.each(|labels, durations| self.histogram(name, labels, durations));
    }

    fn histogram(&mut self, name: &str, labels: Labels<'_>, durations: &Durations) {
        let (counts, sum) = durations.read();
        let bounds = BOUNDS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(counts) {
            let labels: Vec<_> = labels.iter().copied().chain([("le", bound.as_str())]).collect();
            self.sample(name, "_bucket", &labels, count as f64);
        }
        self.sample(name, "_sum", labels, sum);
        self.sample(name, "_count", labels, counts[BOUNDS.len()] as f64);
    }

    fn head(&mut self, name: &str, says: &str, kind: &str) {
        let says = says.replace('\\', "\\\\").replace('\n', "\\n");
        self.write(format_args!("# HELP {name} {says}\n# TYPE {name} {kind}\n"));
    }

    fn sample(&mut self, name: &str, suffix: &str, labels: Labels<'_>, value: f64) {
        self.write(format_args!("{name}{suffix}"));
        for (index, (label, text)) in labels.iter().enumerate() {
            let open = if index == 0 { '{' } else { ',' };
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            self.write(format_args!("{open}{label}=\"{text}\""));
        }
        let close = if labels.is_empty() { "" } else { "}" };
        self.write(format_args!("{close} {value}\n"));
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // A string takes everything.
        let _ = self.text.write_fmt(text);
    }
}
