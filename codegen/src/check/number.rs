//! Numbers as text: exact, whatever their size.

use std::cmp::Ordering;

use crate::model::{Number, Scalar};

/// A decimal number in plain notation. Orders by value.
#[derive(Debug, Clone)]
struct Plain {
    negative: bool,
    /// Without leading zeros; "0" if there is nothing else.
    whole: String,
    /// As it was written, with its trailing zeros.
    fraction: String,
}

/// More places than any type has.
const MAX_PLACES: usize = 400;

impl Plain {
    /// `-12.50`, `1e3`. `None` for anything else, and for what is far out of every range.
    fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let shift = usize::try_from(exponent.unsigned_abs()).ok()?;
        if shift > MAX_PLACES || whole.len() > MAX_PLACES || fraction.len() > MAX_PLACES {
            return None;
        }
        let (mut whole, mut fraction) = (whole.to_owned(), fraction.to_owned());
        if exponent > 0 {
            let moved = fraction.len().min(shift);
            whole.extend(fraction.drain(..moved));
            whole.extend(std::iter::repeat_n('0', shift - moved));
        } else {
            let moved = whole.len().min(shift);
            let tail = whole.split_off(whole.len() - moved);
            fraction = "0".repeat(shift - moved) + &tail + &fraction;
        }
        let trimmed = whole.trim_start_matches('0');
        let whole = if trimmed.is_empty() { "0" } else { trimmed }.to_owned();
        let mut plain = Self {
            negative,
            whole,
            fraction,
        };
        plain.negative &= !plain.is_zero();
        Some(plain)
    }

    fn is_zero(&self) -> bool {
        self.whole == "0" && self.fraction.bytes().all(|byte| byte == b'0')
    }

    fn is_integer(&self) -> bool {
        self.fraction.is_empty()
    }

    fn text(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        let point = if self.fraction.is_empty() { "" } else { "." };
        format!("{sign}{}{point}{}", self.whole, self.fraction)
    }

    /// Compares without the sign.
    fn magnitude(&self, other: &Self) -> Ordering {
        let whole = self.whole.len().cmp(&other.whole.len());
        let fraction = self.fraction.trim_end_matches('0');
        whole
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| fraction.cmp(other.fraction.trim_end_matches('0')))
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

/// Whether two decimals have one value.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    match (Plain::parse(a), Plain::parse(b)) {
        (Some(a), Some(b)) => a.compare(&b).is_eq(),
        _ => a == b,
    }
}

/// Reads a number of a numeric type. `Err` says what the type needs.
pub(super) fn number(text: &str, scalar: Scalar) -> Result<Number, &'static str> {
    let plain = Plain::parse(text);
    let integer = |min: i128, max: i128, needs: &'static str| {
        let plain = plain.as_ref().filter(|plain| plain.is_integer());
        let value: Option<i128> = plain.and_then(|plain| plain.text().parse().ok());
        match (plain, value) {
            (Some(plain), Some(value)) if (min..=max).contains(&value) => Ok(Number(plain.text())),
            _ => Err(needs),
        }
    };
    match scalar {
        Scalar::I32 => integer(
            i32::MIN.into(),
            i32::MAX.into(),
            "a whole number from -2147483648 to 2147483647",
        ),
        Scalar::I64 => integer(
            i64::MIN.into(),
            i64::MAX.into(),
            "a whole number from -9223372036854775808 to 9223372036854775807",
        ),
        Scalar::U32 => integer(0, u32::MAX.into(), "a whole number from 0 to 4294967295"),
        Scalar::U64 => integer(
            0,
            u64::MAX.into(),
            "a whole number from 0 to 18446744073709551615",
        ),
        Scalar::F64 => {
            const NEEDS: &str = "a finite number, such as `1.5`";
            let plain = plain.ok_or(NEEDS)?;
            let finite = text.parse::<f64>().is_ok_and(f64::is_finite);
            finite.then(|| Number(plain.text())).ok_or(NEEDS)
        }
        _ => {
            const NEEDS: &str = "a decimal number of up to 28 digits, such as `\"12.50\"`";
            let plain = plain.ok_or(NEEDS)?;
            fits_decimal(&plain)
                .then(|| Number(plain.text()))
                .ok_or(NEEDS)
        }
    }
}

/// A JSON number of any size.
pub(super) fn json(text: &str) -> Option<Number> {
    let finite = text.parse::<f64>().is_ok_and(f64::is_finite);
    Plain::parse(text)
        .filter(|_| finite)
        .map(|plain| Number(plain.text()))
}

/// 96 bits and a scale of up to 28 is what decimal types commonly have.
fn fits_decimal(plain: &Plain) -> bool {
    const MAX_DIGITS: u128 = (1 << 96) - 1;
    const MAX_SCALE: usize = 28;
    let digits = format!("{}{}", plain.whole, plain.fraction);
    plain.fraction.len() <= MAX_SCALE
        && digits
            .parse::<u128>()
            .is_ok_and(|digits| digits <= MAX_DIGITS)
}

/// Compares two numbers that [`number`] made.
pub(super) fn compare(a: &Number, b: &Number) -> Ordering {
    match (Plain::parse(&a.0), Plain::parse(&b.0)) {
        (Some(a), Some(b)) => a.compare(&b),
        // `number` only makes what parses.
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, scalar: Scalar) -> Option<String> {
        number(text, scalar).ok().map(|number| number.0)
    }

    #[test]
    fn numbers_are_normalised() {
        for (written, plain) in [
            ("007", "7"),
            ("+5", "5"),
            ("-0", "0"),
            ("12.50", "12.50"),
            ("1e3", "1000"),
            ("1.25e1", "12.5"),
            ("125e-4", "0.0125"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-0.50", "-0.50"),
        ] {
            assert_eq!(text(written, Scalar::Decimal).as_deref(), Some(plain));
        }
        for odd in [
            "",
            ".",
            "-",
            "1e",
            "1_000",
            "0x1f",
            ".inf",
            "1e99999999999",
            "ten",
        ] {
            assert_eq!(text(odd, Scalar::Decimal), None, "{odd}");
        }
    }

    #[test]
    fn types_have_ranges() {
        assert!(text("2147483647", Scalar::I32).is_some());
        assert!(text("2147483648", Scalar::I32).is_none());
        assert!(text("-1", Scalar::U64).is_none());
        assert!(text("18446744073709551615", Scalar::U64).is_some());
        assert!(text("1.0", Scalar::I64).is_none());
        assert!(text("1e308", Scalar::F64).is_some());
        assert!(text("1e309", Scalar::F64).is_none());
        assert!(text("79228162514264337593543950335", Scalar::Decimal).is_some());
        assert!(text("79228162514264337593543950336", Scalar::Decimal).is_none());
    }

    #[test]
    fn numbers_compare_by_value() {
        let compare =
            |a: &str, b: &str| super::compare(&Number(a.to_owned()), &Number(b.to_owned()));
        assert_eq!(compare("1.0", "1.00"), Ordering::Equal);
        assert_eq!(compare("9", "10"), Ordering::Less);
        assert_eq!(compare("-9", "-10"), Ordering::Greater);
        assert_eq!(compare("0.09", "0.1"), Ordering::Less);
        assert_eq!(compare("-1", "0"), Ordering::Less);
    }
}
