//! The handlers of one queue that run, and the deliveries that wait for one of them to end.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::{self, JoinError, JoinSet};

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

/// The handlers of one queue. Those that are dropped give their deliveries back.
pub(super) struct Handlers {
    handling: Arc<Handling>,
    running: JoinSet<()>,
    /// What the handlers that run in order are at work for.
    keys: HashMap<task::Id, Key>,
    lanes: Lanes<Key, Unstarted>,
}

impl Handlers {
    pub(super) fn new(handling: Arc<Handling>) -> Self {
        Self {
            handling,
            running: JoinSet::new(),
            keys: HashMap::new(),
            lanes: Lanes::new(),
        }
    }

    /// Whether messages of this queue are handled in order.
    pub(super) fn are_ordered(&self) -> bool {
        let handlers = self.handling.queue.handlers;
        handlers
            .iter()
            .any(|handler| !handler.ordered_by.is_empty())
    }

    /// Whether another one may begin.
    pub(super) fn have_room(&self) -> bool {
        self.running.len() < usize::from(self.handling.queue.concurrency.max(1))
    }

    /// How many run.
    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    /// Hands a delivery to its handler: at once, or, in order, when those before it with its key have ended.
    pub(super) fn take(&mut self, delivered: Delivered) {
        let (received, right) = Received::from_delivered(delivered);
        let delivery = Unstarted { received, right };
        let Some(key) = self.key(&delivery.received) else {
            self.start(delivery);
            return;
        };
        if let Some(delivery) = self.lanes.enter(key.clone(), delivery) {
            self.start_in_order(key, delivery);
        }
    }

    /// `None` where it need not wait: no handler takes it in order, or it cannot be read and becomes a dead letter.
    fn key(&self, received: &Received) -> Option<Key> {
        if !self.are_ordered() {
            return None;
        }
        let handler = self.handling.routes.find(received).ok()?;
        Key::of(&received.body, handler.ordered_by)
    }

    fn start(&mut self, delivery: Unstarted) -> task::Id {
        let Unstarted { received, right } = delivery;
        let handled = Arc::clone(&self.handling).handle(received, right);
        // Some kilobytes: tokio would move them several times.
        self.running.spawn(Box::pin(handled)).id()
    }

    fn start_in_order(&mut self, key: Key, delivery: Unstarted) {
        let task = self.start(delivery);
        self.keys.insert(task, key);
    }

    /// Waits until a handler has ended, however it did, and begins with what has waited for it. `None` where none runs.
    ///
    /// Nothing is lost when the future is dropped.
    pub(super) async fn ended(&mut self) -> Option<()> {
        let ended = self.running.join_next_with_id().await?;
        self.follow(ended);
        Some(())
    }

    /// Follows one that has ended already, as [`ended`](Self::ended) does; says whether there was one.
    pub(super) fn follow_one(&mut self) -> bool {
        let ended = self.running.try_join_next_with_id();
        ended.map(|ended| self.follow(ended)).is_some()
    }

    fn follow(&mut self, ended: Result<(task::Id, ()), JoinError>) {
        let task = match ended {
            Ok((task, ())) => task,
            Err(error) => error.id(),
        };
        if let Some(key) = self.keys.remove(&task) {
            while let Some(next) = self.lanes.leave(&key) {
                // The broker delivers it again, behind those before it that were not settled.
                if !next.right.is_stale() {
                    self.start_in_order(key, next);
                    break;
                }
            }
        }
    }

    /// The deliveries that wait for a handler to end. They will not begin.
    pub(super) fn take_waiting(&mut self) -> Vec<Unstarted> {
        self.lanes.take_waiting()
    }

    /// Ends all of them where they wait for something, which gives their deliveries back.
    pub(super) fn abort_all(&mut self) {
        self.running.abort_all();
    }
}
