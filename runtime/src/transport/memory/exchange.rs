//! The topic exchanges and their bindings.

use std::collections::HashMap;
use std::sync::Arc;

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

/// Where messages with a routing key go from one exchange.
type Routes = HashMap<Box<str>, Arc<[QueueId]>>;

/// When so many routes of an exchange are known, all are forgotten, and found again as they are needed: keys that hold ids come once.
const KEPT: usize = 1_024;

/// All topic exchanges of a broker.
#[derive(Debug)]
pub(super) struct Exchanges {
    ids: HashMap<Box<str>, ExchangeId>,
    bindings: Vec<TopicTree<Target>>,
    declared: Vec<Exchange>,
    /// What was found of each exchange since something was bound.
    routes: Vec<Routes>,
}

impl Exchanges {
    /// Those that every broker has from the start.
    pub(super) fn new() -> Self {
        let mut exchanges = Self {
            ids: HashMap::new(),
            bindings: Vec::new(),
            declared: Vec::new(),
            routes: Vec::new(),
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
            self.routes.push(Routes::new());
            self.forget_routes();
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
        self.forget_routes();
    }

    /// One exchange may lead to any other.
    fn forget_routes(&mut self) {
        self.routes.iter_mut().for_each(Routes::clear);
    }

    /// The queues that a message reaches, each once.
    pub(super) fn route(&mut self, start: ExchangeId, routing_key: &str) -> Arc<[QueueId]> {
        if let Some(queues) = self.routes[start.0].get(routing_key) {
            return Arc::clone(queues);
        }
        let queues: Arc<[QueueId]> = self.find_route(start, routing_key).into();
        let routes = &mut self.routes[start.0];
        if routes.len() == KEPT {
            routes.clear();
        }
        routes.insert(routing_key.into(), Arc::clone(&queues));
        queues
    }

    /// Finds them, also when exchanges are bound in a circle.
    fn find_route(&self, start: ExchangeId, routing_key: &str) -> Vec<QueueId> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn found(exchanges: &mut Exchanges, exchange: &str, key: &str) -> Vec<QueueId> {
        let exchange = exchanges.find(exchange).unwrap();
        exchanges.route(exchange, key).to_vec()
    }

    #[test]
    fn what_is_bound_or_declared_later_counts_for_keys_that_were_there_before() {
        let mut exchanges = Exchanges::new();
        let with_alternate = Exchange {
            alternate: Some("rest".into()),
            ..Exchange::new("shop")
        };
        exchanges.declare(&with_alternate);
        assert_eq!(found(&mut exchanges, "shop", "a.b"), []);
        exchanges.declare(&Exchange::new("rest"));
        let [shop, rest] = ["shop", "rest"].map(|name| exchanges.find(name).unwrap());
        exchanges.bind(rest, "#", Target::Queue(QueueId(7)));
        assert_eq!(found(&mut exchanges, "shop", "a.b"), [QueueId(7)]);
        exchanges.bind(shop, "a.*", Target::Queue(QueueId(1)));
        assert_eq!(found(&mut exchanges, "shop", "a.b"), [QueueId(1)]);
        exchanges.bind(shop, "*.b", Target::Exchange(rest));
        assert_eq!(
            found(&mut exchanges, "shop", "a.b"),
            [QueueId(1), QueueId(7)]
        );
    }

    #[test]
    fn keys_without_end_are_not_all_kept() {
        let mut exchanges = Exchanges::new();
        let topic = exchanges.find("amq.topic").unwrap();
        exchanges.bind(topic, "order.*", Target::Queue(QueueId(1)));
        for number in 0..3 * KEPT {
            let key = format!("order.{number}");
            assert_eq!(found(&mut exchanges, "amq.topic", &key), [QueueId(1)]);
        }
        assert!(exchanges.routes[topic.0].len() <= KEPT);
    }
}
