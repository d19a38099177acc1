//! Turns urutu message contracts into Rust.

pub mod model;
