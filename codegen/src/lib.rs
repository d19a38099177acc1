//! Turns urutu message contracts into Rust.
//!
//! [`load`] reads a catalog (YAML files) and gives a checked [`model::Model`], or everything that is wrong with the catalog,
//! each finding with its place.

mod catalog;
mod check;
mod diagnostic;
pub mod model;
mod resolve;
mod source;
mod syntax;
mod yaml;

pub use catalog::{Catalog, Inputs, load};
pub use diagnostic::{Code, Diagnostic, Diagnostics, Label, Severity};
