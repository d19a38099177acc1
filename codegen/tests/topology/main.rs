//! `urutu topology` as a process, on private RabbitMQ nodes.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod broken;
mod rights;
mod scene;
#[cfg(feature = "tls")]
mod secured;
mod story;
