//! urutu: a contract-first message bus on RabbitMQ.

mod message;
mod spec;
mod topology;
mod transport;

pub use message::{Contract, Kind};
