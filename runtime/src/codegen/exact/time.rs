//! `timestamp`, `date` and `duration`: the notations of RFC 3339 and ISO 8601 that everyone writes. What the values mean is for jiff to say.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserializer;

use super::read::{Read, text};

impl Read for Timestamp {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, "a timestamp of RFC 3339", |text| {
            is_timestamp(text).then(|| text.parse().ok())?
        })
    }
}

impl Read for Date {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, "a date like 2026-11-23", |text| {
            is_like(text, "0000-00-00").then(|| text.parse().ok())?
        })
    }
}

impl Read for SignedDuration {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, "a duration like PT1M30S", |text| {
            is_duration(text).then(|| text.parse().ok())?
        })
    }
}

/// Digits where the form has a `0`, and otherwise what it has.
fn is_like(text: &str, form: &str) -> bool {
    let fits = |(byte, form): (u8, u8)| match form {
        b'0' => byte.is_ascii_digit(),
        form => byte == form,
    };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

/// `2026-11-23T10:00:00.5+02:00`. No leap seconds: hardly any type has them.
fn is_timestamp(text: &str) -> bool {
    const FORM: &str = "0000-00-00T00:00:00";
    let Some((start, rest)) = text.split_at_checked(FORM.len()) else {
        return false;
    };
    let (fraction, zone) = match rest.strip_prefix('.') {
        None => ("0", rest),
        Some(rest) => rest.split_at(digits(rest)),
    };
    let clock = zone.strip_prefix(['+', '-']).unwrap_or_default();
    let offset_fits = is_like(clock, "00:00") && &clock[..2] < "24" && &clock[3..] < "60";
    let zone_fits = zone == "Z" || offset_fits;
    is_like(start, FORM) && &start[17..] < "60" && (1..=9).contains(&fraction.len()) && zone_fits
}

/// `-PT36H5M0.5S`. Days and longer are no fixed time.
fn is_duration(text: &str) -> bool {
    /// Leaves room for the sum in 64 bits of seconds.
    const MAX_DIGITS: usize = 15;
    let text = text.strip_prefix('-').unwrap_or(text);
    let Some(mut rest) = text.strip_prefix("PT").filter(|rest| !rest.is_empty()) else {
        return false;
    };
    for unit in ['H', 'M', 'S'] {
        let (whole, tail) = rest.split_at(digits(rest));
        let (fraction, tail) = match tail.strip_prefix('.') {
            Some(tail) if unit == 'S' => tail.split_at(digits(tail)),
            _ => ("0", tail),
        };
        let fits = (1..=MAX_DIGITS).contains(&whole.len()) && (1..=9).contains(&fraction.len());
        if let Some(tail) = tail.strip_prefix(unit).filter(|_| fits) {
            rest = tail;
        }
    }
    rest.is_empty()
}

/// How many digits the text starts with.
fn digits(text: &str) -> usize {
    text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_one_notation() {
        for fine in [
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:59.123456789+05:30",
            "0001-01-01T00:00:00.0-23:59",
        ] {
            assert!(is_timestamp(fine), "{fine}");
            assert!(fine.parse::<Timestamp>().is_ok(), "{fine}");
        }
        for wrong in [
            "",
            "2026-11-23",
            "2026-11-23T10:00:00",
            "2026-11-23 10:00:00Z",
            "2026-11-23t10:00:00z",
            "2026-11-23T10:00Z",
            "2026-11-23T10:00:60Z",
            "2026-11-23T10:00:00.Z",
            "2026-11-23T10:00:00,5Z",
            "2026-11-23T10:00:00.1234567890Z",
            "2026-11-23T10:00:00+0200",
            "2026-11-23T10:00:00+24:00",
            "2026-11-23T10:00:00+é0:00",
            "2026-11-23T10:00:00Z[UTC]",
            "+002026-11-23T10:00:00Z",
            "2026-11-23T10:00:0é",
        ] {
            assert!(!is_timestamp(wrong), "{wrong}");
        }
    }

    #[test]
    fn durations_have_one_notation() {
        for fine in [
            "PT0S",
            "PT1M30S",
            "-PT36H",
            "PT999999999999999H0.000000001S",
        ] {
            assert!(is_duration(fine), "{fine}");
            assert!(fine.parse::<SignedDuration>().is_ok(), "{fine}");
        }
        for wrong in [
            "",
            "PT",
            "P1D",
            "PT1",
            "PT1S1M",
            "PT1.5M",
            "PT.5S",
            "PT1.S",
            "PT1m",
            "1m",
            "+PT1S",
            "PTS",
            "PT1é",
            "PT1000000000000000S",
        ] {
            assert!(!is_duration(wrong), "{wrong}");
        }
    }
}
