//! A catalog per construct beside the Rust that is generated from it.
//!
//! The generated modules are part of this test, so that it compiles only if they are free of warnings. `UPDATE=1` writes them again.

#![deny(warnings)]
#![deny(clippy::pedantic)]

#[path = "constraints/bus/mod.rs"]
#[rustfmt::skip]
mod constraints;
#[path = "docs/bus/mod.rs"]
#[rustfmt::skip]
mod docs;
#[path = "enums/bus/mod.rs"]
#[rustfmt::skip]
mod enums;
#[path = "names/bus/mod.rs"]
#[rustfmt::skip]
mod names;
#[path = "namespaces/bus/mod.rs"]
#[rustfmt::skip]
mod namespaces;
#[path = "presence/bus/mod.rs"]
#[rustfmt::skip]
mod presence;
#[path = "scalars/bus/mod.rs"]
#[rustfmt::skip]
mod scalars;
#[path = "services/bus/mod.rs"]
#[rustfmt::skip]
mod services;
#[path = "unions/bus/mod.rs"]
#[rustfmt::skip]
mod unions;

mod behaviour;
mod compare;
mod running;
