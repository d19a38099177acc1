//! The handlers of one queue that run, and the deliveries that wait for one of them to end.

use std::sync::Arc;

use super::crew::{Crew, Job};
use super::handle::Handling;
use super::key::Key;
use super::lanes::Lanes;
use crate::delivery::Received;
use crate::transport::{Delivered, Settle};

/// A delivery that no handler has begun with.
pub(super) struct Unstarted {
    received: Received,
    right: Box<dyn Settle>,
}

impl Job for Unstarted {
    type Common = Handling;
    /// What it is handled in order for.
    type Key = Key;

    async fn run(self, handling: &Handling) {
        handling.handle(self.received, self.right).await;
    }
}

/// The handlers of one queue. Those that are dropped give their deliveries back.
pub(super) struct Handlers {
    crew: Crew<Unstarted>,
    lanes: Lanes<Key, Unstarted>,
}

impl Handlers {
    pub(super) fn new(handling: Arc<Handling>) -> Self {
        let most = handling.queue.concurrency.max(1).into();
        Self {
            crew: Crew::new(most, handling),
            lanes: Lanes::new(),
        }
    }

    fn handling(&self) -> &Handling {
        self.crew.common()
    }

    /// Whether messages of this queue are handled in order.
    pub(super) fn are_ordered(&self) -> bool {
        let handlers = self.handling().queue.handlers;
        handlers
            .iter()
            .any(|handler| !handler.ordered_by.is_empty())
    }

    /// How many more may begin.
    pub(super) fn room(&self) -> usize {
        self.crew.most().saturating_sub(self.crew.in_hand())
    }

    /// How many have not ended. Nobody follows those that have, from now on.
    pub(super) fn still_running(&mut self) -> usize {
        drop(self.crew.take_ended());
        self.crew.in_hand()
    }

    /// Hands a delivery to its handler: at once, or, in order, when those before it with its key have ended.
    pub(super) fn take(&mut self, delivered: Delivered) {
        let (received, right) = Received::from_delivered(delivered);
        let delivery = Unstarted { received, right };
        let Some(key) = self.key(&delivery.received) else {
            self.crew.start(delivery, None);
            return;
        };
        if let Some(delivery) = self.lanes.enter(key.clone(), delivery) {
            self.crew.start(delivery, Some(key));
        }
    }

    /// `None` where it need not wait: no handler takes it in order, or it cannot be read and becomes a dead letter.
    fn key(&self, received: &Received) -> Option<Key> {
        if !self.are_ordered() {
            return None;
        }
        let handler = self.handling().routes.find(received).ok()?;
        Key::of(&received.body, handler.ordered_by)
    }

    /// Waits until one has ended that others may wait for, and begins with those. Where there was no room for another one, it also ends when there may be.
    ///
    /// Nothing is lost when the future is dropped.
    pub(super) async fn follow(&mut self, had_room: bool) {
        let fewer_than = if had_room { 0 } else { self.crew.most() };
        self.crew.ended(fewer_than).await;
        for key in self.crew.take_ended() {
            while let Some(next) = self.lanes.leave(&key) {
                // The broker delivers it again, behind those before it that were not settled.
                if !next.right.is_stale() {
                    self.crew.start(next, Some(key));
                    break;
                }
            }
        }
    }

    /// Waits until all of them have ended. What waits for one of them does not begin.
    pub(super) async fn all_ended(&mut self) {
        while self.still_running() > 0 {
            self.crew.ended(1).await;
        }
    }

    /// The deliveries that wait for a handler to end. They will not begin.
    pub(super) fn take_waiting(&mut self) -> Vec<Unstarted> {
        self.lanes.take_waiting()
    }

    /// Ends all of them where they wait for something, which gives their deliveries back.
    pub(super) fn abort_all(&mut self) {
        self.crew.abort_all();
    }
}
