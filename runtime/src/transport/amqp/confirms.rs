//! Which message a confirm speaks of.
//!
//! The broker returns an unroutable message before it confirms it. lapin hands each returned message to whichever confirm resolves
//! next, so that a confirm may come with another message's return, and its own return may have gone to another. What it does keep:
//! a return has been handed out by the time its own confirm has resolved, or else an earlier return was handed out in its stead, and
//! a confirm that came without a return found none waiting. [`Attribution`] puts them together again by their message ids.

use std::collections::{HashMap, HashSet};

/// What became of a publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Stored, and routed where that was asked for.
    Stored,
    /// Returned: it reached no queue.
    Unroutable,
    /// Refused by the broker.
    Nacked,
}

/// A confirm that has resolved.
#[derive(Debug)]
pub(super) struct Confirmed<T> {
    pub(super) item: T,
    /// The message's own id, unique among those in flight.
    pub(super) id: String,
    pub(super) mandatory: bool,
    pub(super) nack: bool,
    /// The id of the returned message that came with it, its own or another's.
    pub(super) returned: Option<String>,
}

/// Decides, batch by batch, for the confirms of one channel.
///
/// A batch must hold every confirm that had resolved when it was taken.
#[derive(Debug)]
pub(super) struct Attribution<T> {
    /// Ids that were returned and whose own confirm has not been decided yet.
    returned: HashSet<String>,
    /// Confirms whose own return may still wait inside lapin.
    held: HashMap<String, T>,
}

impl<T> Default for Attribution<T> {
    fn default() -> Self {
        Self {
            returned: HashSet::new(),
            held: HashMap::new(),
        }
    }
}

impl<T> Attribution<T> {
    /// Decides what can be decided. `complete` says that the channel has confirmed all that was published on it.
    pub(super) fn decide(&mut self, batch: Vec<Confirmed<T>>, complete: bool) -> Vec<(T, Outcome)> {
        self.returned.extend(
            batch
                .iter()
                .filter_map(|confirmed| confirmed.returned.clone()),
        );
        // It resolved after those that are held, and found no return waiting: theirs have all been handed out.
        let none_waits = batch.iter().any(|confirmed| confirmed.returned.is_none());
        let mut decided = Vec::with_capacity(batch.len());

        for (id, item) in std::mem::take(&mut self.held) {
            if self.returned.remove(&id) {
                decided.push((item, Outcome::Unroutable));
            } else if none_waits || complete {
                decided.push((item, Outcome::Stored));
            } else {
                self.held.insert(id, item);
            }
        }
        for Confirmed {
            item,
            id,
            mandatory,
            nack,
            returned,
        } in batch
        {
            let was_returned = self.returned.remove(&id);
            if nack {
                decided.push((item, Outcome::Nacked));
            } else if was_returned {
                decided.push((item, Outcome::Unroutable));
            } else if !mandatory || returned.is_none() || complete {
                decided.push((item, Outcome::Stored));
            } else {
                self.held.insert(id, item);
            }
        }
        decided
    }

    /// The undecided, for a channel that is gone: whether they were routed is unknown.
    pub(super) fn abandon(&mut self) -> impl Iterator<Item = T> {
        self.returned.clear();
        std::mem::take(&mut self.held).into_values()
    }
}

#[cfg(test)]
#[path = "confirms_tests.rs"]
mod tests;
