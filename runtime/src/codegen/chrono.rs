//! The types of chrono for times.

#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_wraps,
    reason = "all conversions have one form: the macro calls them"
)]

use ::chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::date_time::{exact_through, split};

/// `timestamp`
pub type Timestamp = DateTime<Utc>;
/// `date`
pub type Date = NaiveDate;
/// `duration`
pub type SignedDuration = TimeDelta;

exact_through!(DateTime<Utc>, jiff::Timestamp, to_timestamp, from_timestamp);
exact_through!(NaiveDate, jiff::civil::Date, to_date, from_date);
exact_through!(TimeDelta, jiff::SignedDuration, to_duration, from_duration);

/// A timestamp of a contract, as seconds and nanoseconds of one sign.
pub fn timestamp(seconds: i64, nanos: i32) -> Timestamp {
    split(seconds, nanos)
        .and_then(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos))
        .unwrap_or_default()
}

/// A date of a contract.
pub fn date(year: i16, month: i8, day: i8) -> Date {
    jiff::civil::Date::new(year, month, day)
        .ok()
        .and_then(|date| from_date(&date))
        .unwrap_or_default()
}

/// A duration of a contract, as seconds and nanoseconds of one sign.
pub fn duration(seconds: i64, nanos: i32) -> SignedDuration {
    from_duration(&jiff::SignedDuration::new(seconds, nanos)).unwrap_or_default()
}

fn to_timestamp(time: &DateTime<Utc>) -> Option<jiff::Timestamp> {
    // A leap second is more than a second of nanoseconds: the last instant before the next one stands for it.
    let nanos = time.timestamp_subsec_nanos().min(999_999_999);
    jiff::Timestamp::new(time.timestamp(), i32::try_from(nanos).ok()?).ok()
}

fn from_timestamp(time: &jiff::Timestamp) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = split(time.as_second(), time.subsec_nanosecond())?;
    DateTime::from_timestamp(seconds, nanos)
}

fn to_date(date: &NaiveDate) -> Option<jiff::civil::Date> {
    let month = i8::try_from(date.month()).ok()?;
    let day = i8::try_from(date.day()).ok()?;
    jiff::civil::Date::new(i16::try_from(date.year()).ok()?, month, day).ok()
}

fn from_date(date: &jiff::civil::Date) -> Option<NaiveDate> {
    let month = u32::try_from(date.month()).ok()?;
    let day = u32::try_from(date.day()).ok()?;
    NaiveDate::from_ymd_opt(date.year().into(), month, day)
}

fn to_duration(duration: &TimeDelta) -> Option<jiff::SignedDuration> {
    Some(jiff::SignedDuration::new(
        duration.num_seconds(),
        duration.subsec_nanos(),
    ))
}

fn from_duration(duration: &jiff::SignedDuration) -> Option<TimeDelta> {
    let (seconds, nanos) = split(duration.as_secs(), duration.subsec_nanos())?;
    TimeDelta::new(seconds, nanos)
}
