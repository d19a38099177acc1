//! From the layout of a file to its text.

use super::scalar::{self, Place};
use super::shape::Shape;
use super::tree::{Collection, Document, Item, Line, Scalar, Style, Value};
use super::wrapped;

/// How wide a line may be that could be broken.
const WIDTH: usize = 100;
/// How far one level is indented.
const STEP: usize = 2;

pub(super) fn print(document: &Document) -> String {
    let mut printer = Printer { out: String::new() };
    printer.item(&document.root, 0, document.shape(), false);
    printer.lines(&document.ending, 0);
    printer.out
}

struct Printer {
    out: String,
}

/// What an item begins with.
#[derive(Clone, Copy)]
enum Mark {
    Key,
    Dash(Place),
    Nothing,
}

impl Printer {
    /// Comments, and single blank lines between them.
    fn lines(&mut self, lines: &[Line], indent: usize) {
        let last = lines.iter().rposition(|line| *line != Line::Blank);
        for line in &lines[..last.map_or(0, |last| last + 1)] {
            match line {
                Line::Comment(text) => {
                    self.indent(indent);
                    self.out.push_str(text);
                    self.out.push('\n');
                }
                Line::Blank => self.blank(),
            }
        }
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// The characters of the line so far.
    fn column(&self) -> usize {
        let line = self.out.rfind('\n').map_or(0, |at| at + 1);
        self.out[line..].chars().count()
    }

    fn comment(&mut self, comment: Option<&String>) {
        if let Some(comment) = comment {
            self.out.push(' ');
            self.out.push_str(comment);
        }
    }

    /// An item with the lines before it. `begun` says that its line holds the dash of an outer list already.
    fn item(&mut self, item: &Item, indent: usize, shape: Shape, begun: bool) {
        self.leading(item, indent);
        match &item.key {
            Some(key) => {
                if !begun {
                    self.indent(indent);
                }
                let text = scalar::on_one_line(key, Place::default());
                if scalar::is_long_key(&text) {
                    self.out.push_str("? ");
                    self.out.push_str(&text);
                    self.out.push('\n');
                    self.indent(indent);
                } else {
                    self.out.push_str(&text);
                }
                self.out.push(':');
                self.value(item, indent, shape, Mark::Key);
            }
            None => self.value(item, indent, shape, Mark::Nothing),
        }
    }

    /// The comments before an item, with the blank line that may set them apart from it.
    fn leading(&mut self, item: &Item, indent: usize) {
        let mut lines = item.leading.as_slice();
        while let [Line::Blank, rest @ ..] = lines {
            lines = rest;
        }
        self.lines(lines, indent);
        if let [.., Line::Blank] = lines {
            self.blank();
        }
    }

    fn value(&mut self, item: &Item, indent: usize, shape: Shape, mark: Mark) {
        match &item.value {
            Value::Scalar(scalar) => self.scalar(scalar, item, indent, mark),
            Value::Collection(collection) => {
                self.collection(collection, item, indent, shape, mark);
            }
        }
    }

    fn scalar(&mut self, scalar: &Scalar, item: &Item, indent: usize, mark: Mark) {
        let comment = item.head.as_ref().or(item.trailing.as_ref());
        if scalar.is_nothing() {
            if matches!(mark, Mark::Nothing) {
                // A file must hold something to hold nothing.
                self.out.push_str("---");
            }
            self.comment(comment);
            self.out.push('\n');
            return;
        }
        if !matches!(mark, Mark::Nothing) {
            self.out.push(' ');
        }
        if matches!(scalar.style, Style::Literal | Style::Folded) {
            let header = wrapped::header(scalar.style, &scalar.lines, &scalar.text);
            self.out.push_str(&header);
            self.comment(comment);
            self.out.push('\n');
            self.wrapped(&scalar.lines, indent + STEP);
            return;
        }
        let place = match mark {
            Mark::Dash(place) => place,
            Mark::Key | Mark::Nothing => Place::default(),
        };
        let text = scalar::on_one_line(scalar, place);
        let fits = self.column() + text.chars().count() <= WIDTH && !scalar.text.contains('\n');
        match scalar.lines.split_first() {
            Some((first, rest)) if !fits => {
                self.out.push_str(first);
                self.out.push('\n');
                self.wrapped(rest, indent + STEP);
                self.out.pop();
            }
            _ => self.out.push_str(&text),
        }
        self.comment(comment);
        self.out.push('\n');
    }

    fn wrapped(&mut self, lines: &[String], indent: usize) {
        for line in lines {
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    fn collection(
        &mut self,
        collection: &Collection,
        item: &Item,
        indent: usize,
        shape: Shape,
        mark: Mark,
    ) {
        let column = self.column() + usize::from(!matches!(mark, Mark::Nothing));
        if let Some(text) = on_one_line(collection, WIDTH.saturating_sub(column)) {
            if !matches!(mark, Mark::Nothing) {
                self.out.push(' ');
            }
            self.out.push_str(&text);
            self.comment(item.head.as_ref().or(item.trailing.as_ref()));
            self.out.push('\n');
            return;
        }
        // A comment behind brackets that are taken away stands where its order among the comments is the same.
        let inside = collection.has_comments();
        let before = item.head.as_ref().or(item.trailing.as_ref());
        let (before, after) = if inside && item.head.is_none() {
            (None, before)
        } else {
            (before, None)
        };
        match mark {
            Mark::Key => {
                self.comment(before);
                self.out.push('\n');
                self.items(collection, indent + STEP, shape, false);
            }
            Mark::Dash(_) => {
                self.out.push(' ');
                self.items(collection, indent + STEP, shape, true);
            }
            Mark::Nothing => {
                if let Some(comment) = before {
                    self.lines(&[Line::Comment(comment.clone())], indent);
                }
                self.items(collection, indent, shape, false);
            }
        }
        if let Some(comment) = after {
            let indent = if matches!(mark, Mark::Nothing) {
                indent
            } else {
                indent + STEP
            };
            self.lines(&[Line::Comment(comment.clone())], indent);
        }
    }

    /// The items of a collection in block style. `begun` says that the first one continues a line.
    fn items(&mut self, collection: &Collection, indent: usize, shape: Shape, begun: bool) {
        let mut before: Option<bool> = None;
        let place = Place::inside(collection, false);
        for (index, item) in collection.items.iter().enumerate() {
            let begun = begun && index == 0;
            let start = self.out.len();
            match &item.key {
                Some(key) => self.item(item, indent, shape.under(&key.text), begun),
                None => self.list_item(item, indent, shape.item(), (place, begun)),
            }
            let long = self.out[start..].trim_end().contains('\n');
            let key = item.key.as_ref().map_or("", |key| key.text.as_str());
            let large = long && (shape.declares() || shape.opens_part(key));
            let apart = matches!(item.leading.first(), Some(Line::Blank));
            if before.is_some_and(|before| before || large || apart)
                && !self.out[..start].ends_with("\n\n")
            {
                self.out.insert(start, '\n');
            }
            before = Some(large);
        }
        self.lines(&collection.ending, indent);
    }

    fn list_item(
        &mut self,
        item: &Item,
        indent: usize,
        shape: Shape,
        (place, begun): (Place, bool),
    ) {
        self.leading(item, indent);
        if let (Value::Collection(collection), Some(comment)) = (&item.value, &item.trailing)
            && !collection.has_comments()
            && on_one_line(collection, WIDTH.saturating_sub(indent + STEP)).is_none()
        {
            self.lines(&[Line::Comment(comment.clone())], indent);
        }
        if !begun {
            self.indent(indent);
        }
        self.out.push('-');
        self.value(item, indent, shape, Mark::Dash(place));
    }
}

/// A collection in brackets, if it was in brackets, holds no comments and is not longer than this. An empty one is never broken.
fn on_one_line(collection: &Collection, width: usize) -> Option<String> {
    let mut out = String::new();
    if collection.items.is_empty() {
        out.extend(brackets(collection));
        return Some(out);
    }
    if collection.has_comments() {
        return None;
    }
    flow(collection, width, &mut out)?;
    (out.chars().count() <= width).then_some(out)
}

fn brackets(collection: &Collection) -> [char; 2] {
    if collection.is_map {
        ['{', '}']
    } else {
        ['[', ']']
    }
}

/// Writes a collection in brackets. `None` when that cannot be or is too long, which is known soon.
fn flow(collection: &Collection, width: usize, out: &mut String) -> Option<()> {
    /// The longest character of UTF-8.
    const BYTES: usize = 4;
    if !collection.flow {
        return None;
    }
    let [open, close] = brackets(collection);
    let place = Place::inside(collection, true);
    out.push(open);
    for (index, item) in collection.items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        if let Some(key) = &item.key {
            out.push_str(&scalar::on_one_line(key, place));
        }
        match &item.value {
            Value::Scalar(scalar) if scalar.is_nothing() => {}
            value => {
                if item.key.is_some() {
                    out.push_str(": ");
                }
                match value {
                    Value::Collection(inner) => flow(inner, width, out)?,
                    Value::Scalar(scalar)
                        if !scalar.lines.is_empty() && scalar.text.contains('\n') =>
                    {
                        return None;
                    }
                    Value::Scalar(scalar) => out.push_str(&scalar::on_one_line(scalar, place)),
                }
            }
        }
        if out.len() > BYTES * width {
            return None;
        }
    }
    out.push(close);
    Some(())
}
