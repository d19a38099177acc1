//! Whether two texts are the same catalog.

use std::path::Path;

use super::shape::Shape;
use crate::diagnostic::Report;
use crate::source::{Source, Sources};
use crate::yaml::{self, Content, Entry, Node};

/// Whether both are valid and mean the same. The order of keys counts where it is the author's.
pub(super) fn same(one: &str, other: &str) -> bool {
    match (tree(one), tree(other)) {
        (Some(one), Some(other)) => same_node(&one, &other, shape(&one)),
        _ => false,
    }
}

fn tree(text: &str) -> Option<Node> {
    let mut sources = Sources::default();
    let path = Path::new("");
    let file = sources.add(Source::new(path, text));
    let mut report = Report::default();
    let source = sources.get(file).clone();
    let tree = yaml::read(file, &source, &mut report);
    tree.filter(|_| report.is_empty())
}

fn shape(root: &Node) -> Shape {
    let entries = match &root.content {
        Content::Map(entries) => entries.as_slice(),
        _ => &[],
    };
    Shape::of_file(entries.iter().map(|entry| entry.key.value.as_str()))
}

// Trees are at most as deep as the reader allows.
fn same_node(one: &Node, other: &Node, shape: Shape) -> bool {
    match (&one.content, &other.content) {
        (Content::Scalar(one), Content::Scalar(other)) => {
            one.text == other.text && one.meaning() == other.meaning()
        }
        (Content::List(one), Content::List(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.all(|(a, b)| same_node(a, b, shape.item()))
        }
        (Content::Map(one), Content::Map(other)) => {
            let (ordered, other_ordered) = (ordered(one, shape), ordered(other, shape));
            let mut pairs = ordered.iter().zip(&other_ordered);
            one.len() == other.len()
                && pairs.all(|(a, b)| {
                    let shape = shape.under(&a.key.value);
                    a.key.value == b.key.value && same_node(&a.value, &b.value, shape)
                })
        }
        _ => false,
    }
}

fn ordered(entries: &[Entry], shape: Shape) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by_key(|entry| shape.rank(&entry.key.value));
    entries
}
