//! Readers of fields for which serde's own treatment of `Option` would blur what a contract tells apart.

use serde::{Deserialize, Deserializer};

/// Reads an optional field that is not nullable: `null` is an error of its type, not a missing field.
pub fn optional<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Reads a required field that is nullable: `null` is a value, a missing field an error.
pub fn nullable<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer)
}
