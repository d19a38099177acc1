//! `urutu dlq` as a process, on a private RabbitMQ node.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod commands;
mod hanging;
mod many;
mod scene;
