//! Puts the keys of the language into their order.

use super::shape::Shape;
use super::tree::{Collection, Document, Item, Line, Value, has_comment};

/// Puts all keys of a file into their order, as far as comments allow it.
pub(super) fn order(document: &mut Document) {
    let shape = document.shape();
    order_item(&mut document.root, shape);
}

fn order_item(item: &mut Item, shape: Shape) {
    let Value::Collection(collection) = &mut item.value else {
        return;
    };
    for inner in &mut collection.items {
        let shape = match &inner.key {
            Some(key) => shape.under(&key.text),
            None => shape.item(),
        };
        order_item(inner, shape);
    }
    if collection.is_map && may_move(collection, shape) {
        sort(collection, shape);
    }
}

fn rank(item: &Item, shape: Shape) -> usize {
    let key = item.key.as_ref();
    key.and_then(|key| shape.rank(&key.text))
        .unwrap_or_default()
}

/// Whether the order can change without harm to comments: none stands on its own between the keys, where it may speak of all that
/// follows, and the others keep the order that they have among themselves.
fn may_move(collection: &Collection, shape: Shape) -> bool {
    let items = &collection.items;
    let between = items.iter().any(|item| has_comment(&item.leading));
    let commented = items.iter().filter(|item| item.has_comments());
    !between
        && !has_comment(&collection.ending)
        && commented.map(|item| rank(item, shape)).is_sorted()
}

fn sort(collection: &mut Collection, shape: Shape) {
    if collection.items.is_sorted_by_key(|item| rank(item, shape)) {
        return;
    }
    // A blank line set the first entry apart from nothing, and must not do so later.
    if let Some(first) = collection.items.first_mut() {
        first.leading.retain(|line| *line != Line::Blank);
    }
    collection.items.sort_by_key(|item| rank(item, shape));
}
