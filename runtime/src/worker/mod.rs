//! The worker: consumes the queues of services and runs their handlers.
//!
//! [`builder`](WorkerBuilder) collects services, [`running`](RunningWorker) starts and stops; a `consumer` looks after one queue, and
//! `handle` takes one delivery from its bytes to its settlement. `connection` keeps the connection for publishing open; [`health`](Health) tells
//! whether all of them do their work.

#[cfg(feature = "clap")]
mod args;
mod builder;
mod connection;
mod consumer;
mod crew;
mod error;
mod handle;
mod handlers;
mod health;
#[cfg(test)]
mod held_tests;
mod key;
mod lanes;
mod persistence;
mod routes;
mod running;
mod selection;
mod signals;

#[cfg(feature = "fuzzing")]
pub(crate) use {key::Key, routes::Routes};

#[cfg(feature = "clap")]
pub use args::WorkerArgs;
pub use builder::WorkerBuilder;
pub use error::WorkerError;
pub use health::{
    ConnectionState, ConsumerHealth, ConsumerState, Health, HealthReport, Trouble, WorkerPhase,
};
pub use running::{DrainReport, RunningWorker};

/// Runs services: consumes their queues, calls their handlers and settles what they return.
///
/// ```no_run
/// # async fn example(billing: impl urutu::Service) -> Result<(), urutu::WorkerError> {
/// urutu::Worker::builder()
///     .broker_url("amqp://guest:guest@localhost:5672/%2f")
///     .service(billing)
///     .run()
///     .await
/// # }
/// ```
#[derive(Debug)]
pub struct Worker(());

impl Worker {
    /// Collects what the worker is to run.
    pub fn builder() -> WorkerBuilder {
        WorkerBuilder::new()
    }
}
