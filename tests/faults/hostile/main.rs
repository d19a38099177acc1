//! What somebody can do who may publish: with bodies, properties and headers that no honest program sends, past exchanges, and into queues that are
//! urutu's own. Every message ends in the dead letters or is handled, its neighbours are handled, and nothing goes round in circles.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod bodies;
mod cascade;
mod further;
mod headers;
mod letters;
mod properties;
mod raw;
mod scene;
