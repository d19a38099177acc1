//! How a message looks on AMQP: properties and headers. The only place that knows their names.

mod copy;
mod decode;
mod encode;
pub(crate) mod headers;
mod id;
mod read;

pub(crate) use copy::Copy;
#[cfg(feature = "fuzzing")]
pub(crate) use copy::size;
pub(crate) use decode::decode;
pub(crate) use encode::{EncodeError, Origin, encode};
pub(crate) use id::new_id;
pub(crate) use read::{Undecodable, check_encoding, text};

use std::time::SystemTime;

use crate::scalar::Timestamp;

/// The content type of every body that urutu writes.
pub(crate) const CONTENT_TYPE: &str = "application/json";

/// `delivery_mode`: the broker writes the message to disk.
const PERSISTENT: u8 = 2;

/// The present time.
pub(crate) fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The present time as RFC 3339 in UTC, as it stands in headers.
pub(crate) fn now_text() -> String {
    now().to_string()
}
