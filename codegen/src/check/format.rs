//! The formats of scalars that are text on the wire.

use crate::model::Scalar;

/// What a text would have to be to be a value of the type; `None` if it is one, or if the type has no format.
pub(super) fn fault(text: &str, scalar: Scalar) -> Option<&'static str> {
    let (fits, needs) = match scalar {
        Scalar::Uuid => (
            is_uuid(text),
            "a UUID, such as `0197f0c2-0000-7000-8000-000000000001`",
        ),
        Scalar::Timestamp => (
            is_timestamp(text),
            "a timestamp of RFC 3339, such as `2026-11-23T10:00:00Z`, up to `9999-12-30T22:00:00Z`",
        ),
        Scalar::Date => (is_date(text), "a date, such as `2026-11-23`"),
        Scalar::Duration => (
            is_duration(text),
            "a duration of hours, minutes and seconds in ISO 8601, such as `PT1M30S`",
        ),
        Scalar::Bytes => (
            decoded_length(text).is_some(),
            "padded base64, such as `aGVsbG8=`",
        ),
        _ => return None,
    };
    (!fits).then_some(needs)
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Exactly `width` digits, as a number.
fn digits(text: &str, width: usize) -> Option<u32> {
    let fits = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

pub(crate) fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

fn is_timestamp(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else {
        return false;
    };
    let Some(zone) = rest.find(['Z', '+', '-']) else {
        return false;
    };
    let (time, zone) = rest.split_at(zone);
    let (clock, fraction) = match time.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (time, None),
    };
    let fraction_fits = fraction.is_none_or(|fraction| {
        (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit())
    });
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts[..] else {
        return false;
    };
    let zone_fits = zone == "Z"
        || zone[1..]
            .split_once(':')
            .is_some_and(|(hour, minute)| below(hour, 24) && below(minute, 60));
    is_date(date)
        && fraction_fits
        && zone_fits
        && below(hour, 24)
        && below(minute, 60)
        && below(second, 60)
        && !is_beyond_all_types(date, [hour, minute, second], zone)
}

/// Whether a well-formed timestamp is later than 9999-12-30T22:00:00.999999999Z. Types of timestamps end there, so that the end of the year
/// 9999 can be told in every time zone.
fn is_beyond_all_types(date: &str, clock: [&str; 3], zone: &str) -> bool {
    const END: i64 = (30 * 24 + 22) * 3600;
    let number = |text: &str| text.parse::<i64>().unwrap_or_default();
    let Some(day) = date.strip_prefix("9999-12-") else {
        return false;
    };
    let offset = zone.split_once(':').map_or(0, |(hour, minute)| {
        let minutes = number(&hour[1..]) * 60 + number(minute);
        if hour.starts_with('-') {
            -minutes
        } else {
            minutes
        }
    });
    let [hour, minute, second] = clock.map(number);
    let hours = number(day) * 24 + hour;
    hours * 3600 + (minute - offset) * 60 + second > END
}

/// Two digits that stand for less than `limit`.
fn below(text: &str, limit: u32) -> bool {
    digits(text, 2).is_some_and(|value| value < limit)
}

/// Days and longer are no fixed time, and therefore no part of it.
fn is_duration(text: &str) -> bool {
    /// Hours, minutes and seconds count in 64 bits; this leaves room for their sum.
    const MAX_DIGITS: usize = 15;
    let text = text.strip_prefix('-').unwrap_or(text);
    let Some(mut rest) = text.strip_prefix("PT") else {
        return false;
    };
    let mut units = "HMS".chars();
    let mut parts = 0;
    while !rest.is_empty() {
        let Some(end) = rest.find(|c: char| c.is_ascii_uppercase()) else {
            return false;
        };
        let (number, tail) = rest.split_at(end);
        let mut tail = tail.chars();
        let Some(unit) = tail.next() else {
            return false;
        };
        if !units.any(|next| next == unit) {
            return false;
        }
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let is_digits = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let point_fits = unit == 'S' || !number.contains('.');
        if !point_fits || !is_digits(whole, MAX_DIGITS) || !is_digits(fraction, 9) {
            return false;
        }
        parts += 1;
        rest = tail.as_str();
    }
    parts > 0
}

/// The moment that a timestamp stands for, in nanoseconds from some day; `None` where it is none.
pub(super) fn instant(text: &str) -> Option<i128> {
    let (date, rest) = text.split_once('T')?;
    let (time, zone) = rest.split_at(rest.find(['Z', '+', '-'])?);
    let mut parts = date.split('-').chain(time.split(':'));
    let mut next = || parts.next();
    let [year, month, day] = [next()?, next()?, next()?].map(number);
    let [hour, minute, second] = [next()?, next()?, next()?];
    // Months from March on, so that the day of a leap year is the last one.
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = year * 365 + leaps + (month * 153 + 2) / 5 + day;
    let offset = zone.split_once(':').map_or(0, |(hour, minute)| {
        let sign = if hour.starts_with('-') { -1 } else { 1 };
        sign * (number(hour.get(1..).unwrap_or_default()) * 60 + number(minute))
    });
    let minutes = (days * 24 + number(hour)) * 60 + number(minute) - offset;
    Some(minutes * 60 * SECOND + nanoseconds(second))
}

