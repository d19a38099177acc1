//! Who waits for whom: of each key one is at work, the others wait in the order in which they came.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// The keys at work, each with what waits for it. It holds nothing of a key that is not at work.
#[derive(Debug)]
pub(super) struct Lanes<K, T> {
    at_work: HashMap<K, VecDeque<T>>,
}

impl<K: Hash + Eq, T> Lanes<K, T> {
    pub(super) fn new() -> Self {
        Self {
            at_work: HashMap::new(),
        }
    }

    /// Takes what has come. Gives it back if it may begin, and with that its key is at work until [`leave`](Self::leave).
    pub(super) fn enter(&mut self, key: K, item: T) -> Option<T> {
        if let Some(waiting) = self.at_work.get_mut(&key) {
            waiting.push_back(item);
            return None;
        }
        // Most keys never see a second one: an empty line takes no memory.
        self.at_work.insert(key, VecDeque::new());
        Some(item)
    }

    /// Says that what was at work for the key has ended. Gives the next one, which may begin.
    pub(super) fn leave(&mut self, key: &K) -> Option<T> {
        let next = self.at_work.get_mut(key)?.pop_front();
        if next.is_none() {
            self.at_work.remove(key);
        }
        next
    }

    /// Takes out all that wait. The keys that are at work remain so.
    pub(super) fn take_waiting(&mut self) -> Vec<T> {
        let lines = self.at_work.values_mut();
        lines.flat_map(std::mem::take).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// What may happen to a worker.
    #[derive(Debug, Clone)]
    enum Event {
        Comes {
            key: u8,
        },
        /// One of those that run, by its place among them.
        Ends {
            which: prop::sample::Index,
        },
        /// The channel is gone, and with it all that wait.
        Lost,
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            10 => (0..4_u8).prop_map(|key| Event::Comes { key }),
            8 => any::<prop::sample::Index>().prop_map(|which| Event::Ends { which }),
            1 => Just(Event::Lost),
        ]
    }

    type Item = (u8, usize);

    /// What a worker does with its lanes, and the rules that it must keep.
    struct Worker {
        lanes: Lanes<u8, Item>,
        running: Vec<Item>,
        /// Those that have not begun, in order of arrival.
        expected: BTreeMap<u8, VecDeque<usize>>,
    }

    impl Worker {
        fn begins(&mut self, item: Item) {
            let (key, number) = item;
            assert!(
                self.running.iter().all(|(other, _)| *other != key),
                "two of one key at once"
            );
            let first = self.expected.get_mut(&key).and_then(VecDeque::pop_front);
            assert_eq!(first, Some(number), "not in the order of arrival");
            self.running.push(item);
        }

        fn ends(&mut self, index: usize) {
            let (key, _) = self.running.swap_remove(index);
            if let Some(next) = self.lanes.leave(&key) {
                self.begins(next);
            }
        }

        fn check(&self) {
            for (key, waiting) in &self.expected {
                let runs = self.running.iter().any(|(other, _)| other == key);
                assert!(runs || waiting.is_empty(), "somebody waits for nobody");
            }
            assert_eq!(self.lanes.at_work.len(), self.running.len());
        }
    }

    proptest! {
        #[test]
        fn one_of_a_key_at_a_time_in_order_of_arrival_and_none_is_forgotten(
            events in prop::collection::vec(event(), 0..300),
        ) {
            let mut worker = Worker {
                lanes: Lanes::new(),
                running: Vec::new(),
                expected: BTreeMap::new(),
            };
            for (number, event) in events.into_iter().enumerate() {
                match event {
                    Event::Comes { key } => {
                        worker.expected.entry(key).or_default().push_back(number);
                        if let Some(item) = worker.lanes.enter(key, (key, number)) {
                            worker.begins(item);
                        }
                    }
                    Event::Ends { .. } if worker.running.is_empty() => (),
                    Event::Ends { which } => worker.ends(which.index(worker.running.len())),
                    Event::Lost => {
                        let mut lost = worker.lanes.take_waiting();
                        lost.sort_unstable();
                        let expected = std::mem::take(&mut worker.expected).into_iter();
                        let waited = expected
                            .flat_map(|(key, numbers)| numbers.into_iter().map(move |n| (key, n)));
                        assert!(lost.into_iter().eq(waited));
                    }
                }
                worker.check();
            }
            while !worker.running.is_empty() {
                worker.ends(0);
                worker.check();
            }
            prop_assert!(worker.expected.values().all(VecDeque::is_empty));
            prop_assert!(worker.lanes.at_work.is_empty());
        }
    }
}
