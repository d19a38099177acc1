//! The fields of records and messages.

use super::{named, types};
use crate::model::{Field, Model, Presence, Value};
use crate::render::json::{list, object, string, strings, with};

/// The members of the schema of an object with these fields.
pub(super) fn members(model: &Model, fields: &[Field]) -> Vec<(&'static str, Value)> {
    let mut members = vec![("type", string("object"))];
    let properties = fields.iter().flat_map(|field| properties(model, field));
    let properties: Vec<_> = properties.collect();
    if !properties.is_empty() {
        members.push(("properties", object(properties)));
    }
    let required = fields
        .iter()
        .filter(|field| field.presence == Presence::Required && field.accepts.is_empty());
    let required: Vec<&str> = required.map(|field| field.wire.as_str()).collect();
    if !required.is_empty() {
        members.push(("required", strings(required)));
    }
    let names: Vec<Value> = fields.iter().filter_map(one_name).collect();
    if !names.is_empty() {
        members.push(("allOf", list(names)));
    }
    members
}

/// The field under its name, and under the older ones.
fn properties(model: &Model, field: &Field) -> Vec<(String, Value)> {
    let value = value(model, field);
    let documentation = named::documentation(field.doc.as_deref(), field.deprecated.as_ref());
    let default = match &field.presence {
        Presence::Default(default) => Some(("default", default.clone())),
        Presence::Required | Presence::Optional => None,
    };
    let annotations: Vec<_> = documentation.into_iter().chain(default).collect();
    let mut properties = vec![(field.wire.clone(), annotated(value.clone(), annotations))];
    for old in &field.accepts {
        let description = format!("An older name of `{}`.", field.wire);
        let note = vec![
            ("description", string(description)),
            ("deprecated", Value::Bool(true)),
        ];
        properties.push((old.clone(), annotated(value.clone(), note)));
    }
    properties
}

fn value(model: &Model, field: &Field) -> Value {
    let value = types::schema(model, &field.ty, &field.constraints);
    if !field.nullable {
        return value;
    }
    let null = object([("type", string("null"))]);
    object([("anyOf", list([value, null]))])
}

/// What is said about a value comes first, so that it is read first.
fn annotated(value: Value, annotations: Vec<(&'static str, Value)>) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    if annotations.is_empty() {
        return Value::Object(members);
    }
    let is_reference = members.iter().any(|(key, _)| key == "$ref");
    let annotations = object(annotations);
    if is_reference {
        with(annotations, [("allOf", list([Value::Object(members)]))])
    } else {
        with(annotations, members)
    }
}

/// A field that has several names stands under one of them.
fn one_name(field: &Field) -> Option<Value> {
    if field.accepts.is_empty() {
        return None;
    }
    let all = std::iter::once(&field.wire).chain(&field.accepts);
    let mut given: Vec<Value> = all
        .map(|name| object([("required", strings([name.as_str()]))]))
        .collect();
    if field.presence != Presence::Required {
        let none = object([("anyOf", Value::List(given.clone()))]);
        given.push(object([("not", none)]));
    }
    Some(object([("oneOf", Value::List(given))]))
}
