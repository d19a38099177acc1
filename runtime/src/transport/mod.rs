//! The small seam between the bus and a broker. Retries, dead letters and dispatch stand above it, so that they are the same on
//! RabbitMQ ([`amqp`]) and in memory ([`memory`]).

pub(crate) mod amqp;
#[cfg(test)]
mod conformance;
mod findings;
pub(crate) mod memory;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use lapin::BasicProperties;

pub(crate) use self::findings::Findings;
use crate::topology::Topology;

/// A broker, as far as the bus needs one.
pub(crate) trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Declares exchanges, then queues, then bindings. Doing it again is harmless.
    fn declare<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<(), TransportError>>;

    /// Creates nothing: exchanges and queues must exist with these properties, as far as the broker tells. Bindings are not looked at.
    fn verify<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<(), TransportError>>;

    /// Whether a queue exists; [`TransportError::Missing`] where it does not. It needs no permission.
    fn look<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<(), TransportError>>;

    /// Opens the connection for publishing where it is not open. What it gives is ready when that connection is gone, and says why.
    fn open_publishing(&self) -> BoxFuture<'_, Result<Loss, TransportError>>;

    /// Whether it takes publishes at this moment. Where the connection is away, asking has it opened again.
    fn publishing(&self) -> PublishingState;

    /// Where the consumers in this process are far behind, what a publisher had better wait for, before it goes on: some tens of milliseconds at most.
    fn room(&self) -> Option<BoxFuture<'_, ()>> {
        None
    }

    /// How large a frame may be, in bytes: the properties of a message travel in one.
    fn frame_max(&self) -> usize {
        USUAL_FRAME_MAX
    }

    /// Publishes and waits for the broker's confirm. `Ok` means stored, and routed where the publish is mandatory.
    ///
    /// It has no deadline of its own: the caller sets one and drops the future, which must leave nothing behind.
    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<(), PublishFailure>>;

    /// Publishes as [`publish`](Self::publish) does, and passes the turn on when the message has its place before all that are published from then
    /// on.
    fn publish_in_turn(
        &self,
        publish: Publish,
        turn: Turn,
    ) -> BoxFuture<'_, Result<(), PublishFailure>> {
        // For brokers that are as fast as the line.
        Box::pin(async move {
            let published = self.publish(publish).await;
            drop(turn);
            published
        })
    }

    /// Subscribes to a queue. `prefetch` bounds the deliveries that are neither settled nor given back.
    fn consume<'a>(
        &'a self,
        queue: &'a str,
        prefetch: u16,
    ) -> BoxFuture<'a, Result<Box<dyn Subscription>, TransportError>>;

    /// Begins to take what is in a queue now, without waiting for more.
    fn pull<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<Box<dyn Pull>, TransportError>>;

    /// Closes the connections in order. Unsettled deliveries go back to their queues.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// How large frames are unless the broker is told otherwise.
pub(crate) const USUAL_FRAME_MAX: usize = 128 * 1024;

/// How a publish would fare at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublishingState {
    Open,
    /// The broker is short of memory or disk and takes nothing from publishers.
    Blocked,
    /// There is no connection; the text says why.
    Away(String),
    /// This process has closed it for good.
    Closed,
}

/// The turn of a message that is published in a line. Dropping it passes it on.
pub(crate) type Turn = tokio::sync::oneshot::Sender<()>;

/// Waits for the end of a connection.
pub(crate) type Loss = BoxFuture<'static, TransportError>;

/// A running subscription. Dropping it gives what it still holds back to the broker.
pub(crate) trait Subscription: Send {
    /// The next delivery. `Err`, and likewise `None` without a [`cancel`](Self::cancel), mean that this subscription is over and another one
    /// is needed; the text says why, where it is known.
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Delivered, TransportError>>>;

    /// Whether its connection or channel is gone. [`poll_next`](Self::poll_next) says so, too, to the one who asks.
    fn is_lost(&self) -> bool;

    /// From now on, dropping this subscription gives back what it holds before the next consumer of a single-active-consumer queue is served, so that
    /// the order is kept. An acknowledgement just before may be lost with it: the message then comes again.
    fn keep_order(&mut self);

    /// Asks the broker to send no more. Deliveries that are already here still come out of `poll_next`, then `None`. They can be
    /// settled as long as the subscription is not dropped.
    fn cancel(&mut self) -> BoxFuture<'_, Result<(), TransportError>>;

    /// Waits until the broker has taken note of all that was settled, or the channel is known to be gone, or some seconds have gone by.
    fn all_settled(&mut self) -> BoxFuture<'_, ()>;
}

/// Waits for the next delivery of a subscription.
pub(crate) async fn next(
    subscription: &mut dyn Subscription,
) -> Option<Result<Delivered, TransportError>> {
    std::future::poll_fn(|cx| subscription.poll_next(cx)).await
}