/// How long a duration is, in nanoseconds; `None` where it is none.
pub(super) fn length(text: &str) -> Option<i128> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut rest = text.strip_prefix("PT")?;
    let mut sum = 0;
    while let Some(end) = rest.find(['H', 'M', 'S']) {
        let (value, tail) = rest.split_at(end);
        let seconds = match tail.as_bytes().first()? {
            b'H' => 3600,
            b'M' => 60,
            _ => 1,
        };
        sum += nanoseconds(value) * seconds;
        rest = tail.get(1..)?;
    }
    Some(sign * sum)
}

const SECOND: i128 = 1_000_000_000;

/// Seconds with at most nine places.
fn nanoseconds(seconds: &str) -> i128 {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    number(whole) * SECOND + number(&format!("{fraction:0<9}"))
}

/// Digits as a number.
fn number(digits: &str) -> i128 {
    digits.parse().unwrap_or_default()
}

/// The number of bytes that a base64 text (RFC 4648, standard alphabet, padded) stands for.
pub(super) fn decoded_length(text: &str) -> Option<u64> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let content = text.strip_suffix("==").or(text.strip_suffix('='));
    let content = content.unwrap_or(text);
    let padding = text.len() - content.len();
    let mut last = 0;
    for byte in content.bytes() {
        last = value(byte)?;
    }
    // The bits of the last character that stand for nothing must be zero.
    let unused = match padding {
        1 => last & 0b11,
        2 => last & 0b1111,
        _ => 0,
    };
    let bytes = text.len() / 4 * 3 - padding;
    (unused == 0).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(scalar: Scalar, texts: &[&str]) {
        for text in texts {
            assert_eq!(fault(text, scalar), None, "{text}");
        }
    }

    fn unfit(scalar: Scalar, texts: &[&str]) {
        for text in texts {
            assert!(fault(text, scalar).is_some(), "{text}");
        }
    }

    #[test]
    fn what_is_spelt_differently_may_be_one_time() {
        let one = |a: &str, b: &str| {
            assert!(fault(a, Scalar::Timestamp).is_none() && fault(b, Scalar::Timestamp).is_none());
            instant(a) == instant(b)
        };
        assert!(one("2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000+00:00"));
        assert!(one("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"));
        assert!(one("2024-02-29T23:00:00-01:30", "2024-03-01T00:30:00Z"));
        assert!(one("2025-02-28T23:00:00-01:00", "2025-03-01T00:00:00Z"));
        assert!(one("1900-02-28T23:00:00-01:00", "1900-03-01T00:00:00Z"));
        assert!(one("0000-02-29T23:00:00-01:00", "0000-03-01T00:00:00Z"));
        assert!(!one(
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00.000000001Z"
        ));
        assert!(!one("2026-11-23T10:00:00Z", "2026-11-23T10:00:00+00:01"));
        for (a, b) in [
            ("PT90S", "PT1M30S"),
            ("PT1H", "PT60M0.0S"),
            ("-PT0S", "PT0H"),
            ("PT0.5S", "PT0.500S"),
        ] {
            assert_eq!(length(a), length(b));
        }
        assert_ne!(length("PT1S"), length("-PT1S"));
        assert_ne!(length("PT1.5S"), length("PT1.05S"));
        let longest = "PT999999999999999H999999999999999M999999999999999.999999999S";
        assert!(fault(longest, Scalar::Duration).is_none() && length(longest).is_some());
    }

    #[test]
    fn formats() {
        fits(Scalar::Uuid, &["0197f0c2-0000-7000-8000-000000000001"]);
        unfit(
            Scalar::Uuid,
            &["", "0197f0c2", "0197f0c2-0000-7000-8000-00000000000g"],
        );
        fits(Scalar::Date, &["2026-11-23", "2024-02-29", "2000-02-29"]);
        unfit(
            Scalar::Date,
            &[
                "2026-02-29",
                "1900-02-29",
                "2026-13-01",
                "2026-1-1",
                "2026-00-10",
            ],
        );
        fits(
            Scalar::Timestamp,
            &[
                "2026-11-23T10:00:00Z",
                "2026-11-23T10:00:00.123456789+05:30",
                "9999-12-30T22:00:00.999999999Z",
                "9999-12-31T21:59:00+23:59",
            ],
        );
        unfit(
            Scalar::Timestamp,
            &[
                "2026-11-23",
                "2026-11-23T10:00:00",
                "2026-11-23 10:00:00Z",
                "2026-11-23T24:00:00Z",
                "2026-11-23T10:00:00.Z",
                "2026-11-23T10:00:00+é:00",
                "9999-12-31T23:59:59Z",
                "9999-12-30T22:00:01Z",
                "9999-12-30T00:00:00-22:01",
            ],
        );
        fits(
            Scalar::Duration,
            &["PT1M30S", "PT0S", "-PT1H", "PT0.5S", "PT36H"],
        );
        unfit(
            Scalar::Duration,
            &["PT", "P1D", "1m", "PT1S1M", "PT1.5M", "PTS", "PT1é"],
        );
        fits(Scalar::Bytes, &["", "aGVsbG8=", "QQ==", "AAAA"]);
        unfit(
            Scalar::Bytes,
            &["aGVsbG8", "QR==", "====", "A===", "ab c", "_-8="],
        );
        assert_eq!(decoded_length("aGVsbG8="), Some(5));
    }
}
