//! Random values of the built-in types, in every spelling that the wire has.

use proptest::prelude::*;
use proptest::string::string_regex;
use serde_json::{Value, json};
use urutu_codegen::model::{Constraints, Number, Scalar};

/// Values of a scalar within its constraints.
pub(crate) fn scalar(
    scalar: Scalar,
    constraints: &Constraints,
    patterns: &[String],
) -> BoxedStrategy<Value> {
    match scalar {
        Scalar::String => text(constraints, patterns).prop_map(Value::from).boxed(),
        Scalar::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Scalar::I32 => integer(constraints, i32::MIN.into(), i32::MAX.into()),
        Scalar::I64 => integer(constraints, i64::MIN.into(), i64::MAX.into()),
        Scalar::U32 => integer(constraints, 0, u32::MAX.into()),
        Scalar::U64 => integer(constraints, 0, u64::MAX.into()),
        Scalar::I64Text => in_text(integer(constraints, i64::MIN.into(), i64::MAX.into())),
        Scalar::U64Text => in_text(integer(constraints, 0, u64::MAX.into())),
        Scalar::F64 => double(constraints),
        Scalar::Decimal => decimal(constraints),
        Scalar::Uuid => matching("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-fA-F]{4}-[0-9a-f]{12}"),
        Scalar::Timestamp => matching(
            "(0001|1969|2024|2026|9998)-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])",
        ),
        Scalar::Date => {
            matching("(0001|1900|2024|9999)-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|2024-02-29")
        }
        Scalar::Duration => matching(
            "-?PT([0-9]{1,15}H([0-9]{1,15}M)?([0-9]{1,15}(\\.[0-9]{1,9})?S)?|[0-9]{1,3}M|[0-9]{1,3}\\.[0-9]{3}S)",
        ),
        Scalar::Bytes => bytes(constraints),
        Scalar::Json => json_value(),
    }
}

fn matching(pattern: &str) -> BoxedStrategy<Value> {
    let texts = string_regex(pattern).expect("the pattern is one that can be generated");
    texts.prop_map(Value::from).boxed()
}

/// The lengths that constraints allow, not too long.
pub(crate) fn lengths(constraints: &Constraints) -> std::ops::RangeInclusive<usize> {
    let bound =
        |length: u64| usize::try_from(length).expect("the golden catalogs have short texts");
    let min = constraints.min_len.map_or(0, bound);
    let max = constraints.max_len.map_or(min + 4, bound);
    min..=max.min(min + 4)
}

/// Texts: any, or of the two forms of patterns that the golden catalogs have, `^[class]+$` and `^prefix`.
fn text(constraints: &Constraints, patterns: &[String]) -> BoxedStrategy<String> {
    let lengths = lengths(constraints);
    let (mut class, mut prefix) = (None, "");
    for pattern in patterns {
        let rest = pattern.strip_prefix('^').expect("patterns are anchored");
        match rest.strip_suffix("+$") {
            Some(all) => class = Some(all),
            None => prefix = rest,
        }
    }
    let least = (*lengths.start()).saturating_sub(prefix.len());
    let least = if class.is_some() && prefix.is_empty() {
        least.max(1)
    } else {
        least
    };
    let most = lengths.end() - prefix.len();
    let class = class.unwrap_or("[ -~é日𝄞\\n\"\\\\]");
    let tail = string_regex(&format!("{class}{{{least},{most}}}"));
    let prefix = prefix.to_owned();
    tail.expect("the class can be generated")
        .prop_map(move |tail| format!("{prefix}{tail}"))
        .boxed()
}

fn integer(constraints: &Constraints, least: i128, most: i128) -> BoxedStrategy<Value> {
    let bound = |number: &Option<Number>| number.as_ref().and_then(|n| n.0.parse::<i128>().ok());
    let min = bound(&constraints.min).unwrap_or(least);
    let max = bound(&constraints.max).unwrap_or(most);
    let near = (-3..=3_i128).prop_map(move |n| n.clamp(min, max));
    prop_oneof![Just(min), Just(max), min..=max, near]
        .prop_map(|n| match u64::try_from(n) {
            Ok(n) => json!(n),
            Err(_) => json!(i64::try_from(n).expect("integers have up to 64 bits")),
        })
        .boxed()
}

/// The numbers as strings.
fn in_text(numbers: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    numbers
        .prop_map(|number| Value::from(number.to_string()))
        .boxed()
}

fn double(constraints: &Constraints) -> BoxedStrategy<Value> {
    let bound = |number: &Option<Number>| number.as_ref().and_then(|n| n.0.parse::<f64>().ok());
    let (min, max) = (bound(&constraints.min), bound(&constraints.max));
    let fits = move |n: &f64| min.is_none_or(|min| *n >= min) && max.is_none_or(|max| *n <= max);
    let some = min.or(max).unwrap_or(0.0);
    let any = any::<f64>().prop_map(move |n| if n.is_finite() && fits(&n) { n } else { some });
    let whole = (0..1000_i32).prop_map(|n| json!(n));
    prop_oneof![3 => any.prop_map(Value::from), 1 => whole]
        .prop_filter("a bound", move |n| n.as_f64().is_some_and(|n| fits(&n)))
        .boxed()
}

fn decimal(constraints: &Constraints) -> BoxedStrategy<Value> {
    let bound = |number: &Option<Number>| number.as_ref().and_then(|n| n.0.parse::<f64>().ok());
    let (min, max) = (bound(&constraints.min), bound(&constraints.max));
    if min.is_none() && max.is_none() {
        return matching("-?(0|[1-9][0-9]{0,13})(\\.[0-9]{1,14})?|0\\.[0-9]{28}|[1-9][0-9]{27}");
    }
    let min = min.unwrap_or(-1e6);
    let max = max.unwrap_or(min + 1e6);
    let within = (0..=1000_u32).prop_map(move |part| {
        let number = min + (max - min) * f64::from(part) / 1000.0;
        Value::from(format!("{number:.2}"))
    });
    within.boxed()
}

fn bytes(constraints: &Constraints) -> BoxedStrategy<Value> {
    proptest::collection::vec(any::<u8>(), lengths(constraints))
        .prop_map(|bytes| {
            serde_json::to_value(urutu::Bytes::from(bytes)).expect("bytes have a JSON form")
        })
        .boxed()
}

fn json_value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,2}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
    .boxed()
}
