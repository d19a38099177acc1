//! Times in the types of other crates. They are written and read as jiff writes and reads them, so that the wire does not depend on what
//! a program likes to calculate with; what jiff cannot express is an error.

/// Implements `Read` and `Write` for `$theirs` by way of `$ours`.
#[cfg(any(feature = "chrono", feature = "time"))]
macro_rules! exact_through {
    ($theirs:ty, $ours:ty, $to_ours:path, $from_ours:path) => {
        impl $crate::codegen::exact::Write for $theirs {
            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let Some(ours) = $to_ours(self) else {
                    return Err($crate::codegen::exact::time::out_of_range());
                };
                $crate::codegen::exact::Write::write(&ours, serializer)
            }
        }

        impl $crate::codegen::exact::Read for $theirs {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let ours = <$ours as $crate::codegen::exact::Read>::read(deserializer)?;
                $from_ours(&ours).ok_or_else(|| {
                    serde::de::Error::custom("a time is outside of what its type can hold")
                })
            }
        }
    };
}

#[cfg(any(feature = "chrono", feature = "time"))]
pub(crate) use exact_through;

/// Seconds and the nanoseconds after them, which are never negative.
#[cfg(any(feature = "chrono", feature = "time"))]
pub(crate) fn split(seconds: i64, nanos: i32) -> Option<(i64, u32)> {
    if nanos < 0 {
        let nanos = u32::try_from(nanos.checked_add(1_000_000_000)?).ok()?;
        Some((seconds.checked_sub(1)?, nanos))
    } else {
        Some((seconds, u32::try_from(nanos).ok()?))
    }
}

#[cfg(all(test, feature = "chrono", feature = "time"))]
mod tests {
    use std::fmt::Debug;

    use crate::codegen::exact::{Read, ReadItem as Item, Write, WriteItem};
    use crate::codegen::{chrono, time};

    /// That a text is read as this value and written as it was.
    fn survives<T: Read + Write + PartialEq + Debug>(text: &str, value: &T) {
        let json = format!("{text:?}");
        let read: Item<T> = serde_json::from_str(&json).expect("it is one of ours");
        assert_eq!(read.0, *value);
        let written = serde_json::to_string(&WriteItem(value)).expect("it was just read");
        assert_eq!(written, json);
    }

    #[test]
    fn the_wire_is_the_same_for_all_crates() {
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2026-11-23T21:15:00.25Z", 1_795_468_500, 250_000_000),
            ("1969-12-31T23:59:59.25Z", 0, -750_000_000),
        ] {
            survives(text, &chrono::timestamp(seconds, nanos));
            survives(text, &time::timestamp(seconds, nanos));
        }
        survives("2024-02-29", &chrono::date(2024, 2, 29));
        survives("2024-02-29", &time::date(2024, 2, 29));
        for (text, seconds, nanos) in [("PT1M30S", 90, 0), ("-PT0.5S", 0, -500_000_000)] {
            survives(text, &chrono::duration(seconds, nanos));
            survives(text, &time::duration(seconds, nanos));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for json in ["\"2026-11-23T21:15:00\"", "\"yesterday\"", "7"] {
            assert!(
                serde_json::from_str::<Item<chrono::Timestamp>>(json).is_err(),
                "{json}"
            );
            assert!(
                serde_json::from_str::<Item<time::Timestamp>>(json).is_err(),
                "{json}"
            );
        }
    }
}
