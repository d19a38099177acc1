//! `timestamp`, `date` and `duration`: the notations of RFC 3339 and ISO 8601 that everyone writes. What the values mean is for jiff to say.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserializer, Serialize, Serializer};

use super::read::{Read, text};
use super::write::Write;

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

impl Write for Timestamp {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // 0000-01-01T00:00:00Z
        const FIRST: i64 = -62_167_219_200;
        if (self.as_second(), self.subsec_nanosecond()) < (FIRST, 0) {
            return Err(out_of_range());
        }
        self.serialize(serializer)
    }
}

impl Write for Date {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.year() < 0 {
            return Err(out_of_range());
        }
        self.serialize(serializer)
    }
}

impl Write for SignedDuration {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

/// A time without a notation: RFC 3339 has four digits for the year, and no sign.
pub(crate) fn out_of_range<E: serde::ser::Error>() -> E {
    E::custom("the time is outside of what a contract can hold, the years 0000 to 9999")
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
    let text = text.strip_prefix('-').unwrap_or(text);
    let Some(mut rest) = text.strip_prefix("PT").filter(|rest| !rest.is_empty()) else {
        return false;
    };
    // The longest duration has 16 digits of hours, as all of 64 bits of seconds are written.
    for (unit, most) in [('H', 16), ('M', 15), ('S', 15)] {
        let (whole, tail) = rest.split_at(digits(rest));
        let (fraction, tail) = match tail.strip_prefix('.') {
            Some(tail) if unit == 'S' => tail.split_at(digits(tail)),
            _ => ("0", tail),
        };
        let fits = (1..=most).contains(&whole.len()) && (1..=9).contains(&fraction.len());
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
    use crate::codegen::exact::WriteItem;

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
    fn what_readers_refuse_is_not_written() {
        fn written<T: Write>(value: &T) -> Result<String, String> {
            serde_json::to_string(&WriteItem(value)).map_err(|error| error.to_string())
        }
        let first: Timestamp = "0000-01-01T00:00:00Z".parse().expect("a timestamp");
        assert_eq!(written(&first), Ok("\"0000-01-01T00:00:00Z\"".to_owned()));
        let before = first - SignedDuration::from_nanos(1);
        let error = written(&before).expect_err("the year -1");
        assert!(error.contains("the years 0000 to 9999"), "{error}");
        assert_eq!(
            written(&jiff::civil::date(0, 1, 1)),
            Ok("\"0000-01-01\"".to_owned())
        );
        assert!(written(&jiff::civil::date(-1, 12, 31)).is_err());
        assert!(written(&Timestamp::MAX).is_ok_and(|text| is_timestamp(text.trim_matches('"'))));
    }

    #[test]
    fn durations_have_one_notation() {
        for fine in [
            "PT0S",
            "PT1M30S",
            "-PT36H",
            "PT999999999999999H0.000000001S",
            "PT2562047788015215H30M7.999999999S",
            "-PT2562047788015215H30M8.999999999S",
        ] {
            assert!(is_duration(fine), "{fine}");
            assert!(fine.parse::<SignedDuration>().is_ok(), "{fine}");
        }
        for longest in [SignedDuration::MAX, SignedDuration::MIN] {
            assert!(is_duration(&longest.to_string()), "{longest}");
        }
        assert_eq!("PT9999999999999999H".parse::<SignedDuration>().ok(), None);
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
