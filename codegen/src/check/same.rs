//! Whether two values of a type are one to a reader, however they are spelt: `"1.0"` and `"1.00"` are one decimal.

use super::{format, number};
use crate::model::{Field, Presence, Scalar, Type, Value, Variant};
use crate::resolve::types::{Base, Types};

type Members = [(String, Value)];

/// Compares valid values of a type.
pub(super) fn same(types: &Types, ty: &Type, a: &Value, b: &Value) -> bool {
    match (types.base(ty), a, b) {
        (Some(Base::Scalar(scalar)), ..) => scalars(scalar, a, b),
        (Some(Base::List(item)), Value::List(a), Value::List(b)) => {
            let mut pairs = a.iter().zip(b);
            a.len() == b.len() && pairs.all(|(a, b)| same(types, item, a, b))
        }
        (Some(Base::Map(value)), Value::Object(a), Value::Object(b)) => {
            let has = |(key, a)| member(b, key).is_some_and(|b| same(types, value, a, b));
            a.len() == b.len() && a.iter().map(|(key, a)| (key.as_str(), a)).all(has)
        }
        (Some(Base::Record(_, fields)), Value::Object(a), Value::Object(b)) => {
            records(types, fields, a, b)
        }
        (Some(Base::Union { tag, variants, .. }), Value::Object(a), Value::Object(b)) => {
            member(a, tag) == member(b, tag) && unions(types, tag, variants, a, b)
        }
        _ => a == b,
    }
}

fn scalars(scalar: Scalar, a: &Value, b: &Value) -> bool {
    match (scalar, a, b) {
        (Scalar::F64, Value::Number(a), Value::Number(b)) => {
            a.0.parse::<f64>() == b.0.parse::<f64>()
        }
        (Scalar::Decimal, Value::String(a), Value::String(b)) => number::is_same(a, b),
        (Scalar::Uuid, Value::String(a), Value::String(b)) => a.eq_ignore_ascii_case(b),
        (Scalar::Timestamp, Value::String(a), Value::String(b)) => {
            format::instant(a) == format::instant(b)
        }
        (Scalar::Duration, Value::String(a), Value::String(b)) => {
            format::length(a) == format::length(b)
        }
        _ => a == b,
    }
}

/// A field that is missing has its default.
fn records(types: &Types, fields: &[Field], a: &Members, b: &Members) -> bool {
    fields.iter().all(|field| {
        let default = match &field.presence {
            Presence::Default(value) => Some(value),
            Presence::Required | Presence::Optional => None,
        };
        let of = |members| member(members, &field.wire).or(default);
        match (of(a), of(b)) {
            (Some(a), Some(b)) => same(types, &field.ty, a, b),
            (a, b) => a.is_none() && b.is_none(),
        }
    })
}

/// The records of one variant.
fn unions(types: &Types, tag: &str, variants: &[Variant], a: &Members, b: &Members) -> bool {
    let Some(Value::String(name)) = member(a, tag) else {
        return false;
    };
    let variant = variants.iter().find(|variant| variant.wire == *name);
    let record = variant.map(|variant| Type::Named(variant.record.clone()));
    match record.as_ref().and_then(|record| types.base(record)) {
        Some(Base::Record(_, fields)) => records(types, fields, a, b),
        _ => false,
    }
}

fn member<'m>(members: &'m Members, name: &str) -> Option<&'m Value> {
    let found = members.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value)
}
