//! Hears everything that is said through `tracing` in this process, lapin's own words included.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What was said.
#[derive(Clone, Default)]
pub(crate) struct Witness(Arc<Mutex<String>>);

impl Witness {
    /// Hears everything from now on, down to `TRACE`. There is one for a process.
    pub(crate) fn everywhere() -> Self {
        let witness = Self::default();
        tracing::subscriber::set_global_default(Listener(witness.clone())).unwrap();
        witness
    }

    /// Everything so far.
    pub(crate) fn heard(&self) -> String {
        self.text(|text| text.clone())
    }

    /// Whether a line holds all of these.
    pub(crate) fn has_heard(&self, parts: &[&str]) -> bool {
        self.text(|text| {
            text.lines()
                .any(|line| parts.iter().all(|part| line.contains(part)))
        })
    }

    fn text<T>(&self, look: impl FnOnce(&mut String) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, metadata: &Metadata<'_>, record: impl FnOnce(&mut Line)) {
        let mut line = Line(format!("{} {}", metadata.level(), metadata.target()));
        record(&mut line);
        self.text(|text| {
            text.push_str(&line.0.replace('\n', "\\n"));
            text.push('\n');
        });
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

struct Listener(Witness);

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.note(span.metadata(), |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line("recorded".to_owned());
        values.record(&mut line);
        self.0.text(|text| {
            text.push_str(&line.0.replace('\n', "\\n"));
            text.push('\n');
        });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.0.note(event.metadata(), |line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
