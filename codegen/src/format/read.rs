//! From the text of a file to its layout.
//!
//! The text was read without errors before, so that there are no anchors, aliases, tags or second documents.

use std::collections::VecDeque;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marked};

use super::gap::{self, Found};
use super::tree::{Collection, Document, Item, Line, Scalar, Style, Value};
use super::wrapped;
use crate::yaml::{Offsets, quoted_length};

/// The length of a bracket; the parser counts in what follows it on its line.
const BRACKET: usize = 1;

/// Reads a text whose lines end with `\n`. `None` if it is not what was promised.
pub(super) fn read(text: &str) -> Option<Document> {
    let offsets = Offsets::new(text);
    let events: Result<Vec<(Event<'_>, Marked)>, _> = Parser::new_from_str(text).collect();
    let events: Vec<Placed<'_>> = events
        .ok()?
        .into_iter()
        .map(|(event, marks)| Placed::new(event, marks, &offsets))
        .collect();
    let mut reader = Reader {
        text,
        at: 0,
        last: Last::Start,
        waiting: VecDeque::new(),
        stack: Vec::new(),
        root: None,
    };
    for (index, placed) in events.iter().enumerate() {
        let next = events[index + 1..].iter().find(|next| next.is_written());
        reader.event(placed, next)?;
    }
    reader.finish()
}

/// An event and where it is, in bytes.
struct Placed<'t> {
    event: Event<'t>,
    start: usize,
    end: usize,
}

impl<'t> Placed<'t> {
    fn new(event: Event<'t>, marks: Marked, offsets: &Offsets) -> Self {
        let start = offsets.byte(marks.start.index());
        let end = offsets.byte(marks.end.index()).max(start);
        Self { event, start, end }
    }

    fn is_nothing(&self) -> bool {
        matches!(&self.event, Event::Scalar(text, ScalarStyle::Plain, ..) if text.is_empty())
    }

    /// Whether something is written for it; for the end of a block, for example, it is not.
    fn is_written(&self) -> bool {
        match &self.event {
            Event::Scalar(..) => !self.is_nothing(),
            Event::SequenceStart(..) | Event::MappingStart(..) => true,
            Event::SequenceEnd | Event::MappingEnd => self.is_bracket(),
            _ => false,
        }
    }

    fn is_bracket(&self) -> bool {
        self.end > self.start
    }
}

/// What the gap that comes next begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// The file, or something to which no comment behind it belongs.
    Start,
    Key,
    Value,
    Open,
}

struct Reader<'t> {
    text: &'t str,
    /// The end of what was read.
    at: usize,
    last: Last,
    /// Lines that belong to what comes.
    waiting: VecDeque<Found>,
    stack: Vec<Open>,
    root: Option<Item>,
}

/// A collection whose end has not come yet.
struct Open {
    collection: Collection,
    /// Whether it is written with brackets of its own; `[a: 1]` holds a mapping without.
    bracket: bool,
    column: usize,
    /// What stands before the collection.
    before: Before,
    /// In a mapping: what stands before the value that comes.
    key: Option<Before>,
}

/// An item without its value.
#[derive(Default)]
struct Before {
    leading: Vec<Line>,
    key: Option<Scalar>,
    head: Option<String>,
}

impl Before {
    fn with(self, value: Value) -> Item {
        Item {
            leading: self.leading,
            key: self.key,
            head: self.head,
            value,
            trailing: None,
        }
    }
}

