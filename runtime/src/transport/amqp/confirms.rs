//! Which message a confirm speaks of.
//!
//! The broker returns an unroutable message before it confirms it. lapin hands each returned message to whichever confirm resolves
//! next, so that a confirm may come with another message's return, and its own return may have gone to another. What it does keep:
//! a return has been handed out by the time its own confirm has resolved, or else an earlier return was handed out in its stead, and
//! a confirm that came without a return found none waiting. [`Attribution`] puts them together again by their [`Mark`]s.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use lapin::BasicProperties;
use lapin::types::ShortString;

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

/// What a returned message is known by: its id and where it was sent. The id alone is not enough: copies of one event, sent to the
/// dead-letter queues of two services, share it. Publishes with the same mark share their fate, too.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// Of these, the message id counts.
    pub(super) properties: Arc<BasicProperties>,
    pub(super) exchange: Cow<'static, str>,
    pub(super) routing_key: Cow<'static, str>,
}

impl Mark {
    fn known_by(&self) -> (Option<&str>, &str, &str) {
        let message_id = self.properties.message_id().as_ref();
        (
            message_id.map(ShortString::as_str),
            &self.exchange,
            &self.routing_key,
        )
    }
}

impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        self.known_by() == other.known_by()
    }
}

impl Eq for Mark {}

impl Hash for Mark {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.known_by().hash(state);
    }
}

/// A confirm that has resolved.
#[derive(Debug)]
pub(super) struct Confirmed<T> {
    pub(super) item: T,
    pub(super) mark: Mark,
    pub(super) mandatory: bool,
    pub(super) nack: bool,
    /// The mark of the returned message that came with it, its own or another's.
    pub(super) returned: Option<Mark>,
}

/// Decides, batch by batch, for the confirms of one channel.
///
/// A batch must hold every confirm that had resolved when it was taken.
#[derive(Debug)]
pub(super) struct Attribution<T> {
    /// How often each mark was returned whose own confirm has not been decided yet.
    returned: HashMap<Mark, usize>,
    /// Confirms whose own return may still wait inside lapin.
    held: Vec<(Mark, T)>,
}

impl<T> Default for Attribution<T> {
    fn default() -> Self {
        Self {
            returned: HashMap::new(),
            held: Vec::new(),
        }
    }
}

impl<T> Attribution<T> {
    /// Decides what can be decided. `complete` says that the channel has confirmed all that was published on it.
    pub(super) fn decide(&mut self, batch: Vec<Confirmed<T>>, complete: bool) -> Vec<(T, Outcome)> {
        for mark in batch
            .iter()
            .filter_map(|confirmed| confirmed.returned.as_ref())
        {
            *self.returned.entry(mark.clone()).or_default() += 1;
        }
        // It resolved after those that are held, and found no return waiting: theirs have all been handed out.
        let none_waits = batch.iter().any(|confirmed| confirmed.returned.is_none());
        let mut decided = Vec::with_capacity(batch.len());

        for (mark, item) in std::mem::take(&mut self.held) {
            if self.take_return(&mark) {
                decided.push((item, Outcome::Unroutable));
            } else if none_waits || complete {
                decided.push((item, Outcome::Stored));
            } else {
                self.held.push((mark, item));
            }
        }
        for Confirmed {
            item,
            mark,
            mandatory,
            nack,
            returned,
        } in batch
        {
            let was_returned = self.take_return(&mark);
            if nack {
                decided.push((item, Outcome::Nacked));
            } else if was_returned {
                decided.push((item, Outcome::Unroutable));
            } else if !mandatory || returned.is_none() || complete {
                decided.push((item, Outcome::Stored));
            } else {
                self.held.push((mark, item));
            }
        }
        decided
    }

    fn take_return(&mut self, mark: &Mark) -> bool {
        match self.returned.get_mut(mark) {
            Some(1) => self.returned.remove(mark).is_some(),
            Some(times) => {
                *times -= 1;
                true
            }
            None => false,
        }
    }

    /// How many are not decided.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// The undecided, for a channel that is gone: whether they were routed is unknown.
    pub(super) fn abandon(self) -> impl Iterator<Item = T> {
        self.held.into_iter().map(|(_, item)| item)
    }
}

#[cfg(test)]
#[path = "confirms_tests.rs"]
mod tests;
