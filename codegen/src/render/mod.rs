//! What is made of a catalog apart from Rust.
//!
//! [`language`] is the JSON Schema of the catalog language, for editors. [`payload`] makes the JSON Schema of each message, for programs
//! in any language. Both are pure functions, and say the same on every machine.

mod json;
pub mod language;
pub mod payload;

/// The meta-schema of everything here.
const DRAFT: &str = "http://json-schema.org/draft-07/schema#";
