//! A delivery that its handler settles itself (`ack: manual`).

use std::fmt;
use std::time::Duration;

use super::context::Context;
use super::settle::{SettleError, Verdict};
use crate::bus::PUBLISH_DEADLINE;
use crate::failure::{BoxError, DeadReason};

/// A delivery that its handler settles itself, exactly once: every method that settles consumes it and gives the only [`Settled`].
///
/// A handler that returns an error without having settled leaves the decision to the handler's `on_error`. Where the broker had not yet
/// confirmed the copy that a retry or a rejection needs, the worker waits for that copy, five minutes at most: once it is stored, what the handler wanted holds.
#[must_use = "a delivery must be settled: ack, nack, reject, retry or retry_later"]
pub struct Delivery<M> {
    message: M,
    context: Context,
}

/// Proof that a delivery was settled. Only the methods of [`Delivery`] make one.
#[derive(Debug)]
#[must_use = "return it from the handler"]
pub struct Settled(());

impl<M> Delivery<M> {
    pub(crate) fn new(message: M, context: Context) -> Self {
        Self { message, context }
    }

    /// The message.
    pub fn message(&self) -> &M {
        &self.message
    }

    /// What is known about the delivery, and where messages are staged.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Done: publishes what was staged, waits for the confirms, then tells the broker to forget the message.
    ///
    /// `Ok` does not say that the broker has heard of it: acknowledgements go together, some milliseconds later. A connection that is lost until then brings
    /// the message again.
    ///
    /// # Errors
    ///
    /// When the attempt is over, something staged was not published, or the delivery's channel is gone. This has not settled it then; the handler
    /// usually passes the error on (`?`), and the message comes back.
    pub async fn ack(self) -> Result<Settled, SettleError> {
        self.settle(Verdict::Ack).await
    }

    /// Gives the message back to its queue at once, for this or another worker. It counts as an attempt; when all are
    /// spent, the message goes to the dead-letter queue. What was staged is dropped.
    ///
    /// # Errors
    ///
    /// When the attempt is over, the delivery's channel is gone, or the dead letter could not be stored; on a classic queue also when the copy that counts the attempt
    /// could not be.
    pub async fn nack(self) -> Result<Settled, SettleError> {
        self.settle(Verdict::Requeue { chain: Vec::new() }).await
    }

    /// Gives the message up: it goes to the dead-letter queue with this reason. What was staged is dropped.
    ///
    /// # Errors
    ///
    /// When the attempt is over, the delivery's channel is gone, or the dead letter could not be stored.
    pub async fn reject(self, why: impl Into<BoxError>) -> Result<Settled, SettleError> {
        let chain = crate::failure::Failure::Handler(why.into()).chain();
        self.settle(Verdict::Dead {
            reason: DeadReason::Rejected,
            chain,
        })
        .await
    }

    /// Brings the message back after the delay of the handler's retry policy. It counts as an attempt; when all are spent, the
    /// message goes to the dead-letter queue. What was staged is dropped.
    ///
    /// # Errors
    ///
    /// When the attempt is over, the delivery's channel is gone, or the delayed copy could not be stored.
    pub async fn retry(self) -> Result<Settled, SettleError> {
        self.settle(Verdict::Retry {
            delay: None,
            chain: Vec::new(),
        })
        .await
    }

    /// Brings the message back after `delay`, rounded up to a tenth of a second; otherwise as [`retry`](Self::retry).
    ///
    /// The delay lives in the broker: nothing is held in the worker, and a restart changes nothing.
    ///
    /// # Errors
    ///
    /// As [`retry`](Self::retry), and when the delay is longer than 310 days.
    pub async fn retry_later(self, delay: Duration) -> Result<Settled, SettleError> {
        self.settle(Verdict::Retry {
            delay: Some(delay),
            chain: Vec::new(),
        })
        .await
    }

    async fn settle(self, verdict: Verdict) -> Result<Settled, SettleError> {
        let attempt = self.context.attempt_state();
        if attempt.has_failed() {
            return Err(SettleError::TooLate);
        }
        attempt.settle(verdict, PUBLISH_DEADLINE).await?;
        Ok(Settled(()))
    }
}

impl<M: fmt::Debug> fmt::Debug for Delivery<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("message", &self.message)
            .field("context", &self.context)
            .finish()
    }
}
