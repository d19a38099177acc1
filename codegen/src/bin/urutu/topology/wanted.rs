//! What a catalog needs on a broker, by the code that the worker declares it with.

use std::borrow::Cow;
use std::collections::BTreeSet;

use urutu::tools::{self, Overflow, QueueArguments, QueueKind, ServiceQueue, Topology};
use urutu_codegen::model::{self, MessageKind, Model, Path};
use urutu_codegen::prune::Selection;

/// The exchanges that are published to, the queues of the services with their bindings and dead-letter queues, and the delay
/// cascade with the ways out of it: for each queue, and with `later` also for each message that is published.
pub(super) fn topology(model: &Model, selection: &Selection, later: bool) -> Topology {
    let mut exchanges = BTreeSet::new();
    let mut outlets = Topology::default();
    let mut queues = Vec::new();
    for (namespace, content) in &model.namespaces {
        for (name, message) in &content.messages {
            let path = Path {
                namespace: namespace.clone(),
                name: name.clone(),
            };
            if !selection.publishes(&path) {
                continue;
            }
            exchanges.insert(Cow::Owned(message.exchange.clone()));
            if later {
                let mandatory = message.kind == MessageKind::Task;
                let outlet = tools::outlet_to_topic(&message.exchange, &message.topic, mandatory);
                outlets.extend(outlet);
            }
        }
        let services = content.services.iter();
        let served = services.filter(|(name, _)| selection.serves(name));
        for handled in served.flat_map(|(_, service)| &service.queues) {
            outlets.extend(tools::outlet_to_queue(&handled.name));
            queues.push(queue(handled));
        }
    }
    let mut topology = Topology::of_queues(exchanges, queues);
    topology.extend(tools::delay_cascade());
    topology.extend(outlets);
    topology
}

/// What a part of a catalog uses on a broker: the exchanges that it publishes to, and the queues that it handles.
pub(super) fn used(model: &Model, selection: &Selection) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut publishes, mut handles) = (BTreeSet::new(), BTreeSet::new());
    for (namespace, content) in &model.namespaces {
        for (name, message) in &content.messages {
            let path = Path {
                namespace: namespace.clone(),
                name: name.clone(),
            };
            if selection.publishes(&path) {
                publishes.insert(message.exchange.clone());
            }
        }
        let services = content.services.iter();
        let served = services.filter(|(name, _)| selection.serves(name));
        handles.extend(served.flat_map(|(_, service)| {
            let queues = service.queues.iter();
            queues.map(|queue| queue.name.clone())
        }));
    }
    (publishes, handles)
}

/// The names of all queues of a catalog, those for dead letters included.
pub(super) fn queues(model: &Model) -> BTreeSet<String> {
    let everything = topology(model, &Selection::everything(model), false);
    let names = everything.queues.into_iter().map(|queue| queue.name);
    names.map(Cow::into_owned).collect()
}

fn queue(queue: &model::Queue) -> ServiceQueue {
    let model::QueueArguments {
        max_length,
        max_length_bytes,
        overflow,
        message_ttl,
        delivery_limit,
        single_active_consumer,
        max_priority,
    } = queue.arguments;
    let bindings = queue.bindings.iter();
    ServiceQueue {
        name: Cow::Owned(queue.name.clone()),
        kind: match queue.kind {
            model::QueueKind::Quorum => QueueKind::Quorum,
            model::QueueKind::Classic => QueueKind::Classic,
        },
        arguments: QueueArguments {
            max_length,
            max_length_bytes,
            overflow: match overflow {
                model::Overflow::RejectPublish => Overflow::RejectPublish,
                model::Overflow::DropHead => Overflow::DropHead,
            },
            message_ttl,
            delivery_limit,
            single_active_consumer,
            max_priority,
        },
        bindings: bindings
            .map(|binding| (binding.exchange.clone().into(), binding.key.clone().into()))
            .collect(),
        dead_letter: queue.dead_letter.clone().map(Cow::Owned),
    }
}
