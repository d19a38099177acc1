//! The built-in types. Their patterns are the grammar of the wire, which readers hold to as well.

use std::fmt::Display;

use crate::model::{Scalar, Value};
use crate::render::json::{number, object, string};

const UUID: &str = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$";

/// Without leap seconds, and with an offset that says what it is.
const TIMESTAMP: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$";

const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

const DURATION: &str =
    "^-?PT(?=[0-9])([0-9]{1,16}H)?([0-9]{1,15}M)?([0-9]{1,15}(\\.[0-9]{1,9})?S)?$";

/// Up to 29 digits, up to 28 of them after the point.
const DECIMAL: &str = "^-?(?!(\\.?[0-9]){30})(0|[1-9][0-9]*)(\\.[0-9]{1,28})?$";

/// Without leading zeros, and without a sign of zero.
const I64: &str = "^(0|-?[1-9][0-9]{0,18})$";

const U64: &str = "^(0|[1-9][0-9]{0,19})$";

/// Padded, with nothing in the bits that stand for nothing.
const BASE64: &str =
    "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

pub(super) fn schema(scalar: Scalar) -> Value {
    match scalar {
        Scalar::String => object([("type", string("string"))]),
        Scalar::Bool => object([("type", string("boolean"))]),
        Scalar::I32 => integer(i32::MIN, i32::MAX),
        Scalar::I64 => integer(i64::MIN, i64::MAX),
        Scalar::U32 => integer(u32::MIN, u32::MAX),
        Scalar::U64 => integer(u64::MIN, u64::MAX),
        Scalar::I64Text => text(None, I64),
        Scalar::U64Text => text(None, U64),
        Scalar::F64 => object([("type", string("number"))]),
        Scalar::Decimal => text(Some("decimal"), DECIMAL),
        Scalar::Uuid => text(Some("uuid"), UUID),
        Scalar::Timestamp => text(Some("date-time"), TIMESTAMP),
        Scalar::Date => text(Some("date"), DATE),
        Scalar::Duration => text(Some("duration"), DURATION),
        Scalar::Bytes => object([
            ("type", string("string")),
            ("contentEncoding", string("base64")),
            ("pattern", string(BASE64)),
        ]),
        Scalar::Json => Value::Object(Vec::new()),
    }
}

fn integer(min: impl Display, max: impl Display) -> Value {
    object([
        ("type", string("integer")),
        ("minimum", number(min)),
        ("maximum", number(max)),
    ])
}

fn text(format: Option<&str>, pattern: &str) -> Value {
    let format = format.map(|format| ("format", string(format)));
    let pattern = ("pattern", string(pattern));
    object(
        [("type", string("string"))]
            .into_iter()
            .chain(format)
            .chain([pattern]),
    )
}
