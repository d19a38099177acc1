//! `i64` and `u64` with `encoding: string`: the digits of the number as a string, since JSON's numbers are doubles to many readers.

use serde::{Deserializer, Serializer};

use super::read::{Read, text};
use super::write::Write;

impl Write for i64 {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Write for u64 {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Read for i64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, EXPECTED, |text| {
            is_whole(text).then(|| text.parse().ok())?
        })
    }
}

impl Read for u64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, EXPECTED, |text| {
            is_whole(text).then(|| text.parse().ok())?
        })
    }
}

const EXPECTED: &str = "a whole number of 64 bits as a string";

/// A number has one text: no plus, no leading zeros, no zero with a sign.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let first_is_fine = text == "0" || digits.starts_with(|c: char| matches!(c, '1'..='9'));
    first_is_fine && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_has_one_text() {
        for fine in [
            "0",
            "7",
            "-1",
            "9223372036854775807",
            "-9223372036854775808",
        ] {
            let read = i64::read(&json!(fine)).expect(fine);
            assert_eq!(read.to_string(), fine);
        }
        assert_eq!(
            u64::read(&json!("18446744073709551615")).ok(),
            Some(u64::MAX)
        );
        for wrong in [
            json!(""),
            json!("-"),
            json!("-0"),
            json!("+1"),
            json!("007"),
            json!("1.0"),
            json!("1e3"),
            json!(" 1"),
            json!("1_000"),
            json!("٣"),
            json!("18446744073709551616"),
            json!(1),
            json!(null),
        ] {
            assert!(i64::read(&wrong).is_err(), "{wrong}");
            assert!(u64::read(&wrong).is_err(), "{wrong}");
        }
        assert!(u64::read(&json!("-1")).is_err());
        assert!(i64::read(&json!("9223372036854775808")).is_err());
        let error = i64::read(&json!("secret"))
            .expect_err("no number")
            .to_string();
        assert!(
            error.contains(EXPECTED) && !error.contains("secret"),
            "{error}"
        );
    }
}
