//! The building blocks: mappings whose keys are part of the language, mappings of names, and lists of texts.

use crate::model::Value;
use crate::render::json::{list, number, object, reference, string, strings, with};

/// A mapping whose keys the parser knows. Its keys come from the table of the parser, so that none can be forgotten.
pub(super) struct Shape {
    title: &'static str,
    description: &'static str,
    known: Vec<&'static str>,
    told: Vec<(&'static str, Value)>,
}

impl Shape {
    pub(super) fn new(
        title: &'static str,
        description: &'static str,
        known: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        Self {
            title,
            description,
            known: known.into_iter().collect(),
            told: Vec::new(),
        }
    }

    /// What a key holds.
    pub(super) fn key(mut self, key: &'static str, schema: Value) -> Self {
        debug_assert!(self.known.contains(&key), "{}: no key {key}", self.title);
        self.told.push((key, schema));
        self
    }

    /// The schema, without requirements.
    pub(super) fn optional(self) -> Value {
        self.required(&[])
    }

    pub(super) fn required(self, required: &[&str]) -> Value {
        let properties = self.known.iter().map(|key| {
            let told = self.told.iter().find(|(name, _)| name == key);
            // The tests look at all of them.
            debug_assert!(told.is_some(), "{}: nothing about {key}", self.title);
            let schema = told.map_or(Value::Bool(true), |(_, schema)| schema.clone());
            (*key, schema)
        });
        let schema = object([
            ("title", string(self.title)),
            ("description", string(self.description)),
            ("type", string("object")),
            ("properties", object(properties)),
            ("additionalProperties", Value::Bool(false)),
        ]);
        if required.is_empty() {
            schema
        } else {
            let required = strings(required.iter().copied());
            with(schema, [("required", required)])
        }
    }
}

pub(super) fn about(description: &str) -> Value {
    object([("description", string(description))])
}

/// A definition, with what it means here. What stands beside a `$ref` is not looked at, and so it stands inside of `allOf`.
pub(super) fn described(definition: &str, description: &str) -> Value {
    with(
        about(description),
        [("allOf", list([reference(definition)]))],
    )
}

/// A mapping whose keys are names.
pub(super) fn mapping(names: &str, values: &str, description: &str) -> Value {
    with(
        about(description),
        [
            ("type", string("object")),
            ("propertyNames", reference(names)),
            ("additionalProperties", reference(values)),
        ],
    )
}

/// A list of texts, each of them once.
pub(super) fn texts(item: &str, description: &str) -> Value {
    with(
        about(description),
        [
            ("type", string("array")),
            ("items", reference(item)),
            ("uniqueItems", Value::Bool(true)),
        ],
    )
}

pub(super) fn flag(description: &str) -> Value {
    with(about(description), [("type", string("boolean"))])
}

pub(super) fn whole(description: &str, min: u64, max: u64) -> Value {
    with(
        about(description),
        [
            ("type", string("integer")),
            ("minimum", number(min)),
            ("maximum", number(max)),
        ],
    )
}

/// The same for a key that may stand there without a value.
pub(super) fn or_null(schema: Value) -> Value {
    let Value::Object(mut members) = schema else {
        return schema;
    };
    for (key, value) in &mut members {
        if let ("type", Value::String(kind)) = (key.as_str(), &*value) {
            *value = strings([kind.as_str(), "null"]);
        }
    }
    Value::Object(members)
}
