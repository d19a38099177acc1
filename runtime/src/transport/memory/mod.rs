//! A broker in memory that behaves as RabbitMQ does: for tests, examples and single processes.
//!
//! The rules are a state machine without a clock ([`broker`]); around it stands the part that knows
//! of tasks ([`shell`]). Messages that were given back return to their old place in the queue, and a
//! quorum queue has no delivery limit unless it is given one; these are the two points where releases of RabbitMQ differ.
//!
//! It keeps every argument of a queue. Where it is simpler than RabbitMQ: a limit refuses at once, while a quorum queue of
//! RabbitMQ takes some more until it has told so; all consumers have the same priority; and a quorum queue does not prefer
//! messages with a priority above 4, as RabbitMQ 4 does.

#[cfg(test)]
mod accounting;
mod backlog;
mod broker;
mod consumer;
mod crowd;
mod dead_letter;
mod declare;
mod exchange;
mod message;
mod pull;
mod queue;
#[cfg(feature = "testing")]
pub(crate) mod rest;
mod shell;
mod subscription;
#[cfg(test)]
mod tests;
mod topic;
mod turns;

use std::sync::Arc;

use futures_util::future::BoxFuture;

use self::broker::Broker;
use self::consumer::ConnectionId;
use self::crowd::Crowd;
use self::message::Message;
use self::pull::MemoryPull;
use self::shell::Shell;
use self::subscription::MemorySubscription;
use super::{
    Loss, Publish, PublishFailure, PublishingState, Pull, Subscription, Transport, TransportError,
};
use crate::topology::Topology;

/// A connection to a broker in memory. A clone is the same connection.
#[derive(Debug, Clone)]
pub(crate) struct MemoryTransport {
    shell: Arc<Shell>,
    connection: ConnectionId,
    crowd: Arc<Crowd>,
}

impl MemoryTransport {
    /// Connects to a new broker, which lives as long as its connections and subscriptions.
    pub(crate) fn new() -> Self {
        Self::connect(Shell::new())
    }

    /// Another connection to the same broker, also when this one is closed.
    #[cfg(test)]
    pub(crate) fn another(&self) -> Self {
        Self::connect(Arc::clone(&self.shell))
    }

    fn connect(shell: Arc<Shell>) -> Self {
        let connection = shell.step(|broker, _| broker.connect());
        Self {
            shell,
            connection,
            crowd: Arc::default(),
        }
    }

    /// One step of the broker, if this connection is open.
    fn step<R>(
        &self,
        step: impl FnOnce(&mut Broker, std::time::Instant) -> R,
    ) -> Result<R, TransportError> {
        self.shell
            .step(|broker, now| {
                broker
                    .is_connected(self.connection)
                    .then(|| step(broker, now))
            })
            .ok_or_else(closed)
    }
}

impl Transport for MemoryTransport {
    fn declare<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move { self.step(|broker, now| broker.declare(topology, now))? })
    }

    fn verify<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move { self.step(|broker, _| broker.verify(topology))? })
    }

    fn look<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move { self.step(|broker, _| broker.look(queue))? })
    }

    fn open_publishing(&self) -> BoxFuture<'_, Result<Loss, TransportError>> {
        Box::pin(async move {
            self.step(|_, _| ())?;
            // Only its own process can close it, and then the consumers end as well.
            Ok(Box::pin(std::future::pending()) as Loss)
        })
    }

    fn publishing(&self) -> PublishingState {
        let is_open = |broker: &Broker| broker.is_connected(self.connection);
        if self.shell.look(is_open) {
            PublishingState::Open
        } else {
            PublishingState::Closed
        }
    }

    fn room(&self) -> Option<BoxFuture<'_, ()>> {
        let asks = self.crowd.asks()?;
        Some(Box::pin(self.crowd.heed(asks, &self.shell)))
    }

    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<(), PublishFailure>> {
        Box::pin(async move {
            // A loop that only publishes must let the consumers run.
            tokio::task::coop::consume_budget().await;
            let mandatory = publish.mandatory;
            let message = Message::accept(publish).map(Arc::new);
            let ahead = self
                .step(|broker, now| {
                    let message = message.as_ref().map_err(PublishFailure::clone)?;
                    broker.publish(message, mandatory, now)
                })
                .map_err(|closed| PublishFailure::Closed(closed.to_string()))??;
            self.crowd.note(ahead);
            Ok(())
        })
    }

    fn consume<'a>(
        &'a self,
        queue: &'a str,
        prefetch: u16,
    ) -> BoxFuture<'a, Result<Box<dyn Subscription>, TransportError>> {
        Box::pin(async move {
            let connection = self.connection;
            let consumer =
                self.step(|broker, now| broker.consume(connection, queue, prefetch, now))??;
            let subscription = MemorySubscription::new(Arc::clone(&self.shell), consumer);
            Ok(Box::new(subscription) as Box<dyn Subscription>)
        })
    }

    fn pull<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<Box<dyn Pull>, TransportError>> {
        Box::pin(async move {
            let connection = self.connection;
            let (consumer, ready) =
                self.step(|broker, now| broker.pull(connection, queue, now))??;
            let pull = MemoryPull::new(Arc::clone(&self.shell), consumer, ready);
            Ok(Box::new(pull) as Box<dyn Pull>)
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.shell
                .step(|broker, now| broker.disconnect(self.connection, now));
        })
    }
}

fn closed() -> TransportError {
    TransportError::Closed(
        "the connection to the in-memory broker was closed; open another one".to_owned(),
    )
}
