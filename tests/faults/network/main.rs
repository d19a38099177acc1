//! The network between clients and broker: cut, stalled, half-open, slow, torn, damaged; and a broker that hangs instead of dying.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod damaged;
mod hanging;
mod pace;
mod scene;
mod slow;
mod under_load;
mod vanished;
