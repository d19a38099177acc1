//! Handlers that are wild: they panic wherever they can, block their thread, never return, and say and stage more than anybody wants. Each attempt counts,
//! each message has one end, and the others go on.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod blocking;
mod failing;
mod staging;
