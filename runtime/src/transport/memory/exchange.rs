//! The topic exchanges and their bindings.

use std::collections::HashMap;

use super::queue::QueueId;
use super::topic::TopicTree;

/// Names an exchange of [`Exchanges`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ExchangeId(usize);

/// Where a binding leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Queue(QueueId),
    Exchange(ExchangeId),
}

/// All topic exchanges of a broker.
#[derive(Debug)]
pub(super) struct Exchanges {
    ids: HashMap<Box<str>, ExchangeId>,
    bindings: Vec<TopicTree<Target>>,
}

impl Exchanges {
    /// Those that every broker has from the start.
    pub(super) fn new() -> Self {
        let mut exchanges = Self {
            ids: HashMap::new(),
            bindings: Vec::new(),
        };
        exchanges.declare("amq.topic");
        exchanges
    }

    pub(super) fn declare(&mut self, name: &str) {
        if !self.ids.contains_key(name) {
            self.ids
                .insert(name.into(), ExchangeId(self.bindings.len()));
            self.bindings.push(TopicTree::new());
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<ExchangeId> {
        self.ids.get(name).copied()
    }

    pub(super) fn bind(&mut self, source: ExchangeId, key: &str, target: Target) {
        self.bindings[source.0].bind(key, target);
    }

    /// The queues that a message reaches, each once, also when exchanges are bound in a circle.
    pub(super) fn route(&self, start: ExchangeId, routing_key: &str) -> Vec<QueueId> {
        let mut queues = Vec::new();
        let mut exchanges = vec![start];
        let mut visited = 0;
        while let Some(&exchange) = exchanges.get(visited) {
            visited += 1;
            self.bindings[exchange.0].matches(routing_key, |target| match target {
                Target::Queue(queue) => queues.push(queue),
                Target::Exchange(next) if exchanges.contains(&next) => {}
                Target::Exchange(next) => exchanges.push(next),
            });
        }
        queues.sort_unstable();
        queues.dedup();
        queues
    }
}
