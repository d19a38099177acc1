//! What a handler knows about the delivery that it works on, beside the message.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::attempt::Attempt;
use crate::bus::Bus;
use crate::message::Message;
use crate::publish::{PublishError, PublishOptions};
use crate::scalar::Timestamp;
use crate::wire;

/// What a handler knows about the delivery that it works on, and where it stages what it publishes.
pub struct Context {
    attempt: Arc<Attempt>,
}

impl Context {
    pub(crate) fn new(attempt: Arc<Attempt>) -> Self {
        Self { attempt }
    }

    pub(super) fn attempt_state(&self) -> &Attempt {
        &self.attempt
    }

    /// Stages a message: it is checked now, published once the handler has succeeded, and confirmed before the delivery is
    /// acknowledged. A handler that fails, retries or rejects publishes nothing.
    ///
    /// The message inherits correlation, causation and trace of the delivery, nothing else. To publish whatever becomes of the
    /// delivery, use [`bus`](Self::bus).
    ///
    /// # Errors
    ///
    /// When the message breaks its contract or is too large. Errors of the broker become a failure of the attempt.
    pub fn publish<M: Message>(&self, message: &M) -> Result<(), PublishError> {
        self.publish_with(message, PublishOptions::new())
    }

    /// Stages a message as [`publish`](Self::publish) does, with options: an event that must reach a queue, or a deadline of its own, which begins
    /// when it is sent. Unless they say what is done about a lost connection ([`PublishOptions::on_disconnect`]), it is sent again.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish), and when it is to wait for longer than 310 days.
    pub fn publish_with<M: Message>(
        &self,
        message: &M,
        options: PublishOptions,
    ) -> Result<(), PublishError> {
        self.attempt.stage(message, options)
    }

    /// Stages a message as [`publish`](Self::publish) does, for later: it comes out at its exchange `delay` after it is sent, which is when
    /// the handler has succeeded. See [`Bus::publish_after`] for what is promised.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish), and when the delay is longer than 310 days.
    pub fn publish_after<M: Message>(
        &self,
        message: &M,
        delay: Duration,
    ) -> Result<(), PublishError> {
        self.publish_with(message, PublishOptions::new().after(delay))
    }

    /// Stages a message as [`publish`](Self::publish) does, for later: it comes out at its exchange at `time`, and at once where that is
    /// past when it is sent.
    ///
    /// # Errors
    ///
    /// As [`publish_after`](Self::publish_after).
    pub fn publish_at<M: Message>(&self, message: &M, time: Timestamp) -> Result<(), PublishError> {
        self.publish_with(message, PublishOptions::new().at(time))
    }

    /// The bus, to publish at once.
    pub fn bus(&self) -> &Bus {
        &self.attempt.bus
    }

    /// The value of this type that a [layer](crate::Service::layer) has handed over: a database transaction, a tenant, a user.
    ///
    /// State of the service itself needs no such thing: it is in the struct that implements the handlers.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.attempt.extensions.get()
    }

    /// The number of this attempt, from 1. Errors, panics and timeouts count, and on quorum queues lost workers.
    pub fn attempt(&self) -> u32 {
        self.attempt.received.attempt()
    }

    /// How many attempts there are in all.
    pub fn max_attempts(&self) -> u32 {
        self.attempt.handler.retry.attempts
    }

    /// The id that the publisher gave the message. Foreign publishers may give none.
    ///
    /// It is the same in every attempt, so that a handler can recognise a message that it has done before.
    pub fn message_id(&self) -> Option<&str> {
        self.attempt.received.message_id()
    }

    /// The id that all messages of one conversation share.
    pub fn correlation_id(&self) -> Option<&str> {
        wire::text(self.attempt.received.properties.correlation_id().as_ref())
    }

    /// The topic that the message was published with.
    pub fn topic(&self) -> &str {
        self.attempt.received.topic()
    }

    /// The exchange that the message was published to.
    pub fn exchange(&self) -> &str {
        self.attempt.received.exchange()
    }

    /// The queue that delivered it.
    pub fn queue(&self) -> &'static str {
        self.attempt.queue.name
    }

    /// Whether the broker may have delivered it before without its being settled.
    pub fn is_redelivered(&self) -> bool {
        self.attempt.received.redelivered
    }

    /// Whether the worker is stopping: a long handler may give up in time and let another worker do it.
    pub fn is_shutting_down(&self) -> bool {
        self.attempt.draining.has_begun()
    }

    /// Waits until the worker begins to stop.
    pub async fn shutting_down(&self) {
        self.attempt.draining.begun().await;
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("message", &self.attempt.handler.message.type_id)
            .field("message_id", &self.message_id())
            .field("queue", &self.queue())
            .field("attempt", &self.attempt())
            .finish_non_exhaustive()
    }
}
