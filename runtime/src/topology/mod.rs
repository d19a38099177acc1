//! Exchanges, queues and bindings as values: what the runtime asks a broker to have. What is public here is so for
//! `tools` alone, but for [`TopologyMode`] and [`DelayTooLong`].

mod conflict;
pub(crate) mod declaration;
pub(crate) mod delay;
mod mode;
mod names;
pub(crate) mod outlet;
#[cfg(feature = "tools")]
mod rights;
pub(crate) mod service;

use std::borrow::Cow;

pub use conflict::Conflict;
pub use declaration::{Declaration, Object};
pub use delay::DelayTooLong;
pub use mode::TopologyMode;
pub(crate) use names::{dead_letter_queue, own_dead_letter_queue};
pub(crate) use outlet::Outlet;
#[cfg(feature = "tools")]
pub use rights::{Doings, Rights};

use crate::spec::{QueueArguments, QueueKind};

/// What must exist on the broker. Declaring it again changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topology {
    /// Declared first.
    pub exchanges: Vec<Exchange>,
    /// Declared next.
    pub queues: Vec<Queue>,
    /// Declared last.
    pub bindings: Vec<Binding>,
}

/// A durable topic exchange.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exchange {
    /// Its name.
    pub name: Cow<'static, str>,
    /// The exchange that gets what is bound to nothing here: `alternate-exchange`.
    pub alternate: Option<Cow<'static, str>>,
}

/// A durable queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Which implementation of a queue the broker uses.
    pub kind: QueueKind,
    /// The limits that the broker keeps.
    pub arguments: QueueArguments,
    /// Where a message goes that expires, is rejected or was delivered too often.
    pub dead_letter: Option<DeadLetter>,
}

/// `x-dead-letter-exchange` and `x-dead-letter-routing-key`.
///
/// On a quorum queue it comes with `x-dead-letter-strategy=at-least-once` and `x-overflow=reject-publish`: the broker then
/// removes a message only when its copy is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The exchange that takes it; the empty one leads to the queue of the routing key's name.
    pub exchange: Cow<'static, str>,
    /// The new routing key; the message keeps its own where this is `None`.
    pub routing_key: Option<Cow<'static, str>>,
}

/// A binding of a topic exchange to a queue or to another exchange.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    /// The topic exchange.
    pub exchange: Cow<'static, str>,
    /// The binding key.
    pub key: Cow<'static, str>,
    /// Where it leads.
    pub to: Destination,
}

/// Where a binding leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// To a queue.
    Queue(Cow<'static, str>),
    /// To another exchange.
    Exchange(Cow<'static, str>),
}

impl Exchange {
    /// One that drops, or gives back, what is bound to nothing.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            alternate: None,
        }
    }
}

impl Topology {
    /// Adds what `other` has.
    pub fn extend(&mut self, other: Topology) {
        self.exchanges.extend(other.exchanges);
        self.queues.extend(other.queues);
        self.bindings.extend(other.bindings);
    }
}
