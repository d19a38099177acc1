//! The JSON Schema (draft-07) of each message, for programs in any language and for tests.
//!
//! A schema says what readers take: fields that it does not name are ignored, and so they are no error. It is strict where readers are
//! strict, down to the spelling of a timestamp. What JSON Schema cannot say stands in descriptions: the bounds of decimals.

mod bytes;
mod fields;
mod named;
mod scalar;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use super::DRAFT;
use super::json::{document, object, string};
use crate::model::{Message, Model, Path, Value};

/// The schema of every message as text, by its type id (`shop.orders.OrderPlaced`). Each schema stands for itself: it holds the types
/// that it needs.
pub fn schemas(model: &Model) -> BTreeMap<String, String> {
    let namespaces = model.namespaces.iter();
    let messages = namespaces.flat_map(|(namespace, content)| {
        content.messages.iter().map(move |(name, message)| {
            let path = Path {
                namespace: namespace.clone(),
                name: name.clone(),
            };
            (path.to_string(), schema(model, &path, message))
        })
    });
    messages
        .map(|(id, schema)| (id, document(&schema)))
        .collect()
}

fn schema(model: &Model, path: &Path, message: &Message) -> Value {
    let mut members = vec![
        ("$schema", string(DRAFT)),
        ("$id", string(path.to_string())),
        ("title", string(&path.name)),
    ];
    members.extend(named::documentation(
        message.doc.as_deref(),
        message.deprecated.as_ref(),
    ));
    members.extend(fields::members(model, &message.fields));
    if !message.reserved.is_empty() {
        let names = message.reserved.join(", ");
        members.push(("$comment", string(format!("Reserved names: {names}."))));
    }
    if !message.examples.is_empty() {
        members.push(("examples", Value::List(message.examples.clone())));
    }
    let mut needed = BTreeSet::new();
    for field in &message.fields {
        types::collect(model, &field.ty, &mut needed);
    }
    if !needed.is_empty() {
        let definitions = needed
            .iter()
            .filter_map(|path| Some((path.to_string(), named::definition(model, path)?)));
        members.push(("definitions", object(definitions)));
    }
    object(members)
}
