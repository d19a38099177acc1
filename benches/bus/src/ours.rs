//! urutu: typed messages, confirms, acknowledgements after the work, retries and supervision, as they are for every user.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use urutu::{BoxError, Bus, Context, PublishError, RunningWorker, Worker, WorkerBuilder};

use crate::Result;
use crate::bus::bench::{
    ClassicHandlers, CrowdHandlers, Crowded, Local, Parcel, ParcelsHandlers, QuorumHandlers,
    Replicated,
};
use crate::meter::{Meter, Spent};
use crate::order::{AnyOrder, order};
use crate::queue::Queue;

/// Counts what was handled.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    /// Begins when the first one comes.
    meter: OnceLock<Meter>,
    handled: AtomicU64,
    expected: u64,
    /// How long a handler waits.
    wait: Duration,
    done: Notify,
}

impl Counter {
    pub(crate) fn of(expected: u64, wait: Duration) -> Arc<Self> {
        Arc::new(Self {
            expected,
            wait,
            ..Self::default()
        })
    }

    /// Waits until all that is expected was handled.
    pub(crate) async fn done(&self) {
        self.done.notified().await;
    }

    /// What it took since the first one came.
    pub(crate) fn spent(&self) -> Result<Spent> {
        let meter = self.meter.get().ok_or("nothing was handled")?;
        Ok(meter.spent())
    }
}

impl Handle for Counter {
    async fn handle(&self, _: u64) {
        self.meter.get_or_init(Meter::begin);
        if !self.wait.is_zero() {
            tokio::time::sleep(self.wait).await;
        }
        if self.handled.fetch_add(1, Ordering::Relaxed) + 1 == self.expected {
            self.done.notify_one();
        }
    }
}

/// What is done with a message.
pub(crate) trait Handle: Send + Sync + 'static {
    /// What is done for the message of this number.
    fn handle(&self, number: u64) -> impl Future<Output = ()> + Send;
}

struct Handlers<H>(Arc<H>);

impl<H: Handle> QuorumHandlers for Handlers<H> {
    type Error = BoxError;

    async fn replicated(&self, message: Replicated, _: &Context) -> Result<(), BoxError> {
        std::hint::black_box(&message);
        self.0.handle(message.number).await;
        Ok(())
    }
}

impl<H: Handle> ClassicHandlers for Handlers<H> {
    type Error = BoxError;

    async fn local(&self, message: Local, _: &Context) -> Result<(), BoxError> {
        std::hint::black_box(&message);
        self.0.handle(message.number).await;
        Ok(())
    }
}

impl<H: Handle> CrowdHandlers for Handlers<H> {
    type Error = BoxError;

    async fn crowded(&self, message: Crowded, _: &Context) -> Result<(), BoxError> {
        std::hint::black_box(&message);
        self.0.handle(message.number).await;
        Ok(())
    }
}

impl<H: Handle> ParcelsHandlers for Handlers<H> {
    type Error = BoxError;

    async fn parcel(&self, message: Parcel, _: &Context) -> Result<(), BoxError> {
        std::hint::black_box(&message);
        self.0.handle(message.number).await;
        Ok(())
    }
}

/// Starts a worker that does this work for each message of a queue.
pub(crate) async fn worker(
    builder: WorkerBuilder,
    queue: Queue,
    handle: &Arc<impl Handle>,
) -> Result<RunningWorker> {
    let handlers = Handlers(Arc::clone(handle));
    let builder = match queue {
        Queue::Quorum => builder.service(QuorumHandlers::into_service(handlers)),
        Queue::Classic => builder.service(ClassicHandlers::into_service(handlers)),
        Queue::Crowd => builder.service(CrowdHandlers::into_service(handlers)),
        Queue::Parcels => builder.service(ParcelsHandlers::into_service(handlers)),
    };
    Ok(builder.start().await?)
}

/// Declares what a queue needs.
pub(crate) async fn declare(url: &str, queue: Queue) -> Result<()> {
    let builder = Worker::builder().broker_url(url);
    worker(builder, queue, &Arc::new(Counter::default()))
        .await?
        .stop()
        .await;
    Ok(())
}

/// Handles so many messages, and stops when they are acknowledged.
pub(crate) async fn consume(url: &str, queue: Queue, count: u64, wait: Duration) -> Result<Spent> {
    let counter = Counter::of(count, wait);
    let worker = worker(Worker::builder().broker_url(url), queue, &counter).await?;
    counter.done().await;
    // It waits for the last acknowledgements.
    worker.stop().await;
    counter.spent()
}

/// Publishes so many messages by so many callers, and handles them, in memory.
pub(crate) async fn in_memory(
    queue: Queue,
    count: u64,
    callers: usize,
    filling: usize,
) -> Result<Spent> {
    let bus = Bus::in_memory();
    let counter = Counter::of(count, Duration::ZERO);
    let worker = worker(Worker::builder().bus(bus.clone()), queue, &counter).await?;
    let meter = Meter::begin();
    publish(&bus, queue, 0..count, callers, filling).await?;
    counter.done().await;
    let spent = meter.spent();
    worker.stop().await;
    Ok(spent)
}

/// Publishes so many messages by so many callers, each of which waits for its confirm. The first opens what is needed, and is not measured.
pub(crate) async fn publish_all(
    url: &str,
    queue: Queue,
    count: u64,
    callers: usize,
    filling: usize,
) -> Result<Spent> {
    let bus = Bus::connect(url).await?;
    AnyOrder::new(queue, order(filling)).publish(&bus).await?;
    let meter = Meter::begin();
    publish(&bus, queue, 1..count, callers, filling).await?;
    let spent = meter.spent();
    bus.close().await;
    Ok(spent)
}

async fn publish(
    bus: &Bus,
    queue: Queue,
    numbers: Range<u64>,
    callers: usize,
    filling: usize,
) -> Result<()> {
    let next = Arc::new(AtomicU64::new(numbers.start));
    let caller = || {
        let (bus, next, order) = (bus.clone(), Arc::clone(&next), order(filling));
        async move {
            let mut message = AnyOrder::new(queue, order);
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= numbers.end {
                    return Ok(());
                }
                *message.number() = number;
                message.publish(&bus).await?;
            }
        }
    };
    // As bare lapin, in the task that is there.
    if callers == 1 {
        return caller().await.map_err(|error: PublishError| error.into());
    }
    let mut publishing = JoinSet::new();
    for _ in 0..callers {
        publishing.spawn(caller());
    }
    while let Some(ended) = publishing.join_next().await {
        ended??;
    }
    Ok(())
}
