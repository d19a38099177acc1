//! `decimal`: the notation of JSON's numbers without an exponent, as a string, with all its digits.

use rust_decimal::Decimal;
use serde::{Deserializer, Serializer};

use super::read::{Read, text};
use super::write::Write;

impl Write for Decimal {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Read for Decimal {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, "a decimal number as a string", parse)
    }
}

/// Exactly: a number with more digits than a decimal holds is not rounded.
fn parse(text: &str) -> Option<Decimal> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if !is_digits(whole) || !is_digits(fraction) || leading_zero {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_one_notation() {
        for fine in [
            "0",
            "-0.5",
            "12.50",
            "1234567890123456789012345678",
            "0.1234567890123456789012345678",
        ] {
            assert_eq!(parse(fine).map(|d| d.to_string()).as_deref(), Some(fine));
        }
        for wrong in [
            "",
            "-",
            "+1",
            ".5",
            "5.",
            "05",
            "1e3",
            "1_000",
            " 1",
            "1,5",
            "٣",
            "0.12345678901234567890123456789",
            "123456789012345678901234567890",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
