//! Named types: the definitions of a schema.

use super::{fields, types};
use crate::model::{Deprecated, EnumValue, Model, Path, TypeKind, Value, Variant};
use crate::render::json::{list, object, reference, string, strings, with};

/// The definition of a named type; `None` if the model has no such type, which no checked model refers to.
pub(super) fn definition(model: &Model, path: &Path) -> Option<Value> {
    let definition = types::definition_of(model, path)?;
    let title = ("title", string(&path.name));
    let doc = match &definition.kind {
        TypeKind::Enum { values, .. } => values_documented(definition.doc.as_deref(), values),
        _ => definition.doc.clone(),
    };
    let documentation = documentation(doc.as_deref(), definition.deprecated.as_ref());
    let about = object([title].into_iter().chain(documentation));
    Some(match &definition.kind {
        TypeKind::Record(fields) => with(about, fields::members(model, fields)),
        TypeKind::Enum { open, values } => with(about, enumeration(*open, values)),
        TypeKind::Union {
            open,
            tag,
            variants,
        } => with(about, [("anyOf", union(*open, tag, variants))]),
        TypeKind::Alias { ty, constraints } => {
            let Value::Object(members) = types::schema(model, ty, constraints) else {
                return None;
            };
            if members.iter().any(|(key, _)| key == "$ref") {
                with(about, [("allOf", list([Value::Object(members)]))])
            } else {
                with(about, members)
            }
        }
    })
}

/// `description`, and `deprecated` with what is said about it.
pub(super) fn documentation(
    doc: Option<&str>,
    deprecated: Option<&Deprecated>,
) -> Vec<(&'static str, Value)> {
    let mut text = doc.map(|doc| doc.trim_end().to_owned()).unwrap_or_default();
    if let Some(deprecated) = deprecated {
        let instead = deprecated.use_instead.as_ref();
        let instead = instead.map(|instead| format!("use `{instead}`"));
        let parts: Vec<String> = instead.into_iter().chain(deprecated.note.clone()).collect();
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str("Deprecated: ");
        text.push_str(&parts.join("; "));
    }
    let mut members = Vec::new();
    if !text.is_empty() {
        members.push(("description", string(text)));
    }
    if deprecated.is_some() {
        members.push(("deprecated", Value::Bool(true)));
    }
    members
}

/// The documentation of an enum with that of its values, which has no place of its own.
fn values_documented(doc: Option<&str>, values: &[EnumValue]) -> Option<String> {
    let described = values.iter().filter_map(|value| {
        let doc = value.doc.as_ref()?;
        Some(format!("- `{}`: {}", value.wire, doc.trim_end()))
    });
    let described: Vec<String> = described.collect();
    let paragraphs = doc.map(|doc| doc.trim_end().to_owned()).into_iter();
    let list = (!described.is_empty()).then(|| described.join("\n"));
    let paragraphs: Vec<String> = paragraphs.chain(list).collect();
    (!paragraphs.is_empty()).then(|| paragraphs.join("\n\n"))
}

/// Any text is a value of an open enum; those that are known are its examples.
fn enumeration(open: bool, values: &[EnumValue]) -> Vec<(&'static str, Value)> {
    let known = strings(values.iter().map(|value| value.wire.as_str()));
    let known = (if open { "examples" } else { "enum" }, known);
    vec![("type", string("string")), known]
}

/// The variants, and for an open union any other.
fn union(open: bool, tag: &str, variants: &[Variant]) -> Value {
    let tagged = |value: Value| {
        vec![
            ("type", string("object")),
            ("properties", object([(tag, value)])),
            ("required", strings([tag])),
        ]
    };
    let known = variants.iter().map(|variant| {
        let record = list([reference(&variant.record.to_string())]);
        let tag = object([("const", string(&variant.wire))]);
        let mut members = tagged(tag);
        members.push(("allOf", record));
        with(object([("title", string(&variant.wire))]), members)
    });
    let values = strings(variants.iter().map(|variant| variant.wire.as_str()));
    let other = object([
        ("type", string("string")),
        ("not", object([("enum", values)])),
    ]);
    let other = open.then(|| {
        let title = object([("title", string("a variant that is not known yet"))]);
        with(title, tagged(other))
    });
    list(known.chain(other))
}
