//! What a message is to the runtime: a serde type with a [`Contract`].

use std::future::Future;
use std::time::Duration;

use serde::Serialize;

use crate::bus::Bus;
use crate::publish::{PublishError, Receipt};
use crate::scalar::Timestamp;
use crate::validate::Validate;

/// Who receives a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One service handles it; that service's workers compete for one queue.
    Task,
    /// Every service that handles it has a queue of its own and gets a copy.
    Event,
}

/// What the catalog says about a message: how it is named on the wire and where it goes.
///
/// Generated code holds one as a constant ([`Message::CONTRACT`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contract {
    /// The type id, `namespace.Name`: the AMQP property `type`, by which a consumer knows the message.
    pub type_id: &'static str,
    /// Task or event.
    pub kind: Kind,
    /// The topic: the routing key it is published with.
    pub topic: &'static str,
    /// The topic exchange it is published to.
    pub exchange: &'static str,
    /// The AMQP `priority` (0 to 255), where the catalog sets one.
    pub priority: Option<u8>,
    /// How long it may wait in a queue before it expires, where the catalog sets a limit.
    pub ttl: Option<Duration>,
}

/// A message of a catalog. Implemented by generated code.
pub trait Message: Serialize + Validate + Send + Sync + 'static {
    /// What the catalog says about it.
    const CONTRACT: &'static Contract;

    /// Publishes this message and waits until the broker has stored it.
    ///
    /// The same as [`Bus::publish`].
    fn publish(&self, bus: &Bus) -> impl Future<Output = Result<Receipt, PublishError>> + Send
    where
        Self: Sized,
    {
        bus.publish(self)
    }

    /// Publishes this message so that it comes out at its exchange after `delay`.
    ///
    /// The same as [`Bus::publish_after`].
    fn publish_after(
        &self,
        bus: &Bus,
        delay: Duration,
    ) -> impl Future<Output = Result<Receipt, PublishError>> + Send
    where
        Self: Sized,
    {
        bus.publish_after(self, delay)
    }

    /// Publishes this message so that it comes out at its exchange at `time`.
    ///
    /// The same as [`Bus::publish_at`].
    fn publish_at(
        &self,
        bus: &Bus,
        time: Timestamp,
    ) -> impl Future<Output = Result<Receipt, PublishError>> + Send
    where
        Self: Sized,
    {
        bus.publish_at(self, time)
    }
}
