//! Durations of the catalog: `30s`, `5m`, `1h30m`, `7d`, `250ms`.

use std::time::Duration;

use super::value;
use crate::diagnostic::{Code, Report};
use crate::source::Spanned;
use crate::yaml::{Content, Node};

/// The units, the largest first, in milliseconds.
pub(crate) const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The longest: RabbitMQ counts times in 32 bits of milliseconds.
const LONGEST: u64 = u32::MAX as u64;

/// Reads a duration.
pub(super) fn duration(report: &mut Report, node: &Node, what: &str) -> Option<Spanned<Duration>> {
    const FORM: &str =
        "write numbers with units, the largest first: `250ms`, `30s`, `5m`, `1h30m`, `7d`";
    let span = node.span;
    let Content::Scalar(scalar) = &node.content else {
        return value::wrong_shape(report, node, what, "a duration");
    };
    let text = &scalar.text;
    let message = match parse(text) {
        Ok(value) => return Some(Spanned { value, span }),
        Err(Fault::Form) => format!("{what} is a duration; found `{text}`"),
        Err(Fault::TooLong) => format!("{what} is longer than 49 days"),
    };
    report.add(Code::InvalidDuration, span, message).help(FORM);
    None
}

#[derive(Debug, PartialEq, Eq)]
enum Fault {
    Form,
    TooLong,
}

/// Numbers with units, each unit smaller than the one before.
fn parse(text: &str) -> Result<Duration, Fault> {
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return Err(Fault::Form);
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        let letters = tail.len()
            - tail
                .trim_start_matches(|c: char| c.is_ascii_lowercase())
                .len();
        let (unit, tail) = tail.split_at(letters);
        let (_, factor) = units.find(|(name, _)| *name == unit).ok_or(Fault::Form)?;
        if number.is_empty() {
            return Err(Fault::Form);
        }
        // Digits only: what does not parse is too large.
        let number: u64 = number.parse().map_err(|_| Fault::TooLong)?;
        total = number
            .checked_mul(*factor)
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= LONGEST)
            .ok_or(Fault::TooLong)?;
        rest = tail;
    }
    Ok(Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let millis = |text| parse(text).map(|duration| duration.as_millis());
        assert_eq!(millis("250ms"), Ok(250));
        assert_eq!(millis("30s"), Ok(30_000));
        assert_eq!(millis("1h30m"), Ok(5_400_000));
        assert_eq!(millis("7d"), Ok(604_800_000));
        assert_eq!(millis("1m5ms"), Ok(60_005));
        assert_eq!(millis("0s"), Ok(0));
        for text in [
            "", "5", "s", "5 s", "5S", "1.5s", "30m1h", "1s1s", "-1s", "5µs",
        ] {
            assert_eq!(millis(text), Err(Fault::Form), "{text}");
        }
        for text in ["50d", "99999999999999999999s", "18446744073709551615d"] {
            assert_eq!(millis(text), Err(Fault::TooLong), "{text}");
        }
    }
}
