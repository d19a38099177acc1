//! Turns urutu message contracts into Rust.

pub mod emit;
mod graph;
pub mod model;
mod names;
pub mod prune;
