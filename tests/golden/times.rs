//! Times in the types of chrono and time: what a program calculates with changes nothing on the wire.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Serialize;
use serde_json::{Value, json};
use urutu::Nullable;

use crate::wire::{read, round_trip, wire};
use crate::with_chrono::journeys as with_chrono;
use crate::with_time::journeys as with_time;

/// Every field, none at its default.
fn journey() -> Value {
    let stop = json!({"at": "2026-11-23T21:15:00Z", "day": "2026-11-23", "stay": "PT1M30S"});
    let mut leg = stop.clone();
    leg["by"] = json!("train");
    json!({
        "departure": "2026-11-23T21:15:00.25Z", "arrival": "1969-12-31T23:59:59.999999999Z",
        "booked": "0000-01-01", "delay": "-PT0.000000001S", "stops": [stop],
        "pauses": {"a": ["PT1H", "PT0S"], "b": []}, "legs": [leg, {"by": "boat", "at": 1}],
        "since": "0001-01-01T00:00:00Z", "before": "9999-12-30T22:00:00Z", "zoned": "1970-01-01T00:00:00Z",
        "leap": "2000-02-29", "first": null, "longest": "PT2400H", "back": "PT1S",
    })
}

/// The least that is read, and what is made of it.
fn least() -> (Value, Value) {
    let least = json!({"departure": "2026-11-23T23:15:00+02:00", "booked": null, "stops": [], "pauses": {}});
    let full = json!({
        "departure": "2026-11-23T21:15:00Z", "booked": null, "stops": [], "pauses": {}, "legs": [],
        "since": "2026-11-23T21:15:00.25Z", "before": "1969-12-31T23:59:59.25Z", "zoned": "2024-03-01T01:00:00Z",
        "leap": "2024-02-29", "first": "0001-01-01", "longest": "PT36H1.5S", "back": "-PT0.5S",
    });
    (least, full)
}

#[test]
fn chrono_has_the_wire_of_jiff() {
    use ::chrono::{DateTime, NaiveDate, TimeDelta};

    let read_: with_chrono::Travelled = round_trip(&journey());
    assert_eq!(
        read_.departure.timestamp_nanos_opt(),
        Some(1_795_468_500_250_000_000)
    );
    assert_eq!(read_.delay, Nullable::Value(TimeDelta::nanoseconds(-1)));
    assert_eq!(
        read_.leap,
        NaiveDate::from_ymd_opt(2000, 2, 29).expect("a day")
    );

    let (least, full) = least();
    let read_: with_chrono::Travelled = read(&least).expect("it is valid");
    assert_eq!(wire(&read_), full);
    let at = DateTime::from_timestamp(1_795_468_500, 0).expect("an instant");
    let made = with_chrono::Travelled::new(at, None, Vec::new(), BTreeMap::new());
    assert_eq!(made, read_);
    refuses_what_is_too_late(&with_chrono::Travelled {
        departure: DateTime::<::chrono::Utc>::MAX_UTC,
        ..made
    });
}

#[test]
fn time_has_the_wire_of_jiff() {
    use ::time::{Date, Duration, Month, OffsetDateTime, UtcOffset};

    let read_: with_time::Travelled = round_trip(&journey());
    assert_eq!(
        read_.departure.unix_timestamp_nanos(),
        1_795_468_500_250_000_000
    );
    assert_eq!(read_.delay, Nullable::Value(Duration::nanoseconds(-1)));
    let leap = Date::from_calendar_date(2000, Month::February, 29);
    assert_eq!(read_.leap, leap.expect("a day"));

    let (least, full) = least();
    let read_: with_time::Travelled = read(&least).expect("it is valid");
    assert_eq!(wire(&read_), full);
    let at = OffsetDateTime::from_unix_timestamp(1_795_468_500).expect("an instant");
    let made = with_time::Travelled::new(at, None, Vec::new(), BTreeMap::new());
    assert_eq!(made, read_);

    // An instant of another offset is the same instant.
    let abroad = UtcOffset::from_hms(2, 0, 0).expect("an offset");
    let moved = with_time::Travelled {
        departure: at.to_offset(abroad),
        ..made.clone()
    };
    assert_eq!(wire(&moved), full);
    refuses_what_is_too_late(&with_time::Travelled {
        departure: Date::MAX.midnight().assume_utc(),
        ..made
    });
}

fn refuses_what_is_too_late(value: &(impl Serialize + Debug)) {
    let error = serde_json::to_value(value).expect_err("no year of four digits");
    assert_eq!(
        error.to_string(),
        "`departure`: the time is outside of what a contract can hold, the years 0000 to 9999"
    );
}
