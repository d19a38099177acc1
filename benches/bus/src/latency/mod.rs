//! How long a message takes from its publisher to its handler, at a pace that nobody finds hard.

mod bare;
mod ours;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use clap::Args;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::interval;
use urutu_test_broker::Broker;

use bare::Bare;
use ours::Ours;

use crate::bare::Body;
use crate::queue::Queue;
use crate::turn::{block_on, median};
use crate::{Result, ours as urutu};

/// So many messages are sent before the first that counts: they open what is needed.
const FIRST: usize = 100;

/// Measures the time from before a publish to the beginning of its handler.
#[derive(Debug, Args)]
pub(crate) struct Latency {
    #[arg(long, value_enum, default_value = "quorum")]
    queue: Queue,
    /// Messages a second.
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// How many messages in each turn.
    #[arg(long, default_value_t = 5_000)]
    messages: usize,
    /// How often each gets its turn.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

impl Latency {
    pub(crate) fn print(&self) -> Result<()> {
        let broker = Broker::start();
        let url = broker.url();
        block_on(urutu::declare(&url, self.queue))?;
        let mut rows = [
            "lapin, raw bytes, each acknowledgement awaited",
            "lapin, JSON written and read by the generated code, each acknowledgement awaited",
            "urutu, typed handler, acknowledged after the work",
        ]
        .map(|title| (title, Vec::new()));
        for _ in 0..self.rounds {
            for (which, (_, turns)) in rows.iter_mut().enumerate() {
                turns.push(match which {
                    0 => self.turn(Bare::open(&url, self.queue, Body::Raw)),
                    1 => self.turn(Bare::open(&url, self.queue, Body::Json)),
                    _ => self.turn(Ours::open(&url, self.queue)),
                }?);
                // An acknowledgement may be forgotten with its connection, and messages are known by their order.
                broker.ctl(&["purge_queue", self.queue.name()]);
            }
        }
        println!(
            "\n| {}, {} messages/s | p50, ms | ratio | p99, ms | ratio |\n|---|---|---|---|---|",
            self.queue.title(),
            self.rate
        );
        let mut yardstick = None;
        for (title, turns) in rows {
            let [p50, p99] = [0, 1].map(|which| {
                let mut figures: Vec<f64> = turns.iter().map(|turn| turn[which]).collect();
                median(&mut figures).unwrap_or(f64::NAN)
            });
            let [first50, first99] = *yardstick.get_or_insert([p50, p99]);
            println!(
                "| {title} | {p50:.2} | {:.2} | {p99:.2} | {:.2} |",
                p50 / first50,
                p99 / first99
            );
        }
        Ok(())
    }

    /// The median and the 99th percentile, in milliseconds.
    fn turn<P: Pipe>(&self, pipe: impl Future<Output = Result<P>>) -> Result<[f64; 2]> {
        block_on(async {
            let count = FIRST + self.messages;
            let clock = Clock::of(count);
            let pipe = Arc::new(pipe.await?);
            let receiving = pipe.receive(Arc::clone(&clock)).await?;
            let mut pace = interval(Duration::from_secs(1) / self.rate);
            let mut sending = JoinSet::new();
            for number in 0..count {
                pace.tick().await;
                let (pipe, clock) = (Arc::clone(&pipe), Arc::clone(&clock));
                sending.spawn(async move {
                    let message = pipe.message(number)?;
                    clock.sent[number].set(Instant::now()).ok();
                    pipe.send(message).await
                });
                while let Some(sent) = sending.try_join_next() {
                    sent??;
                }
            }
            while let Some(sent) = sending.join_next().await {
                sent??;
            }
            clock.all_are_here.notified().await;
            P::end(receiving).await?;
            clock.percentiles()
        })
    }
}

/// A way for messages.
pub(crate) trait Pipe: Send + Sync + 'static {
    type Receiving;
    type Message: Send;

    /// Takes messages from now on, and tells the clock of each.
    fn receive(&self, clock: Arc<Clock>) -> impl Future<Output = Result<Self::Receiving>>;

    /// What is published, as the publisher has it.
    fn message(&self, number: usize) -> Result<Self::Message>;

    /// Publishes a message and waits for its confirm.
    fn send(&self, message: Self::Message) -> impl Future<Output = Result<()>> + Send;

    fn end(receiving: Self::Receiving) -> impl Future<Output = Result<()>>;
}

/// When each message was sent, and how long it took.
pub(crate) struct Clock {
    sent: Vec<OnceLock<Instant>>,
    took: Vec<OnceLock<Duration>>,
    here: AtomicUsize,
    all_are_here: Notify,
}

impl Clock {
    fn of(messages: usize) -> Arc<Self> {
        Arc::new(Self {
            sent: vec![OnceLock::new(); messages],
            took: vec![OnceLock::new(); messages],
            here: AtomicUsize::new(0),
            all_are_here: Notify::new(),
        })
    }

    /// A message is here.
    pub(crate) fn arrived(&self, number: usize) {
        if let Some(sent) = self.sent.get(number).and_then(OnceLock::get) {
            self.took[number].set(sent.elapsed()).ok();
        }
        if self.here.fetch_add(1, Ordering::Relaxed) + 1 == self.sent.len() {
            self.all_are_here.notify_one();
        }
    }

    fn percentiles(&self) -> Result<[f64; 2]> {
        let took = self.took.iter().skip(FIRST).map(|took| {
            let took = took.get().ok_or("a message came that was not sent")?;
            Ok(took.as_secs_f64() * 1_000.0)
        });
        let mut took = took.collect::<Result<Vec<f64>>>()?;
        took.sort_by(f64::total_cmp);
        Ok([50, 99].map(|percent| {
            took.get(took.len() * percent / 100)
                .copied()
                .unwrap_or(f64::NAN)
        }))
    }

    /// How many messages there are.
    pub(crate) fn messages(&self) -> usize {
        self.sent.len()
    }
}
