//! Types as they are used: by a field, an alias, a list or a map.

use std::collections::BTreeSet;

use super::{bytes, scalar};
use crate::model::{Constraints, Model, Path, Scalar, Type, TypeDef, TypeKind, Value};
use crate::render::json::{list, number, object, reference, string, with};

pub(super) fn definition_of<'m>(model: &'m Model, path: &Path) -> Option<&'m TypeDef> {
    model.namespaces.get(&path.namespace)?.types.get(&path.name)
}

/// A type with the constraints of the place where it is used.
pub(super) fn schema(model: &Model, ty: &Type, constraints: &Constraints) -> Value {
    let own = constrained(base(model, ty), constraints);
    match ty {
        Type::Scalar(scalar) => with(scalar::schema(*scalar), own),
        Type::List(item) => {
            let items = schema(model, item, &Constraints::default());
            with(object([("type", string("array")), ("items", items)]), own)
        }
        Type::Map(value) => {
            let values = schema(model, value, &Constraints::default());
            with(
                object([("type", string("object")), ("additionalProperties", values)]),
                own,
            )
        }
        // What stands beside a `$ref` is not looked at.
        Type::Named(path) if own.is_empty() => reference(&path.to_string()),
        Type::Named(path) => {
            let both = list([reference(&path.to_string()), object(own)]);
            object([("allOf", both)])
        }
    }
}

/// What a type is when its aliases are gone, as far as constraints need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Scalar(Scalar),
    List,
    Map,
    /// Nothing that has constraints.
    Other,
}

fn base(model: &Model, ty: &Type) -> Base {
    match ty {
        Type::Scalar(scalar) => Base::Scalar(*scalar),
        Type::List(_) => Base::List,
        Type::Map(_) => Base::Map,
        // Aliases form no circle.
        Type::Named(path) => match definition_of(model, path).map(|definition| &definition.kind) {
            Some(TypeKind::Alias { ty, .. }) => base(model, ty),
            _ => Base::Other,
        },
    }
}

/// Constraints as keywords of JSON Schema.
fn constrained(base: Base, constraints: &Constraints) -> Vec<(&'static str, Value)> {
    let Constraints {
        min,
        max,
        min_len,
        max_len,
        pattern,
        unique,
    } = constraints;
    let mut members = Vec::new();
    if base == Base::Scalar(Scalar::Bytes) {
        members.extend(bytes::lengths(*min_len, *max_len));
        return members;
    }
    if matches!(base, Base::Scalar(scalar) if scalar.is_number_in_text()) {
        let bounds = [("at least", min), ("at most", max)];
        let bounds = bounds.iter().filter_map(|(word, bound)| {
            let bound = bound.as_ref()?;
            Some(format!("{word} {}", bound.0))
        });
        let bounds: Vec<String> = bounds.collect();
        if !bounds.is_empty() {
            // Numbers that are text have no bounds in JSON Schema.
            let comment = format!("The number is {}.", bounds.join(" and "));
            members.push(("$comment", string(comment)));
        }
        return members;
    }
    let (fewest, most) = match base {
        Base::List => ("minItems", "maxItems"),
        Base::Map => ("minProperties", "maxProperties"),
        _ => ("minLength", "maxLength"),
    };
    members.extend(min.as_ref().map(|min| ("minimum", number(&min.0))));
    members.extend(max.as_ref().map(|max| ("maximum", number(&max.0))));
    members.extend(min_len.map(|length| (fewest, number(length))));
    members.extend(max_len.map(|length| (most, number(length))));
    members.extend(pattern.as_ref().map(|pattern| ("pattern", string(pattern))));
    if *unique {
        members.push(("uniqueItems", Value::Bool(true)));
    }
    members
}

/// Adds the named types that a type needs, and those that they need.
pub(super) fn collect(model: &Model, ty: &Type, needed: &mut BTreeSet<Path>) {
    let path = match ty {
        Type::Scalar(_) => return,
        Type::List(inner) | Type::Map(inner) => return collect(model, inner, needed),
        Type::Named(path) => path,
    };
    if !needed.insert(path.clone()) {
        return;
    }
    match definition_of(model, path).map(|definition| &definition.kind) {
        Some(TypeKind::Record(fields)) => {
            for field in fields {
                collect(model, &field.ty, needed);
            }
        }
        Some(TypeKind::Union { variants, .. }) => {
            for variant in variants {
                collect(model, &Type::Named(variant.record.clone()), needed);
            }
        }
        Some(TypeKind::Alias { ty, .. }) => collect(model, ty, needed),
        Some(TypeKind::Enum { .. }) | None => {}
    }
}
