//! What a service needs on the broker.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::names::kept_in;
use super::{Binding, DeadLetter, Destination, Exchange, Queue, Topology, delay};
use crate::spec::{QueueArguments, QueueKind, QueueSpec, ServiceSpec};

/// What decides the part of the topology that belongs to a queue of a service: of a worker's specification, or of a
/// catalog that a tool reads.
#[derive(Debug, Clone)]
pub struct ServiceQueue {
    /// The queue's name.
    pub name: Cow<'static, str>,
    /// Which implementation of a queue the broker uses.
    pub kind: QueueKind,
    /// The limits that the broker keeps.
    pub arguments: QueueArguments,
    /// The bindings by which messages reach it: exchange and binding key.
    pub bindings: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// The queue that keeps its dead letters, also those of other queues; `None` for one of its own, of its kind.
    pub dead_letter: Option<Cow<'static, str>>,
}

impl From<&'static QueueSpec> for ServiceQueue {
    fn from(spec: &'static QueueSpec) -> Self {
        let bindings = spec.bindings.iter();
        Self {
            name: Cow::Borrowed(spec.name),
            kind: spec.kind,
            arguments: spec.arguments,
            bindings: bindings
                .map(|binding| (binding.exchange.into(), binding.key.into()))
                .collect(),
            dead_letter: spec.dead_letter.map(Cow::Borrowed),
        }
    }
}

impl Topology {
    /// The exchanges that a service publishes to and listens on, and `queues` of it with their bindings and dead-letter queues.
    pub(crate) fn of_service(spec: &'static ServiceSpec, queues: &[&'static QueueSpec]) -> Self {
        let publishes = spec.publishes.iter();
        Self::of_queues(
            publishes.map(|contract| contract.exchange.into()),
            queues.iter().map(|queue| ServiceQueue::from(*queue)),
        )
    }

    /// The exchanges that are published to and those that `queues` listen on; the queues with their bindings and dead-letter queues; and what keeps the
    /// strays of the delay cascade.
    pub fn of_queues(
        published: impl IntoIterator<Item = Cow<'static, str>>,
        queues: impl IntoIterator<Item = ServiceQueue>,
    ) -> Self {
        let mut exchanges: BTreeSet<_> = published.into_iter().collect();
        let mut topology = delay::exit();
        for queue in queues {
            exchanges.extend(queue.bindings.iter().map(|(exchange, _)| exchange.clone()));
            let mut needed = of_queue(queue);
            // Those that share a dead-letter queue declare it once.
            needed
                .queues
                .retain(|queue| !topology.queues.contains(queue));
            topology.extend(needed);
        }
        topology.extend(Self::of_exchanges(exchanges));
        topology
    }

    /// Only topic exchanges, as publishers need them.
    pub(crate) fn of_exchanges(
        names: impl IntoIterator<Item = impl Into<Cow<'static, str>>>,
    ) -> Self {
        let exchanges = names.into_iter().map(Exchange::new).collect();
        Self {
            exchanges,
            ..Self::default()
        }
    }
}

/// A queue, its bindings and its dead-letter queue.
fn of_queue(needs: ServiceQueue) -> Topology {
    let ServiceQueue {
        name,
        kind,
        arguments,
        bindings,
        dead_letter,
    } = needs;
    // Queues of both kinds may share one that has a name, so that it has a kind of its own.
    let kind_of_dead = dead_letter.as_ref().map_or(kind, |_| QueueKind::Quorum);
    let dead = kept_in(&name, dead_letter);
    let bindings = bindings
        .into_iter()
        .map(|(exchange, key)| Binding {
            exchange,
            key,
            to: Destination::Queue(name.clone()),
        })
        .collect();
    Topology {
        exchanges: Vec::new(),
        queues: vec![
            Queue {
                name: dead.clone(),
                kind: kind_of_dead,
                arguments: of_dead_letters(kind_of_dead),
                dead_letter: None,
            },
            Queue {
                name,
                kind,
                arguments,
                // What the broker itself gives up (expiry, delivery limit) ends where the worker puts its dead letters.
                dead_letter: Some(DeadLetter {
                    exchange: Cow::Borrowed(""),
                    routing_key: Some(dead),
                }),
            },
        ],
        bindings,
    }
}

/// Reading a dead letter gives it back, which a quorum queue counts as a return. RabbitMQ 4.x drops a message after 20 of them where neither
/// a limit nor a dead-letter exchange is set (3.x has no limit by itself): a letter that is looked at often would be lost. Negative
/// limits, which stand for none, are refused before 4.0; this number is taken everywhere, fits the 32 bits with a sign that some clients
/// read it into, and is never reached.
pub(crate) const NEVER_REACHED: u32 = i32::MAX.unsigned_abs();

/// The limits of a dead-letter queue: nothing that was given up is lost for want of room or time, or for being read.
pub(super) fn of_dead_letters(kind: QueueKind) -> QueueArguments {
    QueueArguments {
        delivery_limit: (kind == QueueKind::Quorum).then_some(NEVER_REACHED),
        ..QueueArguments::NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_letters_have_no_limit_but_one_that_is_never_reached() {
        let classic = of_dead_letters(QueueKind::Classic);
        assert_eq!(classic, QueueArguments::NONE);
        let quorum = of_dead_letters(QueueKind::Quorum);
        assert_eq!(quorum.delivery_limit, Some(2_147_483_647));
        assert!(!quorum.is_bounded() && quorum.message_ttl.is_none());
    }
}
