//! Where a message that was published for later leaves the delay cascade: a queue for each exchange and topic.
//!
//! In the cascade the routing key is the way. Only a queue can put another in its place, the topic, when it dead-letters: an outlet
//! keeps nothing (its time to live is zero) and dead-letters to the message's exchange with the message's topic.
//!
//! It does so at least once. A message that must reach a queue and finds none therefore stays in its outlet, where the broker
//! tries again; as each exchange and topic has an outlet of its own, it is in nobody's way. A message that need not reach one
//! goes by an exchange that also leads to [`NOBODY`], a queue that drops everything, so that it never stays.

use std::borrow::Cow;
use std::time::Duration;

use super::{Binding, DeadLetter, Destination, Exchange, Queue, Topology, delay};
use crate::spec::{QueueArguments, QueueKind};

/// Begins the names of outlets whose messages must reach a queue. No name of a catalog's exchange holds a `/`.
const TASK: &str = "urutu.due.task";
/// Begins the names of outlets whose messages may reach nobody, and of the exchanges behind them.
const EVENT: &str = "urutu.due.event";
/// Takes a copy of every message that may reach nobody, and drops it.
const NOBODY: &str = "urutu.due.nobody";

/// The outlet of one exchange and topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Outlet<'a> {
    pub(crate) exchange: &'a str,
    pub(crate) topic: &'a str,
    /// Whether a message that reaches no queue stays until there is one.
    pub(crate) mandatory: bool,
}

impl Outlet<'_> {
    /// The name of its queue, by which the cascade finds it.
    pub(crate) fn name(&self) -> String {
        let kind = if self.mandatory { TASK } else { EVENT };
        format!("{kind}/{}/{}", self.exchange, self.topic)
    }

    /// What it needs beside the cascade.
    pub(crate) fn topology(&self) -> Topology {
        let target: Cow<'static, str> = Cow::Owned(self.exchange.to_owned());
        let mut topology = Topology::of_exchanges([target.clone()]);
        topology.extend(delay::exit());
        let exit = if self.mandatory {
            target
        } else {
            let open: Cow<'static, str> = Cow::Owned(format!("{EVENT}/{}", self.exchange));
            topology.extend(leading_also_to_nobody(open.clone(), target));
            open
        };
        let name = self.name();
        topology.queues.push(dropping(
            Cow::Owned(name.clone()),
            Some(DeadLetter {
                exchange: exit,
                routing_key: Some(Cow::Owned(self.topic.to_owned())),
            }),
        ));
        topology.bindings.push(delay::way_back(name));
        topology
    }
}

/// The exchange `open`, which leads to `target` and to [`NOBODY`].
fn leading_also_to_nobody(open: Cow<'static, str>, target: Cow<'static, str>) -> Topology {
    let all = |to| Binding {
        exchange: open.clone(),
        key: Cow::Borrowed("#"),
        to,
    };
    Topology {
        bindings: vec![
            all(Destination::Exchange(target)),
            all(Destination::Queue(Cow::Borrowed(NOBODY))),
        ],
        queues: vec![dropping(Cow::Borrowed(NOBODY), None)],
        exchanges: vec![Exchange::new(open)],
    }
}

/// A queue in which nothing stays.
fn dropping(name: Cow<'static, str>, dead_letter: Option<DeadLetter>) -> Queue {
    Queue {
        name,
        kind: QueueKind::Quorum,
        arguments: QueueArguments::expiring(Duration::ZERO),
        dead_letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlets_of_different_messages_have_different_names() {
        let outlet = |exchange, topic, mandatory| Outlet {
            exchange,
            topic,
            mandatory,
        };
        let names = [
            outlet("a.b", "c", true).name(),
            outlet("a", "b.c", true).name(),
            outlet("a", "b.c", false).name(),
        ];
        assert_eq!(
            names,
            [
                "urutu.due.task/a.b/c",
                "urutu.due.task/a/b.c",
                "urutu.due.event/a/b.c"
            ]
        );
    }

    #[test]
    fn exchange_and_topic_may_have_182_bytes_together() {
        let longest: &'static str = "orders.".repeat(26).leak();
        assert_eq!(longest.len(), 182);
        for mandatory in [true, false] {
            let outlet = Outlet {
                exchange: &longest[..90],
                topic: &longest[90..],
                mandatory,
            };
            let topology = outlet.topology();
            let keys = topology.bindings.iter().map(|binding| &binding.key);
            let names = topology.queues.iter().map(|queue| &queue.name);
            assert!(keys.chain(names).all(|text| text.len() <= 255));
        }
    }
}
