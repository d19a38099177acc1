//! Records on the wire, written and read field by field.
//!
//! What serde's derives would expand to is two thirds of what generated code costs the compiler. This is one function of few statements
//! for each direction; what all records have in common is compiled once, here.

mod read;
mod write;

pub use read::{Fields, Record, read};
pub use write::Writer;
