//! A dead letter, and what it tells.

use std::fmt;
use std::time::Duration;

use lapin::types::AMQPValue;
use serde::de::DeserializeOwned;

use crate::delivery::Received;
use crate::message::Message;
use crate::scalar::Timestamp;
use crate::transport::{Delivered, NoRight, Settle};
use crate::wire::{self, headers};

/// A message that failed for good, with what is known about it.
pub struct DeadLetter {
    queue: String,
    received: Received,
    /// Dropping it gives the letter back to its queue.
    right: Box<dyn Settle>,
}

impl DeadLetter {
    pub(crate) fn new(queue: &str, delivered: Delivered) -> Self {
        let (received, right) = Received::from_delivered(delivered);
        Self {
            queue: queue.to_owned(),
            received,
            right,
        }
    }

    /// A letter to look at, and the right to settle it, which stays with the one who lends it.
    pub(super) fn lent(queue: &str, delivered: Delivered) -> (Self, Box<dyn Settle>) {
        let (received, right) = Received::from_delivered(delivered);
        let letter = Self {
            queue: queue.to_owned(),
            received,
            right: Box::new(NoRight),
        };
        (letter, right)
    }

    /// What was received, and the right to remove it from its queue.
    pub(super) fn into_parts(self) -> (Received, Box<dyn Settle>) {
        (self.received, self.right)
    }

    pub(super) fn received(&self) -> &Received {
        &self.received
    }

    /// The message, where it is of this type and can be read: it may be a dead letter because it cannot.
    pub fn decode<M: Message + DeserializeOwned>(&self) -> Option<M> {
        let another = |type_id| type_id != M::CONTRACT.type_id;
        if self.type_id().is_some_and(another) {
            return None;
        }
        self.received.decode().ok()
    }

    /// The dead-letter queue that it is in.
    pub fn dead_letter_queue(&self) -> &str {
        &self.queue
    }

    /// The queue that it was given up in, where a worker or the broker has noted it.
    pub fn queue(&self) -> Option<&str> {
        headers::address(self.received.headers(), headers::QUEUE)
            .or_else(|| headers::of_last_death(self.received.headers(), headers::DEATH_QUEUE))
    }

    /// Why it is here: a word of [`DeadReason`](crate::DeadReason), or the broker's own (`expired`, `delivery_limit`, `rejected`, `maxlen`) where the broker put it
    /// here.
    pub fn reason(&self) -> &str {
        headers::text(self.received.headers(), headers::DEAD_REASON)
            .or_else(|| headers::of_last_death(self.received.headers(), headers::DEATH_REASON))
            .unwrap_or("unknown")
    }

    /// The last error, then what caused it, then what caused that. Empty where there was none.
    pub fn errors(&self) -> Vec<String> {
        let chain = self
            .received
            .headers()
            .and_then(|table| table.inner().get(headers::ERROR_CHAIN));
        match chain {
            Some(AMQPValue::FieldArray(links)) => links
                .as_slice()
                .iter()
                .filter_map(|link| match link {
                    AMQPValue::LongString(text) => Some(text.to_string()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// How many attempts were made.
    pub fn attempts(&self) -> u32 {
        headers::count(self.received.headers(), headers::ATTEMPTS).unwrap_or(0)
    }

    /// When the first attempt failed, RFC 3339.
    pub fn first_failed_at(&self) -> Option<&str> {
        headers::text(self.received.headers(), headers::FIRST_FAILED_AT)
    }

    /// When the last attempt failed, RFC 3339.
    pub fn last_failed_at(&self) -> Option<&str> {
        headers::text(self.received.headers(), headers::LAST_FAILED_AT)
    }

    /// When it became a dead letter, where that was noted: the time of its last failure, or when the broker gave it up (in whole seconds).
    pub fn died_at(&self) -> Option<Timestamp> {
        let headers = self.received.headers();
        let of_attempt = self.last_failed_at().and_then(|text| text.parse().ok());
        let of_broker = headers::time_of_last_death(headers)
            .and_then(|seconds| Timestamp::from_second(i64::try_from(seconds).ok()?).ok());
        // What the broker gave up may have failed before, in an attempt that was not the last.
        if headers::text(headers, headers::DEAD_REASON).is_some() {
            of_attempt.or(of_broker)
        } else {
            of_broker.or(of_attempt)
        }
    }

    /// How long ago it became a dead letter, by the clock of this machine; zero where that lies in the future.
    pub fn age(&self) -> Option<Duration> {
        let since = wire::now().duration_since(self.died_at()?);
        Some(Duration::try_from(since).unwrap_or(Duration::ZERO))
    }

    /// When it was replayed last, RFC 3339, where it was replayed before and died again.
    pub fn replayed_at(&self) -> Option<&str> {
        headers::text(self.received.headers(), headers::REPLAYED_AT)
    }

    /// The type id of the message, where its publisher has set one.
    pub fn type_id(&self) -> Option<&str> {
        self.received.type_id()
    }

    /// The id of the message, where its publisher has set one.
    pub fn message_id(&self) -> Option<&str> {
        self.received.message_id()
    }

    /// The id that it shares with all messages that descend from the same first one, where its publisher has set one.
    pub fn correlation_id(&self) -> Option<&str> {
        wire::text(self.received.properties.correlation_id().as_ref())
    }

    /// The topic that the message was published with, where a worker or the broker has noted it.
    pub fn topic(&self) -> Option<&str> {
        headers::address(self.received.headers(), headers::TOPIC)
            .or_else(|| headers::key_of_last_death(self.received.headers()))
    }

    /// The exchange that the message was published to, where a worker or the broker has noted it.
    pub fn exchange(&self) -> Option<&str> {
        headers::address(self.received.headers(), headers::EXCHANGE)
            .or_else(|| headers::of_last_death(self.received.headers(), headers::DEATH_EXCHANGE))
    }

    /// The content type that its publisher has set.
    pub fn content_type(&self) -> Option<&str> {
        wire::text(self.received.properties.content_type().as_ref())
    }

    /// The body, as it came.
    pub fn body(&self) -> &[u8] {
        &self.received.body
    }
}

/// Shows everything but the body, which may hold what must not be logged.
impl fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetter")
            .field("dead_letter_queue", &self.queue)
            .field("queue", &self.queue())
            .field("type_id", &self.type_id())
            .field("message_id", &self.message_id())
            .field("reason", &self.reason())
            .field("errors", &self.errors())
            .field("attempts", &self.attempts())
            .finish_non_exhaustive()
    }
}
