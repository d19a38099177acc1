//! urutu: a contract-first message bus on RabbitMQ.

#[doc(hidden)]
pub mod codegen;
mod message;
mod scalar;
mod spec;
mod topology;
mod transport;
mod validate;

pub use codegen::UnknownValue;
pub use codegen::union::UnknownVariant;
pub use message::{Contract, Kind};
pub use scalar::{Bytes, Date, Decimal, Json, Nullable, SignedDuration, Timestamp, Uuid};
pub use validate::{Invalid, Validate, Violation};
