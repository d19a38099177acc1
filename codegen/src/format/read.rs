//! From the text of a file to its layout.
//!
//! The text was read without errors before, so that there are no anchors, aliases, tags or second documents.

use std::collections::VecDeque;

use saphyr_parser::{Event, ScalarStyle};

use super::gap::{self, Found};
use super::placed::{Placed, events, is_block};
use super::tree::{Collection, Document, Item, Line, Scalar, Style, Value};
use super::wrapped;

/// Reads a text whose lines end with `\n`. `None` if it is not what was promised.
pub(super) fn read(text: &str) -> Option<Document> {
    let mut reader = Reader {
        text,
        at: 0,
        last: Last::Start,
        waiting: VecDeque::new(),
        stack: Vec::new(),
        root: None,
    };
    for placed in &events(text)? {
        reader.event(placed)?;
    }
    reader.finish()
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
    fn event(&mut self, placed: &Placed<'_>) -> Option<()> {
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
                self.close(placed)?;
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

    /// The lines at the end of a block that belong to it: of the root all, of others up to the last comment that is indented as far.
    fn take_ending(&mut self, column: usize) -> Vec<Line> {
        let comments = self.waiting.iter().enumerate();
        let inside = comments
            .filter(|(_, found)| found.line != Line::Blank)
            .take_while(|(_, found)| found.column >= column)
            .last();
        let count = match inside {
            _ if self.stack.len() == 1 => self.waiting.len(),
            Some((index, _)) => index + 1,
            None => 0,
        };
        self.waiting
            .drain(..count)
            .map(|found| found.line)
            .collect()
    }

    fn key(&mut self, text: &str, style: ScalarStyle, placed: &Placed<'_>) -> Option<()> {
        self.gap(placed.start);
        let mut leading = self.take_lines();
        let key = Scalar {
            text: text.to_owned(),
            style: match style {
                ScalarStyle::Plain => Style::Plain,
                _ => Style::Quoted,
            },
            lines: Vec::new(),
        };
        self.at = placed.scalar_end(style, self.text);
        self.last = Last::Key;
        let colon = gap::skip(self.text, self.at);
        if self.text[colon..].starts_with(':') {
            // A long key has its colon on a line of its own.
            self.gap(colon);
            self.at = colon + 1;
            let lines = self.take_lines().into_iter();
            leading.extend(lines.filter(|line| *line != Line::Blank));
        }
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
            let end = if self.stack.is_empty() {
                // A file that holds nothing has no place at which it does so.
                self.text.len()
            } else {
                placed.dash_end(self.text, self.at)
            };
            self.gap(end);
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
        let (content, end, head) = if is_block(style) {
            let block = placed.block(self.text, self.at);
            self.gap(block.start);
            let head = match self.waiting.back() {
                Some(found) if found.at > block.header => self.waiting.pop_back().and_then(comment),
                _ => None,
            };
            (block.start, block.end, head)
        } else {
            self.gap(placed.start);
            (placed.start, placed.scalar_end(style, self.text), None)
        };
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

    fn open(&mut self, is_map: bool, placed: &Placed<'_>) {
        self.gap(placed.start);
        let bracket_end = placed.bracket_end(self.text);
        let bracket = bracket_end.is_some();
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
        self.at = bracket_end.unwrap_or(self.at);
        self.last = Last::Open;
    }

    fn close(&mut self, placed: &Placed<'_>) -> Option<()> {
        let top = self.stack.last()?;
        let (bracket, flow, column) = (top.bracket, top.collection.flow, top.column);
        let mut ending = Vec::new();
        if bracket {
            self.gap(placed.start);
            ending = self.take_lines();
            self.at = placed.closing_end();
        } else if !flow {
            let is_root = self.stack.len() == 1;
            self.gap(if is_root {
                self.text.len()
            } else {
                gap::skip(self.text, self.at)
            });
            self.last = Last::Start;
            ending = self.take_ending(column);
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
