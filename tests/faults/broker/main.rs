//! A broker that is killed, that closes connections, that takes away queues, consumers and exchanges, and that runs short of memory and disk.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod alarms;
mod closed;
mod killed;
mod taken;
