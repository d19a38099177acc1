//! The order in which the keys of the language are written.
//!
//! Keys that are not listed follow behind those that are.

use super::tree::{Collection, Item, Line, Value, has_comment};

/// What a value is in the language, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The root of a file, of either kind: the keys of both fit into one order.
    File,
    Types,
    Type,
    Messages,
    Message,
    Services,
    Service,
    Fields,
    Field,
    Values,
    EnumValue,
    Union,
    Handlers,
    Handler,
    Queue,
    Retry,
    Delivery,
    Deprecated,
    /// Whatever has no order of its own.
    Other,
}

impl Shape {
    /// Its keys, in order. Empty where the order is the author's.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::File => &[
                "catalog",
                "name",
                "namespace",
                "owners",
                "include",
                "roots",
                "exchange",
                "defaults",
                "lint",
                "types",
                "messages",
                "services",
            ],
            Self::Type => &[
                "doc",
                "deprecated",
                "allow",
                "record",
                "enum",
                "union",
                "type",
                "encoding",
                "open",
                "min",
                "max",
                "length",
                "pattern",
                "unique",
            ],
            Self::Message => &[
                "kind",
                "topic",
                "doc",
                "deprecated",
                "allow",
                "exchange",
                "fields",
                "reserved",
                "examples",
                "delivery",
            ],
            Self::Field => &[
                "type",
                "encoding",
                "optional",
                "nullable",
                "default",
                "wire",
                "accepts",
                "min",
                "max",
                "length",
                "pattern",
                "unique",
                "sensitive",
                "deprecated",
                "allow",
                "doc",
            ],
            Self::Service => &[
                "doc",
                "deprecated",
                "allow",
                "publishes",
                "queue",
                "bindings",
                "concurrency",
                "prefetch",
                "on_unknown",
                "dead_letter",
                "handles",
            ],
            Self::Handler => &[
                "allow",
                "queue",
                "ack",
                "timeout",
                "on_error",
                "retry",
                "concurrency",
                "prefetch",
                "on_unknown",
                "dead_letter",
            ],
            Self::EnumValue => &["value", "deprecated", "doc"],
            Self::Union => &["tag", "variants"],
            Self::Queue => &["name", "type", "arguments"],
            Self::Retry => &["attempts", "backoff", "initial", "max"],
            Self::Delivery => &["priority", "ttl"],
            Self::Deprecated => &["use", "note"],
            Self::Types
            | Self::Messages
            | Self::Services
            | Self::Fields
            | Self::Values
            | Self::Handlers
            | Self::Other => &[],
        }
    }

    /// What stands under a key of it.
    pub(super) fn under(self, key: &str) -> Self {
        match (self, key) {
            (Self::File, "types") => Self::Types,
            (Self::File, "messages") => Self::Messages,
            (Self::File, "services") => Self::Services,
            (Self::Types, _) => Self::Type,
            (Self::Messages, _) => Self::Message,
            (Self::Services, _) => Self::Service,
            (Self::Message, "fields") | (Self::Type, "record") => Self::Fields,
            (Self::Fields, _) => Self::Field,
            (Self::Type, "enum") => Self::Values,
            (Self::Type, "union") => Self::Union,
            (Self::Service, "handles") => Self::Handlers,
            (Self::File, "defaults") | (Self::Handlers, _) => Self::Handler,
            (Self::Service | Self::Handler, "queue") => Self::Queue,
            (Self::Service | Self::Handler, "retry") => Self::Retry,
            (Self::Message, "delivery") => Self::Delivery,
            (
                Self::Type | Self::Message | Self::Field | Self::EnumValue | Self::Service,
                "deprecated",
            ) => Self::Deprecated,
            _ => Self::Other,
        }
    }

    /// What the items of a list are.
    pub(super) fn item(self) -> Self {
        match self {
            Self::Values => Self::EnumValue,
            _ => Self::Other,
        }
    }

    /// Whether it holds declarations, which stand apart from one another.
    pub(super) fn declares(self) -> bool {
        matches!(self, Self::Types | Self::Messages | Self::Services)
    }

    /// Whether a key of it opens a part of the file.
    pub(super) fn opens_part(self, key: &str) -> bool {
        self == Self::File && self.under(key).declares()
    }

    /// Where a key stands in the order; `None` if the order is the author's.
    pub(super) fn rank(self, key: &str) -> Option<usize> {
        let keys = self.keys();
        let at = keys.iter().position(|known| *known == key);
        (!keys.is_empty()).then(|| at.unwrap_or(keys.len()))
    }
}

/// Puts the keys below an item into their order.
pub(super) fn order(item: &mut Item, shape: Shape) {
    let Value::Collection(collection) = &mut item.value else {
        return;
    };
    for inner in &mut collection.items {
        let shape = match &inner.key {
            Some(key) => shape.under(&key.text),
            None => shape.item(),
        };
        order(inner, shape);
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
