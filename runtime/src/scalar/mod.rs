//! The Rust types of the catalog's scalars that the standard library does not have.

mod bytes;
mod nullable;

pub use bytes::Bytes;
pub use nullable::Nullable;

/// `duration`: a span of exact time, `PT1M30S` in JSON.
pub use jiff::SignedDuration;
/// `timestamp`: an instant, RFC 3339 in JSON.
pub use jiff::Timestamp;
/// `date`: a day of the civil calendar.
pub use jiff::civil::Date;
/// `decimal`: an exact decimal number, a string in JSON.
pub use rust_decimal::Decimal;
/// `json`: any JSON value.
pub use serde_json::Value as Json;
/// `uuid`: RFC 9562, a string in JSON.
pub use uuid::Uuid;
