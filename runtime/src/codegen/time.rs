//! The types of the crate time for times.

#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_wraps,
    reason = "all conversions have one form: the macro calls them"
)]

use ::time::{Duration, Month, OffsetDateTime};

use super::date_time::{exact_through, split};

/// `timestamp`
pub type Timestamp = OffsetDateTime;
/// `date`
pub type Date = ::time::Date;
/// `duration`
pub type SignedDuration = Duration;

exact_through!(
    OffsetDateTime,
    jiff::Timestamp,
    to_timestamp,
    from_timestamp
);
exact_through!(Date, jiff::civil::Date, to_date, from_date);
exact_through!(Duration, jiff::SignedDuration, to_duration, from_duration);

/// A timestamp of a contract, as seconds and nanoseconds of one sign.
pub fn timestamp(seconds: i64, nanos: i32) -> Timestamp {
    jiff::Timestamp::new(seconds, nanos)
        .ok()
        .and_then(|time| from_timestamp(&time))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// A date of a contract.
pub fn date(year: i16, month: i8, day: i8) -> Date {
    jiff::civil::Date::new(year, month, day)
        .ok()
        .and_then(|date| from_date(&date))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH.date())
}

/// A duration of a contract, as seconds and nanoseconds of one sign.
pub const fn duration(seconds: i64, nanos: i32) -> SignedDuration {
    Duration::new(seconds, nanos)
}

fn to_timestamp(time: &OffsetDateTime) -> Option<jiff::Timestamp> {
    let nanos = i32::try_from(time.nanosecond()).ok()?;
    jiff::Timestamp::new(time.unix_timestamp(), nanos).ok()
}

fn from_timestamp(time: &jiff::Timestamp) -> Option<OffsetDateTime> {
    let (seconds, nanos) = split(time.as_second(), time.subsec_nanosecond())?;
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    time.checked_add(Duration::nanoseconds(nanos.into()))
}

fn to_date(date: &Date) -> Option<jiff::civil::Date> {
    let month = i8::try_from(u8::from(date.month())).ok()?;
    let day = i8::try_from(date.day()).ok()?;
    jiff::civil::Date::new(i16::try_from(date.year()).ok()?, month, day).ok()
}

fn from_date(date: &jiff::civil::Date) -> Option<Date> {
    let month = Month::try_from(u8::try_from(date.month()).ok()?).ok()?;
    Date::from_calendar_date(date.year().into(), month, u8::try_from(date.day()).ok()?).ok()
}

fn to_duration(duration: &Duration) -> Option<jiff::SignedDuration> {
    Some(jiff::SignedDuration::new(
        duration.whole_seconds(),
        duration.subsec_nanoseconds(),
    ))
}

fn from_duration(duration: &jiff::SignedDuration) -> Option<Duration> {
    Some(Duration::new(duration.as_secs(), duration.subsec_nanos()))
}