/// The next delivery of a subscription where it is here already. Else its task is woken when there is one.
pub(crate) async fn next_here(
    subscription: &mut dyn Subscription,
) -> Option<Option<Result<Delivered, TransportError>>> {
    std::future::poll_fn(|cx| match subscription.poll_next(cx) {
        Poll::Ready(next) => Poll::Ready(Some(next)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Takes messages from a queue one by one, never waiting for one to come.
///
/// What it has taken is in its hands until it is settled or the pull ends: a delivery that is dropped does not come to the same pull
/// again. So a queue can be read from one end to the other with nothing taken out of it.
pub(crate) trait Pull: Send {
    /// How many messages the queue had ready when the pull began.
    fn ready(&self) -> u64;

    /// The next message; `None` where the queue has none now. Dropping the future loses nothing.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Delivered>, TransportError>>;

    /// Gives back what is not settled, and waits for the broker to take note of that and of what was settled; an error says that it may not have. Dropping
    /// the pull gives it back soon.
    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>>;
}

/// A message on its way to the broker. A clone shares what is large.
#[derive(Clone)]
pub(crate) struct Publish {
    /// The exchange; empty for the default exchange, which routes to the queue named by the routing key.
    pub(crate) exchange: Cow<'static, str>,
    pub(crate) routing_key: Cow<'static, str>,
    /// Whether a message that reaches no queue is an error.
    pub(crate) mandatory: bool,
    /// Should hold a `message_id`: a returned message is recognised by it and its address.
    pub(crate) properties: Arc<BasicProperties>,
    pub(crate) body: Bytes,
}

impl Publish {
    /// The same message with other properties.
    pub(crate) fn with(mut self, change: impl FnOnce(BasicProperties) -> BasicProperties) -> Self {
        let properties = Arc::unwrap_or_clone(self.properties);
        self.properties = Arc::new(change(properties));
        self
    }
}

/// A message as the broker delivered it.
pub(crate) struct Delivered {
    pub(crate) exchange: Cow<'static, str>,
    pub(crate) routing_key: Cow<'static, str>,
    pub(crate) redelivered: bool,
    pub(crate) properties: Arc<BasicProperties>,
    pub(crate) body: Bytes,
    pub(crate) settle: Box<dyn Settle>,
}

/// The right to settle one delivery. Dropping it gives the delivery back to its queue (at the latest when the channel closes).
///
/// `Err` means that the channel, and with it the right to settle, is gone; the broker delivers the message again.
pub(crate) trait Settle: fmt::Debug + Send + Sync {
    /// Tells the broker that the message is done with.
    fn ack(self: Box<Self>) -> BoxFuture<'static, Result<(), Stale>>;

    /// Whether the right is known to be gone.
    fn is_stale(&self) -> bool;

    /// Gives the message back to its queue (`requeue`) or to the queue's dead-letter exchange.
    fn reject(self: Box<Self>, requeue: bool) -> BoxFuture<'static, Result<(), Stale>>;
}

/// The right to settle what was only looked at, or what the broker has taken back.
#[derive(Debug)]
pub(crate) struct NoRight;

impl Settle for NoRight {
    fn ack(self: Box<Self>) -> BoxFuture<'static, Result<(), Stale>> {
        Box::pin(std::future::ready(Err(Stale)))
    }

    fn reject(self: Box<Self>, _: bool) -> BoxFuture<'static, Result<(), Stale>> {
        Box::pin(std::future::ready(Err(Stale)))
    }

    fn is_stale(&self) -> bool {
        true
    }
}

/// The channel of a delivery is gone; the broker delivers the message again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the channel that this message was delivered on is gone; the broker delivers it again")]
pub(crate) struct Stale;

/// The broker, or the way to it, failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TransportError {
    /// No connection: the message says which address, why, and what to do.
    #[error("{0}")]
    Disconnected(String),
    /// This process has closed the connection for good.
    #[error("{0}")]
    Closed(String),
    /// The broker refused a declaration or a subscription: it names the object and the broker's words.
    #[error("{0}")]
    Refused(String),
    /// What is used does not exist: it names the object. What to do about it is known above.
    #[error("{0}")]
    Missing(String),
}

/// Why a publish was not stored and routed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublishFailure {
    /// The broker returned it: no queue is bound for its routing key.
    Unroutable,
    /// The broker said `nack`, for example because a queue is full. Other queues may have their copies.
    Nacked(String),
    /// The broker does not take it at all: the user may not publish there, or AMQP cannot carry it.
    Refused(String),
    /// The exchange does not exist (404); others on the same channel are not affected, or are published again.
    NoExchange,
    /// There is no connection, and nothing was sent.
    Disconnected(String),
    /// The connection or channel went away before the confirm: it is unknown whether the broker has the message.
    Lost(String),
    /// This process has closed the connection for good, and nothing was sent.
    Closed(String),
}

/// Bodies hold what must not be logged: only their sizes are shown.
impl fmt::Debug for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publish")
            .field("exchange", &self.exchange)
            .field("routing_key", &self.routing_key)
            .field("mandatory", &self.mandatory)
            .field("properties", &self.properties)
            .field("body", &self.body.len())
            .finish()
    }
}

impl fmt::Debug for Delivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivered")
            .field("exchange", &self.exchange)
            .field("routing_key", &self.routing_key)
            .field("redelivered", &self.redelivered)
            .field("properties", &self.properties)
            .field("body", &self.body.len())
            .field("settle", &self.settle)
            .finish()
    }
}
