//! One queue: the messages that wait in it, in order.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::backlog::{Backlog, Place};
use super::consumer::ConsumerId;
use super::dead_letter::Reason;
use super::message::Message;
use crate::spec::Overflow;
use crate::topology;

/// Names a queue of a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QueueId(pub(super) usize);

/// A message in a queue, or on its way from it to a consumer.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) message: Arc<Message>,
    /// How often it was delivered and came back.
    pub(super) returns: u32,
    /// Where it stands in the queue; it returns to that place.
    pub(super) place: Place,
    expires: Option<Instant>,
}

/// A queue without the consumers' side of it.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) declared: topology::Queue,
    /// The consumers that may be given one more message, in the order of their turns.
    pub(super) turns: VecDeque<ConsumerId>,
    /// Dead letters without a route: a quorum queue keeps them until there is one.
    pub(super) stranded: Vec<(Entry, Reason)>,
    /// The deadline of the head that the broker's schedule knows.
    pub(super) scheduled: Option<Instant>,
    /// How many messages publishers do not wait for any more: it was in vain.
    pub(super) borne: usize,
    ready: Backlog,
    next_position: u64,
}

impl Queue {
    pub(super) fn new(declared: topology::Queue) -> Self {
        Self {
            declared,
            turns: VecDeque::new(),
            stranded: Vec::new(),
            scheduled: None,
            borne: 0,
            ready: Backlog::default(),
            next_position: 0,
        }
    }

    /// Makes a new message the last one, without putting it into the queue yet.
    pub(super) fn admit(&mut self, message: Arc<Message>, now: Instant) -> Entry {
        let ttl = [message.ttl, self.declared.arguments.message_ttl]
            .into_iter()
            .flatten()
            .min();
        let place = Place {
            priority: Reverse(self.priority(&message)),
            position: self.next_position,
        };
        self.next_position += 1;
        // A time to live beyond what the clock can count is none.
        let expires = ttl.and_then(|ttl| now.checked_add(ttl));
        Entry {
            message,
            returns: 0,
            place,
            expires,
        }
    }

    /// The priority of a message here: none where the queue tells none apart.
    fn priority(&self, message: &Message) -> u8 {
        let highest = self.declared.arguments.max_priority.unwrap_or(0);
        message.properties.priority().unwrap_or(0).min(highest)
    }

    /// Puts an entry where it belongs: behind its equals if it is new, into its old place if it comes back.
    pub(super) fn insert(&mut self, entry: Entry) {
        self.ready.insert(entry);
    }

    /// Takes the head, which must not have expired.
    pub(super) fn take(&mut self) -> Option<Entry> {
        self.ready.take_head()
    }

    /// Takes the head if its time is over. What waits behind a living head lives on with it.
    pub(super) fn take_expired(&mut self, now: Instant) -> Option<Entry> {
        let expired = self.deadline().is_some_and(|deadline| deadline <= now);
        expired.then(|| self.ready.take_head()).flatten()
    }

    /// Whether a publish is refused for want of room.
    pub(super) fn refuses(&self, message: &Message) -> bool {
        self.declared.arguments.overflow == Overflow::RejectPublish
            && self.overflows(1, message.body.len())
    }

    /// Takes the head if it has to make room.
    pub(super) fn take_overflow(&mut self) -> Option<Entry> {
        let drops = self.declared.arguments.overflow == Overflow::DropHead && self.overflows(0, 0);
        drops.then(|| self.ready.take_head()).flatten()
    }

    /// Whether it holds more than it may, with so many more messages and bytes.
    fn overflows(&self, messages: usize, bytes: usize) -> bool {
        fn beyond(most: impl TryInto<usize>, count: impl FnOnce() -> usize) -> bool {
            most.try_into().is_ok_and(|most| count() > most)
        }
        let limits = &self.declared.arguments;
        let length = || self.ready.len() + messages;
        let size = || self.ready.bytes() + bytes;
        limits.max_length.is_some_and(|most| beyond(most, length))
            || limits
                .max_length_bytes
                .is_some_and(|most| beyond(most, size))
    }

    /// What waits in it, the head first.
    #[cfg(feature = "testing")]
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.ready.entries()
    }

    /// How many messages wait in it.
    pub(super) fn len(&self) -> usize {
        self.ready.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ready.head().is_none()
    }

    /// When the head expires.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.ready.head().and_then(|head| head.expires)
    }
}
