//! Where a message leaves the delay cascade: a queue for each queue that it may come back to, and for each exchange and topic that it may come out at.
//!
//! In the cascade the routing key is the way. Only a queue can put another in its place, when it dead-letters: an outlet keeps nothing (its time to live is
//! zero) and dead-letters to where the message belongs: a later attempt to its queue, what was published for later to its exchange, with its topic.
//!
//! It does so at least once. A message that must reach a queue and finds none, or a full one, therefore stays in its outlet, where the broker tries again. As
//! each destination has an outlet of its own, it is in nobody else's way: in the cascade it would be in everybody's. A message that need not reach a queue
//! goes by an exchange that also leads to [`NOBODY`], a queue that drops everything, so that one without any queue never stays.

use std::borrow::Cow;
use std::time::Duration;

use super::{Binding, DeadLetter, Destination, Exchange, Queue, Topology, delay};
use crate::spec::{QueueArguments, QueueKind};

/// Begins the names of outlets that lead back to a queue.
const QUEUE: &str = "urutu.due.queue";
/// Begins the names of outlets whose messages must reach a queue. No name of a catalog's exchange holds a `/`.
const TASK: &str = "urutu.due.task";
/// Begins the names of outlets whose messages may reach nobody, and of the exchanges behind them.
const EVENT: &str = "urutu.due.event";
/// Takes a copy of every message that may reach nobody, and drops it.
const NOBODY: &str = "urutu.due.nobody";

/// The way out of the cascade to one destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Outlet<'a> {
    /// Into this queue: a later attempt.
    Queue(&'a str),
    /// At an exchange with a topic: what was published for later.
    Topic {
        exchange: &'a str,
        topic: &'a str,
        /// Whether a message that reaches no queue stays until there is one.
        mandatory: bool,
    },
}

impl Outlet<'_> {
    /// The name of its queue, by which the cascade finds it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Queue(queue) => format!("{QUEUE}/{queue}"),
            Self::Topic {
                exchange,
                topic,
                mandatory,
            } => {
                let kind = if *mandatory { TASK } else { EVENT };
                format!("{kind}/{exchange}/{topic}")
            }
        }
    }

    /// What it needs beside the cascade.
    pub(crate) fn topology(&self) -> Topology {
        let mut topology = delay::exit();
        let leads_to = match *self {
            Self::Queue(queue) => DeadLetter {
                exchange: Cow::Borrowed(""),
                routing_key: Some(Cow::Owned(queue.to_owned())),
            },
            Self::Topic {
                exchange,
                topic,
                mandatory,
            } => {
                let target: Cow<'static, str> = Cow::Owned(exchange.to_owned());
                topology.extend(Topology::of_exchanges([target.clone()]));
                let exit = if mandatory {
                    target
                } else {
                    let open: Cow<'static, str> = Cow::Owned(format!("{EVENT}/{exchange}"));
                    topology.extend(leading_also_to_nobody(open.clone(), target));
                    open
                };
                DeadLetter {
                    exchange: exit,
                    routing_key: Some(Cow::Owned(topic.to_owned())),
                }
            }
        };
        let name = self.name();
        topology
            .queues
            .push(dropping(Cow::Owned(name.clone()), Some(leads_to)));
        topology.bindings.push(delay::way_out(name));
        topology
    }
}

/// Whether it leads what may reach nobody, perhaps of another catalog, to the queue that drops it.
#[cfg(feature = "tools")]
pub(crate) fn leads_to_nobody(binding: &Binding) -> bool {
    binding.exchange.starts_with(EVENT) && binding.to == Destination::Queue(NOBODY.into())
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
        let outlet = |exchange, topic, mandatory| Outlet::Topic {
            exchange,
            topic,
            mandatory,
        };
        let names = [
            Outlet::Queue("a.b").name(),
            outlet("a.b", "c", true).name(),
            outlet("a", "b.c", true).name(),
            outlet("a", "b.c", false).name(),
        ];
        assert_eq!(
            names,
            [
                "urutu.due.queue/a.b",
                "urutu.due.task/a.b/c",
                "urutu.due.task/a/b.c",
                "urutu.due.event/a/b.c"
            ]
        );
    }

    fn assert_fits(outlet: Outlet<'_>) {
        let topology = outlet.topology();
        let keys = topology.bindings.iter().map(|binding| &binding.key);
        let names = topology.queues.iter().map(|queue| &queue.name);
        assert!(keys.chain(names).all(|text| text.len() <= 255));
    }

    #[test]
    fn exchange_and_topic_may_have_182_bytes_together() {
        let longest: &'static str = "orders.".repeat(26).leak();
        assert_eq!(longest.len(), 182);
        for mandatory in [true, false] {
            assert_fits(Outlet::Topic {
                exchange: &longest[..90],
                topic: &longest[90..],
                mandatory,
            });
        }
    }

    #[test]
    fn the_longest_name_of_a_queue_in_a_catalog_fits() {
        assert_fits(Outlet::Queue(&"q".repeat(180)));
    }
}
