//! The messages that wait in a queue, in the order in which they leave it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::queue::Entry;

/// Where an entry stands: the higher priorities first, then by age. An entry that comes back finds its old place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) priority: Reverse<u8>,
    pub(super) position: u64,
}

#[derive(Debug, Default)]
pub(super) struct Backlog {
    entries: BTreeMap<Place, Entry>,
}

impl Backlog {
    pub(super) fn insert(&mut self, entry: Entry) {
        self.entries.insert(entry.place, entry);
    }

    pub(super) fn head(&self) -> Option<&Entry> {
        self.entries().next()
    }

    pub(super) fn take_head(&mut self) -> Option<Entry> {
        self.entries.pop_first().map(|(_, entry)| entry)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The bytes of all bodies.
    pub(super) fn bytes(&self) -> usize {
        let body = |entry: &Entry| entry.message.body.len();
        self.entries().map(body).sum()
    }

    /// All of them, the head first.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
}
