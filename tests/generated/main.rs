//! A whole generated crate builds on its own.
fn main() {}
