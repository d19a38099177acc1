//! What happens on a bus, told as it happens to whoever observes it. Without an observer nothing is made or copied.

#![cfg_attr(
    not(feature = "testing"),
    expect(dead_code, reason = "so far only tests observe")
)]

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::bus::Bus;
use crate::delivery::{Attempt, SettleError};
use crate::failure::DeadReason;
use crate::message::Contract;
use crate::publish::PublishErrorKind;
use crate::transport::Publish;

/// Looks on. It is called where things happen, and must not block.
pub(crate) trait Observer: fmt::Debug + Send + Sync + 'static {
    fn notice(&self, happened: &Happened<'_>);
}

/// Something that happened.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Happened<'a> {
    /// A message was published, or was not. What breaks its contract is refused before and does not come here.
    Published {
        contract: &'static Contract,
        message: &'a Publish,
        /// How long the broker was asked to hold it.
        delay: Duration,
        result: Result<(), &'a PublishErrorKind>,
    },
    /// A worker begins with a delivery; `routed`: a handler takes it.
    Began { attempt: &'a Attempt, routed: bool },
    /// A delivery was settled.
    Settled {
        attempt: &'a Attempt,
        how: &'a SettledAs,
    },
    /// A delivery could not be settled. Unless its channel is gone, it is tried again.
    NotSettled {
        attempt: &'a Attempt,
        error: &'a SettleError,
    },
    /// The worker is done with a delivery, or was ended in the midst of it.
    Ended { attempt: &'a Attempt },
}

/// How a delivery was settled. `chain` is the error and its causes, where there was one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SettledAs {
    /// Its handler is done, and what it staged is published.
    Acked,
    /// It is forgotten: no handler takes it and its queue ignores such messages, or the service's hook wants no more of a failed attempt.
    Forgotten { chain: Vec<String> },
    /// It went back to its queue at once.
    Requeued { chain: Vec<String> },
    /// A copy comes back after the delay.
    Retried { delay: Duration, chain: Vec<String> },
    /// A copy is in the dead-letter queue.
    Dead {
        reason: DeadReason,
        chain: Vec<String>,
    },
}

impl SettledAs {
    /// The error and its causes, where there was one.
    pub(crate) fn chain(&self) -> &[String] {
        match self {
            Self::Acked => &[],
            Self::Forgotten { chain }
            | Self::Requeued { chain }
            | Self::Retried { chain, .. }
            | Self::Dead { chain, .. } => chain,
        }
    }
}

impl Bus {
    /// Tells the observer what happened, where there is one.
    pub(crate) fn tell<'a>(&self, happened: impl FnOnce() -> Happened<'a>) {
        if let Some(observer) = self.observer() {
            observer.notice(&happened());
        }
    }
}

/// A delivery in the hands of a worker: tells of the beginning, and of the end also when the task is ended from outside.
pub(crate) struct Begun(Option<Arc<Attempt>>);

impl Begun {
    pub(crate) fn with(attempt: &Arc<Attempt>, routed: bool) -> Self {
        attempt.bus.tell(|| Happened::Began { attempt, routed });
        Self(attempt.bus.observer().map(|_| Arc::clone(attempt)))
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(attempt) = &self.0 {
            attempt.bus.tell(|| Happened::Ended { attempt });
        }
    }
}
