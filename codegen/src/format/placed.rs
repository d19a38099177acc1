//! What the parser finds in a text, and where that really begins and ends: the marks of the parser count in some of what stands around.

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marked};

use super::gap;
use crate::yaml::{Offsets, quoted_length};

/// The length of a bracket; the parser counts in what follows it on its line.
const BRACKET: usize = 1;

/// An event, with its marks in bytes.
pub(super) struct Placed<'t> {
    pub(super) event: Event<'t>,
    pub(super) start: usize,
    end: usize,
}

/// All of a text. `None` if it is not valid.
pub(super) fn events(text: &str) -> Option<Vec<Placed<'_>>> {
    let offsets = Offsets::new(text);
    let events = Parser::new_from_str(text).map(|event| {
        let (event, marks) = event.ok()?;
        Some(Placed::new(event, marks, &offsets))
    });
    events.collect()
}

impl<'t> Placed<'t> {
    fn new(event: Event<'t>, marks: Marked, offsets: &Offsets) -> Self {
        let start = offsets.byte(marks.start.index());
        let end = offsets.byte(marks.end.index()).max(start);
        Self { event, start, end }
    }

    /// Whether it is the value that nobody wrote, as in `key:`.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(&self.event, Event::Scalar(text, ScalarStyle::Plain, ..) if text.is_empty())
    }

    /// Where the opening bracket of a collection ends, if it has one: `[a: 1]` holds a mapping without.
    pub(super) fn bracket_end(&self, text: &str) -> Option<usize> {
        let is_bracket = self.end > self.start && text[self.start..].starts_with(['{', '[']);
        is_bracket.then_some(self.start + BRACKET)
    }

    /// Where the closing bracket ends of a collection that has brackets.
    pub(super) fn closing_end(&self) -> usize {
        self.start + BRACKET
    }

    /// Where a scalar ends that is no block: behind its quotes, or its last word.
    pub(super) fn scalar_end(&self, style: ScalarStyle, text: &str) -> usize {
        let rest = &text[self.start..self.end];
        match style {
            ScalarStyle::SingleQuoted => self.start + quoted_length(rest, '\'', '\''),
            ScalarStyle::DoubleQuoted => self.start + quoted_length(rest, '"', '\\'),
            _ => self.trimmed_end(text),
        }
    }

    /// Where the `|` or `>` of a block scalar stands. For the parser it begins with its text, or with the sign if nothing follows.
    fn header(&self, text: &str, from: usize) -> usize {
        gap::last_sign(text, from, self.start, &['|', '>']).unwrap_or(self.start)
    }

    /// Where an item of a list ends that is nothing: behind its dash. For the parser it stands where the next thing begins.
    pub(super) fn dash_end(&self, text: &str, from: usize) -> usize {
        let dash = gap::last_sign(text, from, self.start, &['-']);
        dash.map_or(self.start, |dash| dash + 1)
    }

    /// Where a block scalar stands: its header, and the lines below that hold its text.
    pub(super) fn block(&self, text: &str, from: usize) -> Block {
        let header = self.header(text, from);
        let line = text[header..].find('\n').map(|at| header + at + 1);
        let start = line.unwrap_or(text.len());
        let is_empty = matches!(&self.event, Event::Scalar(content, ..) if content.is_empty());
        // Without a text it ends with its header, whatever the parser counts in.
        let end = if is_empty {
            start
        } else {
            start.max(self.trimmed_end(text))
        };
        Block { header, start, end }
    }

    fn trimmed_end(&self, text: &str) -> usize {
        self.start + text[self.start..self.end].trim_end().len()
    }
}

/// The place of a block scalar.
pub(super) struct Block {
    pub(super) header: usize,
    /// Where its text begins and ends.
    pub(super) start: usize,
    pub(super) end: usize,
}

pub(super) fn is_block(style: ScalarStyle) -> bool {
    matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
}
