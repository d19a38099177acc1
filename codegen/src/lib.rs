//! Turns urutu message contracts into Rust.
//!
//! A build script calls [`compile`]; the code that it generates runs on the crate `urutu`:
//!
//! ```no_run
//! // build.rs
//! fn main() {
//!     urutu_codegen::compile("../../schemas");
//! }
//! ```
//!
//! The parts of the pipeline are public for tools: [`load`] reads and checks a catalog, [`prune`] selects what is needed, [`emit`] makes
//! the files, [`output`] writes or compares them.

mod builder;
pub mod emit;
mod error;
mod graph;
pub mod model;
mod names;
pub mod output;
pub mod prune;

pub use builder::{Builder, Report, compile};
pub use error::Error;
