//! What a service needs on the broker.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{
    Binding, DeadLetter, Destination, Exchange, Queue, Topology, dead_letter_queue, delay,
};
use crate::spec::{QueueArguments, QueueKind, QueueSpec, ServiceSpec};

impl Topology {
    /// The exchanges that a service publishes to and listens on, and `queues` of it with their bindings and dead-letter queues.
    pub(crate) fn of_service(spec: &'static ServiceSpec, queues: &[&'static QueueSpec]) -> Self {
        let mut exchanges: BTreeSet<&'static str> = spec
            .publishes
            .iter()
            .map(|contract| contract.exchange)
            .collect();
        exchanges.extend(
            queues
                .iter()
                .flat_map(|queue| queue.bindings)
                .map(|binding| binding.exchange),
        );
        let mut topology = Topology::of_exchanges(exchanges);
        topology.extend(delay::exit());
        for queue in queues {
            let mut needed = of_queue(queue);
            // Those that share a dead-letter queue declare it once.
            needed
                .queues
                .retain(|queue| !topology.queues.contains(queue));
            topology.extend(needed);
        }
        topology
    }

    /// Only topic exchanges, as publishers need them.
    pub(crate) fn of_exchanges(names: impl IntoIterator<Item = &'static str>) -> Self {
        let exchanges = names
            .into_iter()
            .map(|name| Exchange {
                name: Cow::Borrowed(name),
            })
            .collect();
        Self {
            exchanges,
            ..Self::default()
        }
    }
}

/// A queue, its bindings, its dead-letter queue, and the way back from a delay.
fn of_queue(spec: &'static QueueSpec) -> Topology {
    let dead = dead_letter_queue(spec);
    // Queues of both kinds may share one that has a name, so that it has a kind of its own.
    let dead_kind = spec.dead_letter.map_or(spec.kind, |_| QueueKind::Quorum);
    let mut bindings: Vec<Binding> = spec
        .bindings
        .iter()
        .map(|binding| Binding {
            exchange: Cow::Borrowed(binding.exchange),
            key: Cow::Borrowed(binding.key),
            to: Destination::Queue(Cow::Borrowed(spec.name)),
        })
        .collect();
    bindings.push(delay::way_back(spec.name));
    Topology {
        exchanges: Vec::new(),
        queues: vec![
            Queue {
                name: dead.clone(),
                kind: dead_kind,
                arguments: of_dead_letters(dead_kind),
                dead_letter: None,
            },
            Queue {
                name: Cow::Borrowed(spec.name),
                kind: spec.kind,
                arguments: spec.arguments,
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
pub(crate) const MOST_RETURNS: u32 = i32::MAX.unsigned_abs();

/// The limits of a dead-letter queue: nothing that was given up is lost for want of room or time, or for being read.
fn of_dead_letters(kind: QueueKind) -> QueueArguments {
    QueueArguments {
        delivery_limit: (kind == QueueKind::Quorum).then_some(MOST_RETURNS),
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
