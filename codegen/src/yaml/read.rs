//! Text to tree. The stack is a `Vec`, so that no nesting can exhaust that of the thread.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marked, Tag};

use super::{Content, Entry, Meaning, Node, Scalar, trap};
use crate::diagnostic::{Code, Report};
use crate::source::{FileId, Source, Sources, Span, Spanned};

/// How deep values may be nested.
const MAX_DEPTH: usize = 64;
/// How many values a file may hold.
const MAX_NODES: usize = 100_000;

/// Reads one file. `None` if it cannot be understood at all, which is then reported.
pub(crate) fn read(file: FileId, source: &Source, report: &mut Report) -> Option<Node> {
    trap::bidi_controls(report, file, source);
    let mut reader = Reader {
        offsets: Offsets::new(&source.text),
        file,
        source,
        report,
        stack: Vec::new(),
        root: None,
        nodes: 0,
        documents: 0,
    };
    for event in Parser::new_from_str(&source.text) {
        match event {
            Ok((event, marks)) => reader.event(event, marks)?,
            Err(error) => {
                let at = reader.offsets.byte(error.marker().index());
                // The parser looks ahead, and has a limit of its own.
                if error.info().contains("recursion limit") {
                    reader.too_deep(Span {
                        file,
                        start: at,
                        end: at,
                    });
                    return None;
                }
                trap::syntax_error(reader.report, file, source, at, error.info());
                return None;
            }
        }
    }
    if reader.root.is_none() && reader.documents < 2 {
        reader
            .report
            .add(Code::WrongShape, Sources::top(file), "the file is empty")
            .help("a contract file starts with `catalog: 1` and `namespace: ...`");
    }
    reader.root
}

struct Reader<'a> {
    file: FileId,
    source: &'a Source,
    offsets: Offsets,
    report: &'a mut Report,
    stack: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
}

/// A list or mapping whose end has not come yet.
struct Open {
    start: usize,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        /// Where each key stands.
        seen: BTreeMap<String, Span>,
        key: Key,
    },
}

/// What a mapping waits for.
enum Key {
    /// A key.
    Expected,
    /// The value of this key.
    Of(Spanned<String>),
    /// The value of a key that was reported: it is not looked at any more.
    Broken(Spanned<String>),
    /// The value of something that is no key; it is dropped.
    Dropped,
}

