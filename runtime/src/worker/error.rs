//! Why a worker does not start or stops badly.

use crate::bus::ConnectError;

/// Why a worker does not start or stops badly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// There is no connection to the broker.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Nobody said which broker.
    #[error(
        "no broker is given; set BROKER_URL or call `broker_url`, or `bus(Bus::in_memory())` to run without one"
    )]
    NoBroker,
    /// There is nothing to run.
    #[error("the worker has no service; add one with `service(...)`")]
    NoService,
    /// The selection of handlers does not fit the services.
    #[error("{0}")]
    Selection(String),
    /// The broker refused an exchange, queue, binding or subscription.
    #[error("the broker does not have what the worker needs: {0}")]
    Topology(String),
    /// A consumer was lost and could not be had again within the attempts that the worker was given.
    #[error(
        "the queue `{queue}` could not be consumed again in {attempts} attempts, and the worker has ended: {why}"
    )]
    GaveUp {
        /// The queue.
        queue: &'static str,
        /// How often it was tried.
        attempts: u32,
        /// What was wrong the last time.
        why: String,
    },
    /// Health cannot be served over HTTP.
    #[cfg(feature = "health-http")]
    #[error(
        "health cannot be served at {address}: {source}; give another address with HEALTH_ADDRESS or `health_address`, or end what uses this one"
    )]
    HealthAddress {
        /// Where it was to be served.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The process cannot listen for signals.
    #[error("the worker cannot listen for SIGTERM and SIGINT: {0}")]
    Signals(std::io::Error),
    /// A second signal came while the worker drained.
    #[error(
        "a second signal ended the worker before its handlers had finished; their messages go back to the broker"
    )]
    Interrupted,
}
