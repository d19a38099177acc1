//! What publishing promises: on both transports where that makes sense, else on RabbitMQ.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod batch;
mod faults;
mod messages;
