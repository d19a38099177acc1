//! The topic exchanges and their bindings.

use std::collections::HashMap;

use super::queue::QueueId;
use super::topic::TopicTree;
use crate::topology::Exchange;

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
    declared: Vec<Exchange>,
}

impl Exchanges {
    /// Those that every broker has from the start.
    pub(super) fn new() -> Self {
        let mut exchanges = Self {
            ids: HashMap::new(),
            bindings: Vec::new(),
            declared: Vec::new(),
        };
        exchanges.declare(&Exchange::new("amq.topic"));
        exchanges
    }

    pub(super) fn declare(&mut self, asked: &Exchange) {
        if !self.ids.contains_key(&*asked.name) {
            self.ids
                .insert((*asked.name).into(), ExchangeId(self.bindings.len()));
            self.bindings.push(TopicTree::new());
            self.declared.push(asked.clone());
        }
    }

    /// What an exchange was declared as.
    pub(super) fn declared(&self, name: &str) -> Option<&Exchange> {
        Some(&self.declared[self.find(name)?.0])
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
            let mut is_bound = false;
            self.bindings[exchange.0].matches(routing_key, |target| {
                is_bound = true;
                match target {
                    Target::Queue(queue) => queues.push(queue),
                    Target::Exchange(next) if exchanges.contains(&next) => {}
                    Target::Exchange(next) => exchanges.push(next),
                }
            });
            let alternate = self.declared[exchange.0].alternate.as_deref();
            let alternate = alternate.and_then(|name| self.find(name));
            if let Some(next) = alternate.filter(|next| !is_bound && !exchanges.contains(next)) {
                exchanges.push(next);
            }
        }
        queues.sort_unstable();
        queues.dedup();
        queues
    }
}
