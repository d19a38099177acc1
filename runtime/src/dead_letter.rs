//! Dead letters: what failed for good, and why.

use std::fmt;

use lapin::types::AMQPValue;
use serde::de::DeserializeOwned;

use crate::bus::Bus;
use crate::delivery::Received;
use crate::message::Message;
use crate::topology::own_dead_letter_queue;
use crate::transport::{self, Delivered, Settle, Subscription, TransportError};
use crate::wire::headers;

/// The dead letters of one queue, oldest first. Reading them removes nothing: those that were read go back when they, or this, are dropped.
pub struct DeadLetters {
    queue: String,
    subscription: Box<dyn Subscription>,
}

/// A message that failed for good, with what is known about it.
pub struct DeadLetter {
    queue: String,
    received: Received,
    /// Dropping it gives the letter back to its queue.
    _right: Box<dyn Settle>,
}

/// The dead letters of a queue cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the dead-letter queue `{queue}` cannot be read: {why}")]
pub struct DeadLetterError {
    queue: String,
    why: String,
}

/// How many letters are held at a time while they are read.
const WINDOW: u16 = 256;

impl Bus {
    /// Reads the dead letters of `queue`, which are in `<queue>.dead`. Where the catalog names another queue with `dead_letter`, read that
    /// with [`dead_letters_in`](Self::dead_letters_in).
    ///
    /// # Errors
    ///
    /// When there is no such queue, or no connection.
    pub async fn dead_letters(&self, queue: &str) -> Result<DeadLetters, DeadLetterError> {
        self.dead_letters_in(&own_dead_letter_queue(queue)).await
    }

    /// Reads the dead letters in a queue that the catalog names with `dead_letter`. [`DeadLetter::queue`] says which queue each comes from.
    ///
    /// # Errors
    ///
    /// When there is no such queue, or no connection.
    pub async fn dead_letters_in(
        &self,
        dead_letter_queue: &str,
    ) -> Result<DeadLetters, DeadLetterError> {
        match self.consume(dead_letter_queue, WINDOW).await {
            Ok(subscription) => Ok(DeadLetters {
                queue: dead_letter_queue.to_owned(),
                subscription,
            }),
            Err(error) => Err(failed(dead_letter_queue, &error)),
        }
    }
}

fn failed(queue: &str, error: &TransportError) -> DeadLetterError {
    DeadLetterError {
        queue: queue.to_owned(),
        why: error.to_string(),
    }
}

impl DeadLetters {
    /// The next dead letter; waits for one where there is none yet.
    ///
    /// # Errors
    ///
    /// When the connection is lost or the queue is deleted.
    pub async fn next(&mut self) -> Result<DeadLetter, DeadLetterError> {
        match transport::next(&mut *self.subscription).await {
            Some(Ok(delivered)) => Ok(DeadLetter::new(&self.queue, delivered)),
            Some(Err(error)) => Err(failed(&self.queue, &error)),
            None => Err(DeadLetterError {
                queue: self.queue.clone(),
                why: "the broker has ended the subscription".to_owned(),
            }),
        }
    }
}

impl DeadLetter {
    pub(crate) fn new(queue: &str, delivered: Delivered) -> Self {
        let (received, right) = Received::from_delivered(delivered);
        Self {
            queue: queue.to_owned(),
            received,
            _right: right,
        }
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
        headers::text(self.received.headers(), headers::QUEUE)
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

    /// The type id of the message, where its publisher has set one.
    pub fn type_id(&self) -> Option<&str> {
        self.received.type_id()
    }

    /// The id of the message, where its publisher has set one.
    pub fn message_id(&self) -> Option<&str> {
        self.received.message_id()
    }

    /// The topic that the message was published with, where a worker has noted it.
    pub fn topic(&self) -> Option<&str> {
        headers::text(self.received.headers(), headers::TOPIC)
    }

    /// The exchange that the message was published to, where a worker has noted it.
    pub fn exchange(&self) -> Option<&str> {
        headers::text(self.received.headers(), headers::EXCHANGE)
    }

    /// The body, as it came.
    pub fn body(&self) -> &[u8] {
        &self.received.body
    }
}

impl fmt::Debug for DeadLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetters")
            .field("queue", &self.queue)
            .finish_non_exhaustive()
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
