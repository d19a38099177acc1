//! A file as it is laid out: its values with their styles, and every comment and blank line where it belongs.

use super::shape::Shape;
use crate::yaml;

/// A whole file.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) root: Item,
    /// What follows a root that is not in block style.
    pub(super) ending: Vec<Line>,
}

/// A line between values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    Comment(String),
    Blank,
}

/// An entry of a mapping, an item of a list, or the root.
#[derive(Debug)]
pub(super) struct Item {
    /// What stands on lines of its own before it.
    pub(super) leading: Vec<Line>,
    /// Of an entry of a mapping.
    pub(super) key: Option<Scalar>,
    /// The comment behind `key:` or `key: |`, when the value begins on the next line.
    pub(super) head: Option<String>,
    pub(super) value: Value,
    /// The comment behind the value.
    pub(super) trailing: Option<String>,
}

#[derive(Debug)]
pub(super) enum Value {
    Scalar(Scalar),
    Collection(Collection),
}

/// A list or a mapping.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) is_map: bool,
    /// Whether it is written in brackets.
    pub(super) flow: bool,
    pub(super) items: Vec<Item>,
    /// What stands behind the last item, and still inside.
    pub(super) ending: Vec<Line>,
}

#[derive(Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) style: Style,
    /// How it is broken into lines, without their indentation; empty where that does not matter.
    pub(super) lines: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Quoted,
    Literal,
    Folded,
}

impl Document {
    /// Which kind of file it is.
    pub(super) fn shape(&self) -> Shape {
        let items = match &self.root.value {
            Value::Collection(collection) => collection.items.as_slice(),
            Value::Scalar(_) => &[],
        };
        Shape::of_file(
            items
                .iter()
                .filter_map(|item| Some(item.key.as_ref()?.text.as_str())),
        )
    }
}

impl Item {
    /// Whether a comment stands in it or belongs to it.
    pub(super) fn has_comments(&self) -> bool {
        self.head.is_some()
            || self.trailing.is_some()
            || has_comment(&self.leading)
            || matches!(&self.value, Value::Collection(collection) if collection.has_comments())
    }
}

impl Collection {
    /// Whether a comment stands between its brackets.
    pub(super) fn has_comments(&self) -> bool {
        has_comment(&self.ending) || self.items.iter().any(Item::has_comments)
    }
}

impl Scalar {
    /// Whether nothing is written at all, as in `key:`.
    pub(super) fn is_nothing(&self) -> bool {
        self.style == Style::Plain && self.text.is_empty()
    }

    /// What it would be without quotes.
    pub(super) fn plain_meaning(&self) -> yaml::Meaning {
        let text = self.text.clone();
        let quoted = false;
        yaml::Scalar { text, quoted }.meaning()
    }
}

pub(super) fn has_comment(lines: &[Line]) -> bool {
    lines.iter().any(|line| matches!(line, Line::Comment(_)))
}

/// The comments of a file, in order.
pub(super) fn comments(document: &Document) -> Vec<&str> {
    fn lines<'a>(lines: &'a [Line], found: &mut Vec<&'a str>) {
        found.extend(lines.iter().filter_map(|line| match line {
            Line::Comment(text) => Some(text.as_str()),
            Line::Blank => None,
        }));
    }
    fn item<'a>(of: &'a Item, found: &mut Vec<&'a str>) {
        lines(&of.leading, found);
        found.extend(of.head.as_deref());
        if let Value::Collection(collection) = &of.value {
            for inner in &collection.items {
                item(inner, found);
            }
            lines(&collection.ending, found);
        }
        found.extend(of.trailing.as_deref());
    }
    let mut found = Vec::new();
    item(&document.root, &mut found);
    lines(&document.ending, &mut found);
    found
}
