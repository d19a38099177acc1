//! Fields that are text on the wire and something else in Rust: decimals, wide numbers with `encoding: string`, UUIDs and times.
//!
//! The wire has one grammar for each of them, which other languages can hold to: that of the JSON Schema of a message. The types' own serde
//! implementations read more than that, and no two of them the same: UUIDs in braces, timestamps with a blank for the `T`, decimals with
//! underscores. And what those of `rust_decimal` do is decided by its features, which any crate of a program can turn on for all of
//! them: `serde-float` would make numbers of our decimals, and lose digits. So fields of these types are read here, and numbers are
//! written here as well.

mod decimal;
mod integer;
mod read;
pub(crate) mod time;
mod uuid;
mod write;

pub(crate) use read::Item as ReadItem;
pub use read::Read;
#[cfg(test)]
pub(crate) use write::Item as WriteItem;
pub use write::Write;