impl Reader<'_> {
    /// `None` ends the reading.
    fn event(&mut self, event: Event<'_>, marks: Marked) -> Option<()> {
        let span = self.span(marks);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.report
                        .add(Code::SecondDocument, span, "a file holds one document")
                        .help("put what follows `---` into a file of its own");
                    return None;
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.enter(span)?;
                self.properties(span, anchor, tag.as_deref());
                let scalar = Scalar {
                    text: text.into_owned(),
                    quoted: style != ScalarStyle::Plain,
                };
                let span = self.scalar_span(span, style);
                if style == ScalarStyle::DoubleQuoted {
                    let raw = &self.source.text[span.start..span.end];
                    trap::escaped_bidi_control(self.report, span, raw, &scalar.text);
                }
                self.scalar(scalar, span);
            }
            Event::Alias(_) => {
                self.enter(span)?;
                self.report
                    .add(Code::AnchorOrAlias, span, "aliases are not allowed")
                    .help("repeat the value, or declare a type and use its name")
                    .help("a text that starts with `*` must be quoted");
                self.node(Node {
                    span,
                    content: Content::Broken,
                });
            }
            Event::SequenceStart(anchor, tag) => {
                self.enter(span)?;
                self.properties(span, anchor, tag.as_deref());
                self.open(span, Items::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                self.enter(span)?;
                self.properties(span, anchor, tag.as_deref());
                let items = Items::Map {
                    entries: Vec::new(),
                    seen: BTreeMap::new(),
                    key: Key::Expected,
                };
                self.open(span, items)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Some(())
    }

    fn span(&self, marks: Marked) -> Span {
        let start = self.offsets.byte(marks.start.index());
        let end = self.offsets.byte(marks.end.index()).max(start);
        Span {
            file: self.file,
            start,
            end,
        }
    }

    /// Counts a value.
    fn enter(&mut self, span: Span) -> Option<()> {
        self.nodes += 1;
        if self.nodes <= MAX_NODES {
            return Some(());
        }
        let message = format!("the file holds more than {MAX_NODES} values");
        self.report
            .add(Code::TooLarge, span, message)
            .help("split it; several files may share a namespace");
        None
    }

    fn open(&mut self, span: Span, items: Items) -> Option<()> {
        if self.stack.len() == MAX_DEPTH {
            self.too_deep(span);
            return None;
        }
        let start = span.start;
        self.stack.push(Open { start, items });
        Some(())
    }

    fn too_deep(&mut self, span: Span) {
        let message = format!("values are nested more than {MAX_DEPTH} deep");
        self.report
            .add(Code::TooLarge, span, message)
            .help("give inner parts names: declare types for them");
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.stack.pop() else {
            return;
        };
        let span = self.first_line(open.start, end);
        let content = match open.items {
            Items::List(items) => Content::List(items),
            Items::Map { entries, .. } => Content::Map(entries),
        };
        self.node(Node { span, content });
    }

    /// Anchors and tags before a value.
    fn properties(&mut self, span: Span, anchor: usize, tag: Option<&Tag>) {
        if anchor > 0 {
            let at = self.before(span, '&');
            self.report
                .add(Code::AnchorOrAlias, at, "anchors are not allowed")
                .help("repeat the value, or declare a type and use its name")
                .help("a text that starts with `&` must be quoted");
        }
        if tag.is_some() {
            let at = self.before(span, '!');
            self.report
                .add(Code::Tag, at, "tags are not allowed")
                .help("remove the tag; quote a text that starts with `!`");
        }
    }

    /// The word in front of a value that starts with this character; the value itself if there is none on its line.
    fn before(&self, span: Span, sign: char) -> Span {
        let text = &self.source.text;
        let (line, _) = self.source.lines(span.start..span.start);
        let Some(at) = text[line..span.start].rfind(sign) else {
            return self.first_line(span.start, span.end);
        };
        let start = line + at;
        let word = text[start..].split_whitespace().next().unwrap_or_default();
        Span {
            file: self.file,
            start,
            end: start + word.len(),
        }
    }

    fn scalar(&mut self, scalar: Scalar, span: Span) {
        let expects_key = matches!(
            self.stack.last(),
            Some(Open {
                items: Items::Map {
                    key: Key::Expected,
                    ..
                },
                ..
            })
        );
        if expects_key {
            self.key(scalar, span);
        } else {
            let content = Content::Scalar(scalar);
            self.node(Node { span, content });
        }
    }

    fn key(&mut self, scalar: Scalar, span: Span) {
        let Some(Open {
            items: Items::Map { seen, key, .. },
            ..
        }) = self.stack.last_mut()
        else {
            return;
        };
        *key = Key::Dropped;
        if !scalar.quoted && scalar.text == "<<" {
            self.report
                .add(Code::MergeKey, span, "merge keys are not allowed")
                .help("write the keys out, or declare a type and use its name");
        } else if scalar.meaning() != Meaning::Text {
            let text = &scalar.text;
            let message = match text.as_str() {
                "" => "a key is missing in front of `:`".to_owned(),
                _ => format!("`{text}` is not text to YAML, and keys are text"),
            };
            self.report
                .add(Code::KeyNotText, span, message)
                .help(format!("quote it: `\"{text}\"`"));
            if !text.is_empty() {
                let value = scalar.text;
                *key = Key::Broken(Spanned { value, span });
            }
        } else if let Some(first) = seen.get(&scalar.text) {
            let message = format!("`{}` stands twice in this mapping", scalar.text);
            self.report
                .add(Code::DuplicateKey, span, message)
                .label("again here")
                .and(*first, "first here")
                .help("remove or rename one of them");
        } else {
            seen.insert(scalar.text.clone(), span);
            let value = scalar.text;
            *key = Key::Of(Spanned { value, span });
        }
    }

    /// Puts a value where it belongs.
    fn node(&mut self, mut node: Node) {
        let text = &self.source.text;
        match self.stack.last_mut().map(|open| &mut open.items) {
            None => self.root = Some(node),
            Some(Items::List(items)) => items.push(node),
            Some(Items::Map { entries, key, .. }) => match std::mem::replace(key, Key::Expected) {
                Key::Of(key) => {
                    let behind = text[key.span.end..].trim_start();
                    if node.is_null() && !behind.starts_with(':') {
                        node.span = key.span;
                    }
                    entries.push(Entry { key, value: node });
                }
                Key::Broken(key) => {
                    let span = node.span;
                    let content = Content::Broken;
                    let value = Node { span, content };
                    entries.push(Entry { key, value });
                }
                Key::Dropped => {}
                Key::Expected => {
                    *key = Key::Dropped;
                    if !matches!(node.content, Content::Broken) {
                        let message = format!("{} cannot be a key", node.kind());
                        self.report
                            .add(Code::KeyNotText, node.span, message)
                            .help("a text with `{`, `[` or `?` in front must be quoted");
                    }
                }
            },
        }
    }

    /// A scalar's span without the blanks and comments that the parser counts in.
    fn scalar_span(&self, span: Span, style: ScalarStyle) -> Span {
        let text = &self.source.text[span.start..span.end];
        let length = match style {
            ScalarStyle::SingleQuoted => quoted_length(text, '\'', '\''),
            ScalarStyle::DoubleQuoted => quoted_length(text, '"', '\\'),
            _ => text.trim_end().len(),
        };
        self.first_line(span.start, span.start + length)
    }

    fn first_line(&self, start: usize, end: usize) -> Span {
        let text = &self.source.text[start..end.max(start)];
        let line = text.lines().next().unwrap_or_default().trim_end();
        Span {
            file: self.file,
            start,
            end: start + line.len(),
        }
    }
}

