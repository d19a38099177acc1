//! urutu: a contract-first message bus on RabbitMQ.
//!
//! Message contracts stand in a YAML catalog; the crate `urutu-codegen` turns them into structs, publisher functions and handler
//! traits in a build script. This crate is what the generated code runs on: [`Bus`] publishes, [`Worker`] consumes,
//! [`Delivery`] settles.
//!
//! ```no_run
//! # async fn example(billing: impl urutu::Service) -> Result<(), Box<dyn std::error::Error>> {
//! let bus = urutu::Bus::connect("amqp://guest:guest@localhost:5672/%2f").await?;
//! // order.publish(&bus).await?;                      a generated message: stored and routed, or a typed error
//! let worker = urutu::Worker::builder().bus(bus).service(billing).start().await?;
//! worker.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `clap`: [`WorkerArgs`](https://docs.rs/urutu/latest/urutu/struct.WorkerArgs.html), the options of a worker.
//! - `chrono`, `time`: generated times in the types of these crates (`Builder::date_time` of `urutu-codegen`).
//! - `health-http`: a worker's [`Health`] over HTTP, for orchestrators: `WorkerBuilder::health_address`.
//! - `testing`: the module [`testing`](https://docs.rs/urutu/latest/urutu/testing/), to test your own handlers in memory; for `[dev-dependencies]`.
//! - `tls`: `amqps://`, through rustls with ring: [`Tls`](https://docs.rs/urutu/latest/urutu/struct.Tls.html).
//!
//! # Logs
//!
//! The worker speaks through `tracing`: every delivery is a span `handle` with the message's type and id, the queue and the attempt; failures are
//! warnings, what keeps a delivery from being settled is an error. Neither holds a value of a message, unless an error of your handler does. What lapin logs on the
//! threads of connections is turned off: it holds returned messages with their bodies and, as traces, the password. For that the subscriber must be
//! there before the first connection.

// A library has a caller to speak to, and `tracing`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod backoff;
mod batch;
mod bus;
mod cascade;
mod chance;
#[doc(hidden)]
pub mod codegen;
mod dead_letter;
mod delivery;
mod failure;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod later;
mod message;
mod observe;
mod outgoing;
mod publish;
mod retry;
mod scalar;
mod service;
mod shutdown;
mod spec;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tools")]
#[doc(hidden)]
pub mod tools;
// Tools see more of it than programs do.
#[cfg_attr(not(feature = "tools"), allow(unreachable_pub))]
mod topology;
mod transport;
mod validate;
mod wire;
mod worker;

pub use codegen::UnknownValue;
pub use codegen::union::UnknownVariant;
pub use scalar::{Bytes, Date, Decimal, Json, Nullable, SignedDuration, Timestamp, Uuid};

pub use batch::{Batch, BatchError};
pub use bus::{Bus, BusBuilder, ConnectError};
pub use dead_letter::{
    DeadLetter, DeadLetterError, DeadLetterFilter, DeadLetterProgress, DeadLetterQueue,
    DeadLetterReading, DeadLetterReport, DeadLetterSweep, DeadLetters,
};
pub use delivery::{Context, Delivery, SettleError, Settled};
pub use failure::{BoxError, DeadReason, Permanent, Transient};
pub use message::{Contract, Kind, Message};
pub use publish::{OnDisconnect, PublishError, PublishErrorKind, PublishOptions, Receipt};
pub use service::{
    Done, Failed, FailureKind, Handlers, Inbound, Layered, OnFailure, Outcome, Service,
};
pub use topology::{DelayTooLong, TopologyMode};
#[cfg(feature = "tls")]
pub use transport::amqp::tls::Tls;
pub use validate::{Checker, Invalid, Validate, Violation};
#[cfg(feature = "clap")]
pub use worker::WorkerArgs;
pub use worker::{
    ConnectionState, ConsumerHealth, ConsumerState, DrainReport, Health, HealthReport,
    RunningWorker, Trouble, Worker, WorkerBuilder, WorkerError, WorkerPhase,
};

/// Brings the modules into scope that the build script has generated.
///
/// ```text
/// urutu::include_bus!();
/// use shop::orders::OrderPlaced;
/// ```
#[macro_export]
macro_rules! include_bus {
    () => {
        include!(concat!(env!("OUT_DIR"), "/bus.rs"));
    };
}
