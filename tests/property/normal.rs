//! What a message becomes when it is read and written again: the same in its normal form.
//!
//! - A field stands under its present name. Fields that are not declared are gone, defaults are written out.
//! - UUIDs are in lower case, timestamps in UTC, durations balanced, decimals without the sign of zero, doubles with a point.
//! - Unknown values of enums, unknown variants of unions and `json` are as they were.

use serde_json::{Map, Value};
use urutu::{Date, Decimal, SignedDuration, Timestamp, Uuid};
use urutu_codegen::model::{self, Constraints, Field, Number, Presence, Scalar, Type, TypeKind};

use crate::types::{Base, Types};

/// The normal form. `None` where a reader sees more than a JSON Schema can say: a number in text out of its bounds or too long for its type, and
/// equal items of a list that are spelt differently.
pub(crate) fn message(types: &Types, fields: &[Field], value: &Value) -> Option<Value> {
    record(types, fields, value.as_object()?).map(Value::Object)
}

fn record(
    types: &Types,
    fields: &[Field],
    members: &Map<String, Value>,
) -> Option<Map<String, Value>> {
    let mut normal = Map::new();
    for field in fields {
        let mut names = std::iter::once(&field.wire).chain(&field.accepts);
        let value = match (names.find_map(|name| members.get(name)), &field.presence) {
            (Some(Value::Null), _) if field.nullable => Value::Null,
            (Some(value), _) => self::value(types, &field.ty, &field.constraints, value)?,
            (None, Presence::Default(default)) => match plain(default) {
                Value::Null => Value::Null,
                default => self::value(types, &field.ty, &field.constraints, &default)?,
            },
            (None, _) => continue,
        };
        normal.insert(field.wire.clone(), value);
    }
    Some(normal)
}

/// A value of the catalog as JSON.
fn plain(value: &model::Value) -> Value {
    match value {
        model::Value::Null => Value::Null,
        model::Value::Bool(flag) => Value::Bool(*flag),
        model::Value::Number(Number(text)) => text.parse().map_or(Value::Null, Value::Number),
        model::Value::String(text) => Value::String(text.clone()),
        model::Value::List(items) => items.iter().map(plain).collect(),
        model::Value::Object(members) => {
            let members = members
                .iter()
                .map(|(key, value)| (key.clone(), plain(value)));
            Value::Object(members.collect())
        }
    }
}

fn value(types: &Types, ty: &Type, own: &Constraints, value: &Value) -> Option<Value> {
    let (base, constraints, _) = types.base(ty, own);
    let none = Constraints::default();
    Some(match base {
        Base::Scalar(scalar) => return self::scalar(scalar, &constraints, value),
        Base::List(item) => {
            let items = value.as_array()?.iter();
            let items: Option<Vec<Value>> = items
                .map(|value| self::value(types, item, &none, value))
                .collect();
            let items = items?;
            let repeats = |index: usize| items[..index].contains(&items[index]);
            if constraints.unique && (1..items.len()).any(repeats) {
                return None;
            }
            Value::Array(items)
        }
        Base::Map(entry) => {
            let entries = value.as_object()?.iter();
            let entries = entries
                .map(|(key, value)| Some((key.clone(), self::value(types, entry, &none, value)?)));
            Value::Object(entries.collect::<Option<_>>()?)
        }
        Base::Named(TypeKind::Record(fields)) => {
            Value::Object(record(types, fields, value.as_object()?)?)
        }
        Base::Named(TypeKind::Union { tag, variants, .. }) => {
            let members = value.as_object()?;
            let name = members.get(tag)?;
            let variant = variants.iter().find(|variant| *name == *variant.wire);
            let Some(variant) = variant else {
                return Some(value.clone());
            };
            let TypeKind::Record(fields) = types.kind(&variant.record) else {
                return None;
            };
            let mut normal = record(types, fields, members)?;
            normal.insert(tag.clone(), name.clone());
            Value::Object(normal)
        }
        Base::Named(_) => value.clone(),
    })
}

fn scalar(scalar: Scalar, constraints: &Constraints, value: &Value) -> Option<Value> {
    fn rewritten<T: std::str::FromStr + ToString>(value: &Value) -> Option<Value> {
        let parsed: T = value.as_str()?.parse().ok()?;
        Some(Value::String(parsed.to_string()))
    }
    match scalar {
        Scalar::F64 => value.as_f64().map(Value::from),
        Scalar::Uuid => rewritten::<Uuid>(value),
        Scalar::Timestamp => rewritten::<Timestamp>(value),
        Scalar::Date => rewritten::<Date>(value),
        Scalar::Duration => rewritten::<SignedDuration>(value),
        Scalar::I64Text => whole(i64::MIN.into(), i64::MAX.into(), constraints, value),
        Scalar::U64Text => whole(0, u64::MAX.into(), constraints, value),
        Scalar::Decimal => {
            let exact = |text: &str| Decimal::from_str_exact(text).ok();
            let bound = |bound: &Option<Number>| bound.as_ref().and_then(|n| exact(&n.0));
            let number = exact(value.as_str()?)?;
            let fits = bound(&constraints.min).is_none_or(|min| number >= min)
                && bound(&constraints.max).is_none_or(|max| number <= max);
            fits.then(|| Value::String(number.to_string()))
        }
        _ => Some(value.clone()),
    }
}

/// A whole number in text, which has one text only.
fn whole(min: i128, max: i128, constraints: &Constraints, value: &Value) -> Option<Value> {
    let bound = |bound: &Option<Number>| bound.as_ref().and_then(|n| n.0.parse::<i128>().ok());
    let number: i128 = value.as_str()?.parse().ok()?;
    let min = bound(&constraints.min).unwrap_or(min);
    let max = bound(&constraints.max).unwrap_or(max);
    (min..=max).contains(&number).then(|| value.clone())
}
