//! apalis with its AMQP backend: a worker of tasks.
//!
//! Documentation: <https://docs.rs/apalis/1.0.0> and <https://docs.rs/apalis-amqp/1.0.0>.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use apalis::prelude::*;
use apalis_amqp::{AmqpBackend, Config};

use super::{CONCURRENCY, PREFETCH, settle, version_of};
use crate::meter::Spent;
use crate::order::PlaceOrder;
use crate::queue::Queue;
use crate::tally::Tally;
use crate::{Impossible, Result};

pub(super) fn version() -> String {
    format!(
        "apalis {} on apalis-amqp {}: prefetch {PREFETCH}, concurrency({CONCURRENCY}), parallelize(tokio::spawn), each acknowledged after its handler, JSON; cannot publish with confirms",
        version_of("apalis"),
        version_of("apalis-amqp"),
    )
}

/// The prefetch is ours: "A higher value can improve throughput by allowing the consumer to process more messages
/// concurrently", says <https://docs.rs/apalis-amqp/1.0.0/apalis_amqp/struct.Config.html>, where the default is 10.
fn backend(queue: &Queue) -> Result<AmqpBackend<PlaceOrder>> {
    let config = Config::default()
        .queue(queue.name.clone())
        .prefetch_count(PREFETCH)
        .declare_arguments(queue.of.arguments());
    Ok(AmqpBackend::new_from_addr(&queue.url)?.with_config(config))
}

/// Connects, opens a channel and declares the queue: what the backend does before it takes a message to publish.
async fn connect(backend: &mut AmqpBackend<PlaceOrder>) -> Result<()> {
    poll_fn(|context| TaskSink::poll_ready(Pin::new(&mut *backend), context)).await?;
    Ok(())
}

/// Its metadata is what the backend makes AMQP properties of; without it messages are transient.
fn task(number: u64) -> Task<PlaceOrder> {
    let mut properties = MetadataStore::new();
    properties.extend([("delivery_mode", "2")]);
    TaskBuilder::new(PlaceOrder::new(number))
        .with_metadata(properties)
        .build()
}

pub(super) async fn prepare(queue: &Queue, messages: u64) -> Result<()> {
    let mut backend = backend(queue)?;
    // `push` and its kin open a channel for each message, which takes minutes; these are the parts they are made of.
    connect(&mut backend).await?;
    for number in 1..=messages {
        TaskSink::start_send(Pin::new(&mut backend), task(number))?;
    }
    poll_fn(|context| TaskSink::poll_flush(Pin::new(&mut backend), context)).await?;
    // It waits for no confirm: what is not written by the end of the connection is lost.
    settle().await;
    Ok(())
}

async fn place_order(message: PlaceOrder, tally: Data<&'static Tally>) {
    tally.handle(message.number, &message.order);
}

/// Handles as "Usage" of <https://docs.rs/apalis/1.0.0> does: `concurrency`, then `parallelize(tokio::spawn)`, which runs
/// handlers in tasks of the runtime; the worker's own decodes and acknowledges, after the handler.
pub(super) async fn consume(queue: &Queue, tally: &'static Tally) -> Result<Spent> {
    let mut backend = backend(queue)?;
    // A worker whose backend has no channel yet panics, and the copy of the backend that acknowledges would never get
    // one. In the example of the README it has one, from what it pushed.
    connect(&mut backend).await?;
    let connection = backend.clone();
    let acknowledged = Arc::new(AtomicU64::new(0));
    let worker = WorkerBuilder::new("urutu-bench-peers")
        .backend(backend)
        .concurrency(CONCURRENCY)
        .parallelize(tokio::spawn)
        .data(tally)
        .on_event(move |worker, event| {
            // It comes when the acknowledgement is sent.
            let success = matches!(event, Event::Success(_));
            if success && acknowledged.fetch_add(1, Ordering::Relaxed) + 1 == tally.expected() {
                worker.stop().expect("it runs");
            }
            if let Event::Error(error) = event {
                eprintln!("a task failed: {error}");
            }
        })
        .build(place_order);
    tally.until(worker.run()).await??;
    let spent = tally.spent()?;
    settle().await;
    drop(connection);
    Ok(spent)
}

pub(super) fn publish() -> Result<Spent> {
    Err(Impossible(
        "apalis-amqp never asks for confirms: it does not select them on its channel, and takes `NotRequested` for a success",
    )
    .into())
}
