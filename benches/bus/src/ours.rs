//! urutu: typed messages, confirms, acknowledgements after the work, retries and supervision, as they are for every user.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinSet;
use urutu::{BoxError, Bus, Context, RunningWorker, Worker};

use crate::Result;
use crate::bus::bench::{ClassicHandlers, Local, QuorumHandlers, Replicated};
use crate::order::order;
use crate::queue::Queue;

/// What the body of a message is, as bytes.
pub(crate) fn encoded(queue: Queue, filling: usize) -> Vec<u8> {
    let order = order(filling);
    match queue {
        Queue::Quorum => serde_json::to_vec(&Replicated::new(1, order)),
        Queue::Classic => serde_json::to_vec(&Local::new(1, order)),
    }
    .expect("it is JSON")
}

/// Counts what was handled.
#[derive(Debug, Default)]
struct Counter {
    handled: AtomicU64,
    expected: u64,
    /// How long a handler waits.
    wait: Duration,
    done: Notify,
}

impl Counter {
    async fn handled<T>(&self, message: T) -> Result<(), BoxError> {
        std::hint::black_box(&message);
        if !self.wait.is_zero() {
            tokio::time::sleep(self.wait).await;
        }
        if self.handled.fetch_add(1, Ordering::Relaxed) + 1 == self.expected {
            self.done.notify_one();
        }
        Ok(())
    }
}

struct Quorum(Arc<Counter>);
struct Classic(Arc<Counter>);

impl QuorumHandlers for Quorum {
    type Error = BoxError;

    async fn replicated(&self, message: Replicated, _: &Context) -> Result<(), BoxError> {
        self.0.handled(message).await
    }
}

impl ClassicHandlers for Classic {
    type Error = BoxError;

    async fn local(&self, message: Local, _: &Context) -> Result<(), BoxError> {
        self.0.handled(message).await
    }
}

async fn worker(url: &str, queue: Queue, counter: &Arc<Counter>) -> Result<RunningWorker> {
    let builder = Worker::builder().broker_url(url);
    let builder = match queue {
        Queue::Quorum => builder.service(Quorum(Arc::clone(counter)).into_service()),
        Queue::Classic => builder.service(Classic(Arc::clone(counter)).into_service()),
    };
    Ok(builder.start().await?)
}

/// Declares what a queue needs.
pub(crate) async fn declare(url: &str, queue: Queue) -> Result<()> {
    worker(url, queue, &Arc::default()).await?.stop().await;
    Ok(())
}

/// Handles so many messages.
pub(crate) async fn consume(
    url: &str,
    queue: Queue,
    count: u64,
    wait: Duration,
) -> Result<Duration> {
    let counter = Arc::new(Counter {
        expected: count,
        wait,
        ..Counter::default()
    });
    let begun = Instant::now();
    let worker = worker(url, queue, &counter).await?;
    counter.done.notified().await;
    let elapsed = begun.elapsed();
    worker.stop().await;
    Ok(elapsed)
}

/// Publishes so many messages by so many callers, each of which waits for its confirm.
pub(crate) async fn publish_all(
    url: &str,
    queue: Queue,
    count: u64,
    callers: usize,
    filling: usize,
) -> Result<Duration> {
    let bus = Bus::connect(url).await?;
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let mut publishing = JoinSet::new();
    for _ in 0..callers {
        let (bus, next, order) = (bus.clone(), Arc::clone(&next), order(filling));
        publishing.spawn(async move {
            let (mut replicated, mut local) =
                (Replicated::new(0, order.clone()), Local::new(0, order));
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok(());
                }
                match queue {
                    Queue::Quorum => {
                        replicated.number = number;
                        bus.publish(&replicated).await?;
                    }
                    Queue::Classic => {
                        local.number = number;
                        bus.publish(&local).await?;
                    }
                }
            }
        });
    }
    while let Some(ended) = publishing.join_next().await {
        let ended: Result<(), urutu::PublishError> = ended?;
        ended?;
    }
    let elapsed = begun.elapsed();
    bus.close().await;
    Ok(elapsed)
}
