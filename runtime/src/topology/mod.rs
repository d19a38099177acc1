//! Exchanges, queues and bindings as values: what the runtime asks a broker to have.

pub(crate) mod delay;
mod names;
mod outlet;
pub(crate) mod service;

use std::borrow::Cow;

pub use delay::DelayTooLong;
pub(crate) use names::{dead_letter_queue, own_dead_letter_queue};
pub(crate) use outlet::Outlet;

use crate::spec::{QueueArguments, QueueKind};

/// What must exist on the broker. Declaring it again changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Topology {
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) bindings: Vec<Binding>,
}

/// A durable topic exchange.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exchange {
    pub(crate) name: Cow<'static, str>,
}

/// A durable queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Queue {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: QueueKind,
    pub(crate) arguments: QueueArguments,
    /// Where a message goes that expires, is rejected or was delivered too often.
    pub(crate) dead_letter: Option<DeadLetter>,
}

/// `x-dead-letter-exchange` and `x-dead-letter-routing-key`.
///
/// On a quorum queue it comes with `x-dead-letter-strategy=at-least-once` and `x-overflow=reject-publish`: the broker then
/// removes a message only when its copy is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeadLetter {
    pub(crate) exchange: Cow<'static, str>,
    /// The new routing key; the message keeps its own where this is `None`.
    pub(crate) routing_key: Option<Cow<'static, str>>,
}

/// A binding of a topic exchange to a queue or to another exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) exchange: Cow<'static, str>,
    pub(crate) key: Cow<'static, str>,
    pub(crate) to: Destination,
}

/// Where a binding leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    Queue(Cow<'static, str>),
    Exchange(Cow<'static, str>),
}

impl Topology {
    /// Adds what `other` has.
    pub(crate) fn extend(&mut self, other: Topology) {
        self.exchanges.extend(other.exchanges);
        self.queues.extend(other.queues);
        self.bindings.extend(other.bindings);
    }
}
