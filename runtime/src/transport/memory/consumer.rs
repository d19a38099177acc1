//! One consumer: what it was given and has not settled.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::message::Message;
use super::queue::{Entry, QueueId};

/// Names a consumer of a broker. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ConsumerId(pub(super) u64);

/// Names a connection to a broker. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ConnectionId(pub(super) u64);

/// Names a delivery of one consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DeliveryTag(u64);

/// A delivery as the consumer gets it.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) tag: DeliveryTag,
    pub(super) message: Arc<Message>,
    /// How often the message was delivered before and came back.
    pub(super) returns: u32,
    /// Whether its queue counts deliveries in a header.
    pub(super) counts: bool,
}

/// A subscription to a queue.
#[derive(Debug)]
pub(super) struct Consumer {
    pub(super) queue: QueueId,
    pub(super) connection: ConnectionId,
    prefetch: usize,
    cancelled: bool,
    /// Whether it stands in its queue's line of turns.
    waits: bool,
    /// By tag; those from `next_taken` on are on their way and have not been seen by the client.
    unsettled: BTreeMap<DeliveryTag, Entry>,
    next_tag: DeliveryTag,
    next_taken: DeliveryTag,
}

impl Consumer {
    /// A `prefetch` of 0 sets no bound.
    pub(super) fn new(queue: QueueId, connection: ConnectionId, prefetch: u16) -> Self {
        Self {
            queue,
            connection,
            prefetch: if prefetch == 0 {
                usize::MAX
            } else {
                prefetch.into()
            },
            cancelled: false,
            waits: false,
            unsettled: BTreeMap::new(),
            next_tag: DeliveryTag(0),
            next_taken: DeliveryTag(0),
        }
    }

    /// A consumer that takes for itself: its queue sends it nothing.
    pub(super) fn pulling(queue: QueueId, connection: ConnectionId) -> Self {
        Self {
            cancelled: true,
            ..Self::new(queue, connection, 0)
        }
    }

    /// Whether it has to be put at the end of its queue's line, as it has room and is not in it.
    pub(super) fn lines_up(&mut self) -> bool {
        let joins = !self.waits && !self.cancelled && self.unsettled.len() < self.prefetch;
        self.waits |= joins;
        joins
    }

    /// Says that it was taken out of its queue's line.
    pub(super) fn left_the_line(&mut self) {
        self.waits = false;
    }

    /// Sends it a message. Returns whether nothing else was on the way, so that it may be asleep.
    pub(super) fn send(&mut self, entry: Entry) -> bool {
        let first = self.next_taken == self.next_tag;
        self.unsettled.insert(self.next_tag, entry);
        self.next_tag.0 += 1;
        first
    }

    /// Gives the client what has been on the way the longest.
    pub(super) fn take(&mut self, counts: bool) -> Option<Delivery> {
        let entry = self.unsettled.get(&self.next_taken)?;
        let tag = self.next_taken;
        self.next_taken.0 += 1;
        Some(Delivery {
            tag,
            message: Arc::clone(&entry.message),
            returns: entry.returns,
            counts,
        })
    }

    pub(super) fn settle(&mut self, tag: DeliveryTag) -> Option<Entry> {
        self.unsettled.remove(&tag)
    }

    pub(super) fn cancel(&mut self) {
        self.cancelled = true;
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// How many deliveries it has not settled, those on their way included.
    #[cfg(feature = "testing")]
    pub(super) fn unsettled(&self) -> usize {
        self.unsettled.len()
    }

    /// Everything that it still holds, in the order of delivery.
    pub(super) fn into_unsettled(self) -> impl Iterator<Item = Entry> {
        self.unsettled.into_values()
    }
}
