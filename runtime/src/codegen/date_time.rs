//! Times in the types of other crates. They are written and read as jiff writes and reads them, so that the wire does not depend on what
//! a program likes to calculate with; what jiff cannot express is an error.

/// Implements `Exact` for `$theirs` by way of `$ours`.
#[cfg(any(feature = "chrono", feature = "time"))]
macro_rules! exact_through {
    ($theirs:ty, $ours:ty, $to_ours:path, $from_ours:path) => {
        impl $crate::codegen::exact::Exact for $theirs {
            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let Some(ours) = $to_ours(self) else {
                    let text =
                        "a time is outside of what a contract can hold, the years -9999 to 9999";
                    return Err(serde::ser::Error::custom(text));
                };
                serde::Serialize::serialize(&ours, serializer)
            }

            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let ours = <$ours as serde::Deserialize>::deserialize(deserializer)?;
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
