//! Turns urutu message contracts into Rust.
//!
//! A build script calls [`compile`]; the code that it generates runs on the crate `urutu`:
//!
//! ```no_run
//! // in the `main` of build.rs
//! urutu_codegen::compile("../../schemas");
//! ```
//!
//! The parts of the pipeline are public for tools: [`load`] reads a catalog (YAML files) and gives a checked [`model::Model`], or
//! everything that is wrong with the catalog, each finding with its place; [`prune`] selects what is needed, [`emit`] makes the
//! files, [`output`] writes or compares them.
//!
//! # Features
//!
//! - `cli`: the command `urutu`; `tls`, with it, is for `amqps://` and `https://`.
//! - `render`: JSON Schemas.
//!
//! A build script needs none of them.

mod builder;
mod catalog;
mod check;
mod diagnostic;
pub mod emit;
mod error;
pub mod format;
#[doc(hidden)]
pub mod fuzzing;
mod graph;
pub mod model;
mod names;
pub mod output;
pub mod prune;
#[cfg(feature = "render")]
pub mod render;
mod resolve;
mod source;
mod syntax;
mod yaml;

pub use builder::{Builder, Report, compile};
pub use catalog::{Catalog, Inputs, load, load_text};
pub use diagnostic::{Code, Diagnostic, Diagnostics, Label, Level, Severity};
pub use emit::DateTimeCrate;
pub use error::Error;
