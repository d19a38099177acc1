//! Tagged unions on the wire: the fields of a record, and one more that names the variant.
//!
//! serde's own internally tagged enums cannot keep a variant that they do not know. Ours do, and read a union without buffering it when
//! its tag comes first, as it does in everything we write.

mod read;
mod unknown;
mod write;

pub use read::{Union, read};
pub use unknown::UnknownVariant;
pub use write::write;

#[cfg(test)]
mod tests;
