//! What `urutu::testing` shows of services, and when it takes them to be done.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod faults;
mod idle;
mod records;
mod service;
