//! A catalog per construct beside the Rust that is generated from it.
//!
//! The generated modules are part of this test, so that it compiles only if they are free of warnings. Whether they are what the generator gives
//! today is a test of its own, `emitted`, which writes them with `UPDATE=1` even where these do not compile.

#![deny(warnings)]
#![deny(clippy::pedantic)]

#[path = "adversarial/bus/mod.rs"]
#[rustfmt::skip]
mod adversarial;
#[path = "constraints/bus/mod.rs"]
#[rustfmt::skip]
mod constraints;
#[path = "docs/bus/mod.rs"]
#[rustfmt::skip]
mod docs;
#[path = "elsewhere/bus/mod.rs"]
#[rustfmt::skip]
mod elsewhere;
#[path = "enums/bus/mod.rs"]
#[rustfmt::skip]
mod enums;
#[path = "hooks/bus/mod.rs"]
#[rustfmt::skip]
mod hooks;
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
#[path = "chrono/bus/mod.rs"]
#[rustfmt::skip]
mod with_chrono;
#[path = "time/bus/mod.rs"]
#[rustfmt::skip]
mod with_time;

/// The shop of the build script, in a module, as a program may have it.
mod nested {
    urutu::include_bus!();
}

/// Where `elsewhere` finds the runtime: crates may export it under another path.
mod bridge {
    pub(crate) use urutu as runtime;
}

mod changed;
mod language;
mod rules;
mod running;
mod times;
mod validation;
mod wire;
