//! What is known of a worker's health at one moment.

use std::fmt;

use serde::Serialize;

use crate::scalar::Timestamp;

/// How a worker is doing at one moment: lines of text for people (`Display`), an object for machines (`Serialize`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HealthReport {
    /// The worker's own tasks run. Where this is false, only a new start helps.
    ///
    /// It stays true while the broker is away, and while the worker starts or drains.
    pub live: bool,
    /// The worker runs, and its connection for publishing and every consumer is up.
    pub ready: bool,
    /// Where the worker is between its start and its end.
    pub phase: WorkerPhase,
    /// The connection for publishing.
    pub publishing: ConnectionState,
    /// One for each queue. The connection for consuming has no state of its own: when it is lost, all of these are.
    pub consumers: Vec<ConsumerHealth>,
}

/// Where a worker is between its start and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WorkerPhase {
    /// It has not begun, or not every queue is consumed yet.
    Starting,
    /// It consumes.
    Running,
    /// It takes no more, and finishes what it has begun.
    Draining,
    /// It is gone.
    Stopped,
}

/// How a connection is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectionState {
    /// It is about to be opened.
    Starting,
    /// It is open.
    Connected,
    /// It was lost and is being opened again.
    Recovering(Trouble),
    /// Nobody looks after it any more.
    Ended,
}

/// A queue and how its consumer is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConsumerHealth {
    /// The service whose handlers take the deliveries.
    pub service: &'static str,
    /// The queue.
    pub queue: &'static str,
    /// How the consumer is doing.
    #[serde(flatten)]
    pub state: ConsumerState,
}

/// How a consumer is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConsumerState {
    /// It is about to subscribe.
    Starting,
    /// It is subscribed.
    Consuming,
    /// Its subscription was lost and it is subscribing again.
    Recovering(Trouble),
    /// It takes no more; its handlers finish.
    Draining,
    /// Its handlers have ended, as the worker was told to stop.
    Drained,
    /// Its task has ended in another way. It never comes back.
    Ended,
}

/// Since when something is down, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Trouble {
    /// When it was lost.
    pub since: Timestamp,
    /// What the last error said.
    pub error: String,
}

impl HealthReport {
    pub(super) fn starting() -> Self {
        Self {
            live: true,
            ready: false,
            phase: WorkerPhase::Starting,
            publishing: ConnectionState::Starting,
            consumers: Vec::new(),
        }
    }

    /// Works out `live` and `ready` from the rest.
    pub(super) fn judge(&mut self) {
        let ended = |consumer: &ConsumerHealth| consumer.state == ConsumerState::Ended;
        self.live = match self.phase {
            WorkerPhase::Starting | WorkerPhase::Running => {
                self.publishing != ConnectionState::Ended && !self.consumers.iter().any(ended)
            }
            // It has a deadline, whatever ends before it.
            WorkerPhase::Draining => true,
            WorkerPhase::Stopped => false,
        };
        self.ready = self.live
            && self.phase == WorkerPhase::Running
            && self.publishing == ConnectionState::Connected
            && self
                .consumers
                .iter()
                .all(|consumer| consumer.state == ConsumerState::Consuming);
    }
}

impl fmt::Display for HealthReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let live = if self.live { "live" } else { "not live" };
        let ready = if self.ready { "ready" } else { "not ready" };
        write!(f, "{}: {live}, {ready}", self.phase)?;
        write!(f, "\n  publishing: {}", self.publishing)?;
        for consumer in &self.consumers {
            write!(f, "\n  {consumer}")?;
        }
        Ok(())
    }
}

impl fmt::Display for WorkerPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Draining => "draining",
            Self::Stopped => "stopped",
        })
    }
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("starting"),
            Self::Connected => f.write_str("connected"),
            Self::Recovering(trouble) => write!(f, "recovering {trouble}"),
            Self::Ended => f.write_str("ended"),
        }
    }
}

impl fmt::Display for ConsumerHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, queue `{}`: {}",
            self.service, self.queue, self.state
        )
    }
}

impl fmt::Display for ConsumerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("starting"),
            Self::Consuming => f.write_str("consuming"),
            Self::Recovering(trouble) => write!(f, "recovering {trouble}"),
            Self::Draining => f.write_str("draining"),
            Self::Drained => f.write_str("drained"),
            Self::Ended => f.write_str("ended"),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "since {}: {}", self.since, self.error)
    }
}
