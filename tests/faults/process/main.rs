//! Worker processes that are killed, stopped, and ended in order: at any moment, under load, again and again. Nothing is lost, what was acknowledged has
//! published all that it staged, and what comes twice is bounded by what was in flight.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod aborting;
mod child;
mod draining;
mod killed;
mod stopped;
