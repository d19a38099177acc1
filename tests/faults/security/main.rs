//! What users may do, what they may see, and what is told to nobody.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod rights;
mod shop;
mod witness;
