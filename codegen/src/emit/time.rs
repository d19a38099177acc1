//! Times of the catalog as `const` expressions: nothing is parsed when the program runs.

use std::time::Duration;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::context::Context;
use super::literal::unfit;

/// A duration of the catalog's own settings.
pub(super) fn duration(duration: Duration) -> TokenStream {
    let seconds = Literal::u64_unsuffixed(duration.as_secs());
    let nanos = Literal::u32_unsuffixed(duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanos))
}

/// A `timestamp` in RFC 3339.
pub(super) fn timestamp(cx: &Context<'_>, text: &str) -> TokenStream {
    match parse_timestamp(text) {
        Some((seconds, nanos)) => {
            let seconds = Literal::i64_unsuffixed(seconds);
            let nanos = Literal::i32_unsuffixed(nanos);
            cx.time(&format_ident!("Timestamp"), &quote!(#seconds, #nanos))
        }
        None => unfit(text, "timestamp"),
    }
}

/// A `date`, `2026-11-23`.
pub(super) fn date(cx: &Context<'_>, text: &str) -> TokenStream {
    match parse_date(text) {
        Some((year, month, day)) => {
            let year = Literal::i16_unsuffixed(year);
            let (month, day) = (Literal::i8_unsuffixed(month), Literal::i8_unsuffixed(day));
            cx.time(&format_ident!("Date"), &quote!(#year, #month, #day))
        }
        None => unfit(text, "date"),
    }
}

/// A `duration` in ISO 8601, of days and smaller.
pub(super) fn signed_duration(cx: &Context<'_>, text: &str) -> TokenStream {
    match parse_duration(text) {
        Some((seconds, nanos)) => {
            let seconds = Literal::i64_unsuffixed(seconds);
            let nanos = Literal::i32_unsuffixed(nanos);
            cx.time(&format_ident!("SignedDuration"), &quote!(#seconds, #nanos))
        }
        None => unfit(text, "duration"),
    }
}

fn parse_date(text: &str) -> Option<(i16, i8, i8)> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = digits(parts.next()?, 2)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    let valid = parts.next().is_none() && (1..=days).contains(&day);
    valid.then_some((
        year.try_into().ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
    ))
}

/// Seconds and nanoseconds since 1970, of one sign.
fn parse_timestamp(text: &str) -> Option<(i64, i32)> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let (year, month, day) = parse_date(date)?;
    let (time, offset) = if let Some(time) = time.strip_suffix(['Z', 'z']) {
        (time, 0)
    } else {
        let at = time.rfind(['+', '-'])?;
        (&time[..at], parse_offset(&time[at..])?)
    };
    let (clock, fraction) = time
        .split_once('.')
        .map_or((time, None), |(c, f)| (c, Some(f)));
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = digits(parts.next()?, 2).filter(|minute| *minute < 60)?;
    let second = digits(parts.next()?, 2).filter(|second| *second < 60)?;
    if parts.next().is_some() {
        return None;
    }
    let days = days_since_epoch(year.into(), month.into(), day.into());
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset;
    let nanos = fraction.map_or(Some(0), nanos)?;
    // Before 1970 both parts are negative.
    if seconds < 0 && nanos > 0 {
        Some((seconds + 1, nanos - 1_000_000_000))
    } else {
        Some((seconds, nanos))
    }
}

fn parse_offset(text: &str) -> Option<i64> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let offset =
        digits(hours, 2).filter(|h| *h < 24)? * 3600 + digits(minutes, 2).filter(|m| *m < 60)? * 60;
    Some(if text.starts_with('-') {
        -offset
    } else {
        offset
    })
}

fn parse_duration(text: &str) -> Option<(i64, i32)> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let text = text.strip_prefix(['P', 'p'])?;
    let (days, time) = text.split_once(['T', 't']).unwrap_or((text, ""));
    let mut seconds = 0_i64;
    let mut nanoseconds = 0;
    let mut rest = days;
    let mut any = false;
    for units in [
        &[('W', 604_800), ('D', 86_400)][..],
        &[('H', 3600), ('M', 60), ('S', 1)],
    ] {
        for (unit, length) in units {
            let Some((amount, after)) = rest.split_once([*unit, unit.to_ascii_lowercase()]) else {
                continue;
            };
            let (whole, fraction) = amount.split_once(['.', ',']).unwrap_or((amount, ""));
            if !fraction.is_empty() {
                (*unit == 'S').then_some(())?;
                nanoseconds = nanos(fraction)?;
            }
            let whole: i64 = digits(whole, whole.len())?;
            seconds = seconds.checked_add(whole.checked_mul(*length)?)?;
            rest = after;
            any = true;
        }
        if !rest.is_empty() {
            return None;
        }
        rest = time;
    }
    (any && (time.is_empty() || time.ends_with(|c: char| c.is_ascii_alphabetic())))
        .then_some((sign * seconds, i32::try_from(sign).ok()? * nanoseconds))
}

/// Exactly so many digits.
fn digits(text: &str, amount: usize) -> Option<i64> {
    let all = !text.is_empty() && text.len() == amount && text.bytes().all(|b| b.is_ascii_digit());
    all.then(|| text.parse().ok())?
}

/// The digits after the point of a second.
fn nanos(fraction: &str) -> Option<i32> {
    let valid = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    valid.then(|| format!("{fraction:0<9}").parse().ok())?
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. Years are counted from March, so that the leap day ends them.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_instants() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some((0, 0))),
            ("2026-11-23T21:15:00Z", Some((1_795_468_500, 0))),
            (
                "2026-11-23T23:15:00.5+02:00",
                Some((1_795_468_500, 500_000_000)),
            ),
            ("1969-12-31T23:59:59.25Z", Some((0, -750_000_000))),
            ("2000-02-29T12:00:00-03:30", Some((951_838_200, 0))),
            ("2026-02-29T00:00:00Z", None),
            ("2026-02-28", None),
            ("2026-02-28T24:00:00Z", None),
            ("2026-02-28T00:00:00", None),
        ] {
            assert_eq!(parse_timestamp(text), expected, "{text}");
        }
    }

    #[test]
    fn durations_are_exact() {
        for (text, expected) in [
            ("PT1M30S", Some((90, 0))),
            ("P1DT1H", Some((90_000, 0))),
            ("-PT0.5S", Some((0, -500_000_000))),
            ("P1W", Some((604_800, 0))),
            ("PT", None),
            ("P", None),
            ("PT5", None),
            ("P1Y", None),
            ("PT1.5H", None),
            ("PT1S1M", None),
        ] {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn dates_exist() {
        assert_eq!(parse_date("2024-02-29"), Some((2024, 2, 29)));
        for text in [
            "2023-02-29",
            "2023-13-01",
            "2023-1-01",
            "2023-01-00",
            "x",
            "2023-01-01-01",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
