//! What differs between what a catalog wants and what a broker has.

use std::collections::{BTreeMap, BTreeSet};

use urutu::tools::{self, Binding, Conflict, Declaration, Destination, Topology};

use super::found::{Found, FoundBinding};

/// What begins the names of the exchanges and queues that urutu makes for delays.
const OWN: &str = "urutu.";

/// What is to be done, and what is in the way.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// What does not exist; each once.
    pub(super) missing: Topology,
    /// What exists with other properties.
    pub(super) conflicts: Vec<Obstacle>,
    /// Bindings of the catalog's queues that the catalog does not have.
    pub(super) surplus: Vec<FoundBinding>,
    /// Queues on the catalog's exchanges that the catalog does not know. They may be anybody's.
    pub(super) strangers: Vec<Stranger>,
}

/// A conflict, and how many messages are in the queue.
#[derive(Debug)]
pub(super) struct Obstacle {
    pub(super) conflict: Conflict,
    pub(super) messages: Option<u64>,
}

/// A queue that no service of the catalog has.
#[derive(Debug)]
pub(super) struct Stranger {
    pub(super) queue: String,
    pub(super) messages: Option<u64>,
    /// Those to the catalog's exchanges: exchange and key.
    pub(super) bindings: Vec<(String, String)>,
}

impl Plan {
    /// `known` are the queues of the whole catalog, of which a part is wanted.
    pub(super) fn new(wanted: Topology, found: &Found, known: &BTreeSet<String>) -> Self {
        let wanted = Wanted::of(wanted);
        let mut plan = Self::default();
        for (name, exchange) in &wanted.exchanges {
            match found.exchanges.get(name) {
                None => plan.missing.exchanges.push(exchange.clone()),
                Some(is) => plan.compare(is, &Declaration::from(exchange), None),
            }
        }
        for (name, queue) in &wanted.queues {
            match found.queues.get(name) {
                None => plan.missing.queues.push(queue.clone()),
                Some(is) => {
                    plan.compare(&is.declaration, &Declaration::from(queue), is.messages);
                }
            }
        }
        let own = found.bindings.iter().filter(|binding| !binding.foreign);
        let present: BTreeSet<_> = own.map(|found| &found.binding).collect();
        let missing = wanted.bindings.iter();
        plan.missing.bindings = missing
            .filter(|binding| !present.contains(binding))
            .cloned()
            .collect();
        let surplus = found.bindings.iter();
        plan.surplus = surplus
            .filter(|found| wanted.has_not(found))
            .cloned()
            .collect();
        plan.strangers = wanted.strangers(found, known);
        plan
    }

    /// Whether the broker is as the catalog wants it. Strangers change nothing about that.
    pub(super) fn is_empty(&self) -> bool {
        self.missing == Topology::default() && self.conflicts.is_empty() && self.surplus.is_empty()
    }

    fn compare(&mut self, is: &Declaration, wanted: &Declaration, messages: Option<u64>) {
        let conflict = Conflict::new(&wanted.object, is.differences(wanted));
        self.conflicts
            .extend(conflict.map(|conflict| Obstacle { conflict, messages }));
    }
}

/// A topology with each thing once, by name.
struct Wanted {
    exchanges: BTreeMap<String, urutu::tools::Exchange>,
    queues: BTreeMap<String, urutu::tools::Queue>,
    bindings: BTreeSet<Binding>,
}

impl Wanted {
    fn of(topology: Topology) -> Self {
        let exchanges = topology.exchanges.into_iter();
        let queues = topology.queues.into_iter();
        Self {
            exchanges: exchanges.map(|one| (one.name.to_string(), one)).collect(),
            queues: queues.map(|one| (one.name.to_string(), one)).collect(),
            bindings: topology.bindings.into_iter().collect(),
        }
    }

    /// Whether this binds one of our queues in a way that we do not want. Every queue is bound to the default exchange.
    fn has_not(&self, found: &FoundBinding) -> bool {
        let Destination::Queue(queue) = &found.binding.to else {
            return false;
        };
        !found.binding.exchange.is_empty()
            && !tools::may_be_of_another_catalog(&found.binding)
            && self.queues.contains_key(&**queue)
            && (found.foreign || !self.bindings.contains(&found.binding))
    }

    fn strangers(&self, found: &Found, known: &BTreeSet<String>) -> Vec<Stranger> {
        let mut strangers: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
        for FoundBinding { binding, .. } in &found.bindings {
            let Destination::Queue(queue) = &binding.to else {
                continue;
            };
            let exchange = &*binding.exchange;
            if self.exchanges.contains_key(exchange)
                && !exchange.starts_with(OWN)
                && !queue.starts_with(OWN)
                && !known.contains(&**queue)
            {
                let bindings = strangers.entry(queue).or_default();
                bindings.push((exchange.to_owned(), binding.key.to_string()));
            }
        }
        let messages = |queue: &str| found.queues.get(queue).and_then(|queue| queue.messages);
        strangers
            .into_iter()
            .map(|(queue, bindings)| Stranger {
                queue: queue.to_owned(),
                messages: messages(queue),
                bindings,
            })
            .collect()
    }
}
