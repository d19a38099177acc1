//! The board that the tasks of a worker write on: each has a lamp there, which goes out with the task.

use std::sync::Arc;

use tokio::sync::watch;

use super::Health;
use super::report::{
    ConnectionState, ConsumerHealth, ConsumerState, HealthReport, Trouble, WorkerPhase,
};
use crate::wire;

/// The worker's own part of the board. Dropping it says that the worker has stopped.
#[derive(Debug)]
pub(in crate::worker) struct Board(Lines);

/// The lamp of a connection. Dropping it says that nobody looks after the connection any more.
#[derive(Debug)]
pub(in crate::worker) struct ConnectionLamp(Lines);

/// The lamp of a consumer. Dropping it says that its task has ended, in order only if it was drained.
#[derive(Debug)]
pub(in crate::worker) struct ConsumerLamp {
    lines: Lines,
    index: usize,
}

#[derive(Debug, Clone)]
struct Lines(Arc<watch::Sender<HealthReport>>);

impl Lines {
    fn update(&self, change: impl FnOnce(&mut HealthReport)) {
        self.0.send_if_modified(|report| {
            let before = report.clone();
            change(report);
            report.judge();
            *report != before
        });
    }
}

impl Board {
    pub(in crate::worker) fn new() -> Self {
        let sender = watch::Sender::new(HealthReport::starting());
        Self(Lines(Arc::new(sender)))
    }

    pub(in crate::worker) fn health(&self) -> Health {
        Health(self.0.0.subscribe())
    }

    pub(in crate::worker) fn connection(&self) -> ConnectionLamp {
        ConnectionLamp(self.0.clone())
    }

    pub(in crate::worker) fn consumer(
        &self,
        service: &'static str,
        queue: &'static str,
    ) -> ConsumerLamp {
        let mut index = 0;
        self.0.update(|report| {
            index = report.consumers.len();
            report.consumers.push(ConsumerHealth {
                service,
                queue,
                state: ConsumerState::Starting,
            });
        });
        ConsumerLamp {
            lines: self.0.clone(),
            index,
        }
    }

    pub(in crate::worker) fn enter(&self, phase: WorkerPhase) {
        self.0.update(|report| report.phase = phase);
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.enter(WorkerPhase::Stopped);
    }
}

impl ConnectionLamp {
    pub(in crate::worker) fn connected(&self) {
        self.0
            .update(|report| report.publishing = ConnectionState::Connected);
    }

    /// It is down: with the first error since it was up the trouble begins, later ones only say more.
    pub(in crate::worker) fn recovering(&self, error: String) {
        self.0.update(|report| {
            let earlier = match &report.publishing {
                ConnectionState::Recovering(trouble) => Some(trouble),
                _ => None,
            };
            report.publishing = ConnectionState::Recovering(Trouble::after(earlier, error));
        });
    }
}

impl Drop for ConnectionLamp {
    fn drop(&mut self) {
        self.0
            .update(|report| report.publishing = ConnectionState::Ended);
    }
}

impl ConsumerLamp {
    pub(in crate::worker) fn consuming(&self) {
        self.update(|state| *state = ConsumerState::Consuming);
    }

    /// It is down: with the first error since it was up the trouble begins, later ones only say more.
    pub(in crate::worker) fn recovering(&self, error: String) {
        self.update(|state| {
            let earlier = match state {
                ConsumerState::Recovering(trouble) => Some(&*trouble),
                _ => None,
            };
            *state = ConsumerState::Recovering(Trouble::after(earlier, error));
        });
    }

    /// It has given up, and only a new start helps.
    pub(in crate::worker) fn ended(&self) {
        self.update(|state| *state = ConsumerState::Ended);
    }

    pub(in crate::worker) fn draining(&self) {
        self.update(|state| *state = ConsumerState::Draining);
    }

    pub(in crate::worker) fn drained(&self) {
        self.update(|state| *state = ConsumerState::Drained);
    }

    fn update(&self, change: impl FnOnce(&mut ConsumerState)) {
        self.lines.update(|report| {
            if let Some(consumer) = report.consumers.get_mut(self.index) {
                change(&mut consumer.state);
            }
        });
    }
}

impl Drop for ConsumerLamp {
    fn drop(&mut self) {
        self.update(|state| {
            if *state != ConsumerState::Drained {
                *state = ConsumerState::Ended;
            }
        });
    }
}

impl Trouble {
    fn after(earlier: Option<&Self>, error: String) -> Self {
        Self {
            since: earlier.map_or_else(wire::now, |earlier| earlier.since),
            error,
        }
    }
}
