//! A cluster of three nodes that is killed, cut apart, stopped in order, and left without a majority. Clients have the addresses of all three.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod classic;
mod quorum;