impl Reader<'_> {
    fn event(&mut self, placed: &Placed<'_>, next: Option<&Placed<'_>>) -> Option<()> {
        match &placed.event {
            Event::Scalar(text, style, ..) => {
                if self.expects_key() {
                    self.key(text, *style, placed)?;
                } else if placed.is_nothing() {
                    self.nothing(placed)?;
                } else {
                    self.scalar(text, *style, placed)?;
                }
            }
            Event::SequenceStart(..) => self.open(false, placed),
            Event::MappingStart(..) => self.open(true, placed),
            Event::SequenceEnd | Event::MappingEnd => {
                let next = next.map_or(self.text.len(), |next| self.start(next));
                self.close(placed, next)?;
            }
            Event::Alias(_) => return None,
            _ => {}
        }
        Some(())
    }

    fn expects_key(&self) -> bool {
        let open = self.stack.last();
        open.is_some_and(|open| open.collection.is_map && open.key.is_none())
    }

    fn in_flow(&self) -> bool {
        self.stack.last().is_some_and(|open| open.collection.flow)
    }

    /// Reads the gap up to `end`. A comment behind a value goes to it, all else waits.
    fn gap(&mut self, end: usize) {
        let start = self.at.min(end);
        let flow = self.in_flow();
        for found in gap::scan(self.text, start, end) {
            match found.line {
                Line::Blank if flow => {}
                Line::Comment(text) if found.same_line && self.last == Last::Value => {
                    if let Some(item) = self.last_item() {
                        item.trailing = Some(text);
                    }
                }
                _ => self.waiting.push_back(found),
            }
        }
        self.at = self.at.max(end);
    }

    fn last_item(&mut self) -> Option<&mut Item> {
        match self.stack.last_mut() {
            Some(open) => open.collection.items.last_mut(),
            None => self.root.as_mut(),
        }
    }

    /// All lines that wait.
    fn take_lines(&mut self) -> Vec<Line> {
        self.waiting.drain(..).map(|found| found.line).collect()
    }

    fn key(&mut self, text: &str, style: ScalarStyle, placed: &Placed<'_>) -> Option<()> {
        self.gap(placed.start);
        let leading = self.take_lines();
        let key = Scalar {
            text: text.to_owned(),
            style: match style {
                ScalarStyle::Plain => Style::Plain,
                _ => Style::Quoted,
            },
            lines: Vec::new(),
        };
        self.at = self.scalar_end(style, placed);
        self.last = Last::Key;
        self.stack.last_mut()?.key = Some(Before {
            leading,
            key: Some(key),
            head: None,
        });
        Some(())
    }

    /// What stands before a value that begins here. Comments between a key and its value come before the key.
    fn before_value(&mut self) -> Before {
        let in_map = self.stack.last_mut().and_then(|open| open.key.take());
        let mut before = in_map.unwrap_or_default();
        let lines = self.take_lines();
        if before.key.is_some() {
            let comments = lines.into_iter().filter(|line| *line != Line::Blank);
            before.leading.extend(comments);
        } else {
            before.leading.extend(lines);
        }
        before
    }

    /// `key:` and nothing more. Comments that follow stand behind it or before what comes next.
    fn nothing(&mut self, placed: &Placed<'_>) -> Option<()> {
        let in_map = self.stack.last_mut().and_then(|open| open.key.take());
        let before = if let Some(before) = in_map {
            before
        } else {
            self.gap(if self.stack.is_empty() {
                // A file that holds nothing has no place at which it does so.
                self.text.len()
            } else {
                // An item is its dash; for the parser, it stands where the next thing begins.
                let dash = gap::last_sign(self.text, self.at, placed.start, &['-']);
                dash.map_or(placed.start, |dash| dash + 1)
            });
            self.before_value()
        };
        let value = Value::Scalar(Scalar {
            text: String::new(),
            style: Style::Plain,
            lines: Vec::new(),
        });
        self.put(before.with(value))
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, placed: &Placed<'_>) -> Option<()> {
        let mut end = self.scalar_end(style, placed);
        let mut content = placed.start;
        let mut head = None;
        if is_block(style) {
            let header = self.header(placed);
            let line = self.text[header..].find('\n').map(|at| header + at + 1);
            content = line.unwrap_or(self.text.len());
            // Without a text it ends with its header, whatever the parser counts in.
            end = if text.is_empty() {
                content
            } else {
                end.max(content)
            };
            self.gap(content);
            head = match self.waiting.back() {
                Some(found) if found.at > header => self.waiting.pop_back().and_then(comment),
                _ => None,
            };
        } else {
            self.gap(content);
        }
        let mut before = self.before_value();
        before.head = head;
        let raw = self.text.get(content..end)?;
        let (style, lines) = match style {
            ScalarStyle::Plain => (Style::Plain, wrapped::flow_lines(raw, text)),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                (Style::Quoted, wrapped::flow_lines(raw, text))
            }
            ScalarStyle::Literal => wrapped::literal_lines(text),
            ScalarStyle::Folded => wrapped::folded_lines(raw, text),
        };
        let value = Value::Scalar(Scalar {
            text: text.to_owned(),
            style,
            lines,
        });
        self.at = end;
        self.put(before.with(value))
    }

    /// Where the next thing begins, a block scalar with its header.
    fn start(&self, next: &Placed<'_>) -> usize {
        match next.event {
            Event::Scalar(_, style, ..) if is_block(style) => self.header(next),
            _ => next.start,
        }
    }

    /// Where the `|` or `>` of a block scalar stands. For the parser it begins with its text, or with the sign if nothing follows.
    fn header(&self, placed: &Placed<'_>) -> usize {
        gap::last_sign(self.text, self.at, placed.start, &['|', '>']).unwrap_or(placed.start)
    }

    /// Where a scalar really ends: the parser counts in what follows a quoted one.
    fn scalar_end(&self, style: ScalarStyle, placed: &Placed<'_>) -> usize {
        let text = &self.text[placed.start..placed.end];
        placed.start
            + match style {
                ScalarStyle::SingleQuoted => quoted_length(text, '\'', '\''),
                ScalarStyle::DoubleQuoted => quoted_length(text, '"', '\\'),
                _ => text.trim_end().len(),
            }
    }

    fn open(&mut self, is_map: bool, placed: &Placed<'_>) {
        self.gap(placed.start);
        let bracket = placed.is_bracket() && self.text[placed.start..].starts_with(['{', '[']);
        let flow = bracket || self.in_flow();
        let key = match self.stack.last_mut() {
            Some(parent) if !flow => parent.key.take(),
            _ => None,
        };
        let before = if let Some(mut before) = key {
            if self.waiting.front().is_some_and(|found| found.same_line) {
                before.head = self.waiting.pop_front().and_then(comment);
            }
            before
        } else if self.stack.is_empty() && !flow {
            // The lines at the top of the file belong to its first key.
            Before::default()
        } else {
            self.before_value()
        };
        let line = self.text[..placed.start].rfind('\n').map_or(0, |at| at + 1);
        let column = placed.start - line;
        let parent = self.stack.last();
        // A list may stand under its key without being indented. Then a comment there speaks of the next key.
        let as_deep = parent.is_some_and(|parent| parent.column >= column);
        self.stack.push(Open {
            collection: Collection {
                is_map,
                flow,
                items: Vec::new(),
                ending: Vec::new(),
            },
            bracket,
            column: column + usize::from(as_deep),
            before,
            key: None,
        });
        if bracket {
            self.at = placed.start + BRACKET;
        }
        self.last = Last::Open;
    }

    fn close(&mut self, placed: &Placed<'_>, next: usize) -> Option<()> {
        let top = self.stack.last()?;
        let (bracket, flow, column) = (top.bracket, top.collection.flow, top.column);
        let mut ending = Vec::new();
        if bracket {
            self.gap(placed.start);
            ending = self.take_lines();
            self.at = placed.start + BRACKET;
        } else if !flow {
            self.gap(next);
            self.last = Last::Start;
            let count = if self.stack.len() == 1 {
                self.waiting.len()
            } else {
                let comments = self.waiting.iter().enumerate();
                let inside = comments
                    .filter(|(_, found)| found.line != Line::Blank)
                    .take_while(|(_, found)| found.column >= column);
                inside.last().map_or(0, |(index, _)| index + 1)
            };
            ending = self
                .waiting
                .drain(..count)
                .map(|found| found.line)
                .collect();
        }
        let mut open = self.stack.pop()?;
        if open.collection.items.is_empty() {
            // Nothing can be inside that has nothing around it.
            open.before.leading.append(&mut ending);
        }
        open.collection.ending = ending;
        if open.before.key.is_none() && !self.stack.is_empty() {
            // The first item stands on the line of the dash.
            if let Some(first) = open.collection.items.first_mut() {
                open.before.leading.append(&mut first.leading);
            }
        }
        let item = open.before.with(Value::Collection(open.collection));
        let last = self.last;
        self.put(item)?;
        if !flow {
            self.last = last;
        }
        Some(())
    }

    fn put(&mut self, item: Item) -> Option<()> {
        self.last = Last::Value;
        match self.stack.last_mut() {
            Some(open) => open.collection.items.push(item),
            None if self.root.is_none() => self.root = Some(item),
            None => return None,
        }
        Some(())
    }

    fn finish(mut self) -> Option<Document> {
        self.gap(self.text.len());
        let ending = self.take_lines();
        let root = self.root?;
        Some(Document { root, ending })
    }
}

fn comment(found: Found) -> Option<String> {
    match found.line {
        Line::Comment(text) => Some(text),
        Line::Blank => None,
    }
}

fn is_block(style: ScalarStyle) -> bool {
    matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
}
