//! Lengths of binary data as lengths of its base64: four characters for three bytes, and padding for those that are missing at the end.

use crate::model::Value;
use crate::render::json::{list, number, object, string};

/// Keywords that hold exactly for base64 of at least `min` and at most `max` bytes.
pub(super) fn lengths(min: Option<u64>, max: Option<u64>) -> Vec<(&'static str, Value)> {
    let mut members = Vec::new();
    let mut ends = Vec::new();
    if let Some(min) = min {
        let characters = min.div_ceil(3).saturating_mul(4);
        members.push(("minLength", number(characters)));
        // The shortest texts must not be padded too much; longer ones are long enough.
        let end = match min % 3 {
            0 if min > 0 => Some("[^=]$"),
            2 => Some("[^=].$"),
            _ => None,
        };
        ends.extend(end.map(|end| either("minLength", characters.saturating_add(1), end)));
    }
    if let Some(max) = max {
        let characters = max.div_ceil(3).saturating_mul(4);
        members.push(("maxLength", number(characters)));
        // The longest texts must be padded enough.
        let end = match max % 3 {
            1 => Some("==$"),
            2 => Some("=$"),
            _ => None,
        };
        ends.extend(end.map(|end| either("maxLength", characters.saturating_sub(1), end)));
    }
    if !ends.is_empty() {
        members.push(("allOf", list(ends)));
    }
    members
}

fn either(keyword: &str, length: u64, end: &str) -> Value {
    let short = object([(keyword, number(length))]);
    let padded = object([("pattern", string(end))]);
    object([("anyOf", list([short, padded]))])
}