/// The length of a quoted scalar that `text` begins with. A character after `escape` does not end it; in single quotes the quote
/// itself is the escape, and `''` stands for one.
pub(crate) fn quoted_length(text: &str, quote: char, escape: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        let next_is_quote = chars.peek().is_some_and(|(_, next)| *next == quote);
        if c == escape && (escape != quote || next_is_quote) {
            chars.next();
        } else if c == quote {
            return at + quote.len_utf8();
        }
    }
    text.len()
}

/// The parser counts characters, we count bytes.
pub(crate) enum Offsets {
    /// Each character is a byte.
    Ascii { len: usize },
    /// The offset of each character, and the end.
    Wide(Vec<usize>),
}

impl Offsets {
    pub(crate) fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii { len: text.len() };
        }
        let offsets = text.char_indices().map(|(at, _)| at);
        Self::Wide(offsets.chain(std::iter::once(text.len())).collect())
    }

    pub(crate) fn byte(&self, character: usize) -> usize {
        match self {
            Self::Ascii { len } => character.min(*len),
            Self::Wide(offsets) => offsets
                .get(character)
                .or(offsets.last())
                .copied()
                .unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::diagnostic::Diagnostics;

    fn spans(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add(Source::new(Path::new("a.yaml"), text));
        let source = std::sync::Arc::clone(sources.get(file));
        let mut report = Report::default();
        let root = read(file, &source, &mut report);
        let diagnostics = Diagnostics::new(report, &sources);
        assert!(diagnostics.is_empty(), "{}", diagnostics.render(false));
        let mut texts = Vec::new();
        let mut open: Vec<Node> = root.into_iter().collect();
        while let Some(node) = open.pop() {
            let Span { start, end, .. } = node.span;
            texts.push(source.text[start..end].to_owned());
            match node.content {
                Content::Map(entries) => {
                    for entry in entries {
                        let Span { start, end, .. } = entry.key.span;
                        texts.push(source.text[start..end].to_owned());
                        open.push(entry.value);
                    }
                }
                Content::List(items) => open.extend(items),
                Content::Scalar(_) | Content::Broken => {}
            }
        }
        texts.sort();
        texts
    }

    #[test]
    fn spans_are_exact_among_wide_characters_and_line_breaks() {
        let text = "é: \"ü \\\"ü\"  # ö\r\nb:   ñandú   \r\nc: {d:  [ä, 'x''🐍']}\r\n";
        let expected = [
            "\"ü \\\"ü\"",
            "'x''🐍'",
            "[ä, 'x''🐍']",
            "b",
            "c",
            "d",
            "é",
            "é: \"ü \\\"ü\"  # ö",
            "{d:  [ä, 'x''🐍']}",
            "ä",
            "ñandú",
        ];
        let mut expected = expected.map(str::to_owned).to_vec();
        expected.sort();
        assert_eq!(spans(text), expected);
    }
}
