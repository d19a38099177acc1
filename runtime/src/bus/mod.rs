//! The bus: a connection to a broker, and publishing over it.

mod builder;
mod declared;
mod under_way;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use builder::BusBuilder;
use declared::Declared;
pub(crate) use under_way::UnderWay;

use crate::cascade::Cascade;
use crate::message::Message;
use crate::observe::Observer;
use crate::outgoing::Outgoing;
use crate::publish::{OnDisconnect, PublishError, PublishOptions, Receipt};
use crate::scalar::Timestamp;
use crate::topology::TopologyMode;
use crate::transport::Transport;
use crate::transport::memory::MemoryTransport;

/// How long a publish may take unless the bus or its options say otherwise; and how long a copy may take.
pub(crate) const PUBLISH_DEADLINE: Duration = Duration::from_secs(10);

/// How a bus behaves where nobody says otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Who creates exchanges, queues and bindings.
    pub(crate) topology: TopologyMode,
    /// How long a publish may take.
    pub(crate) publish_deadline: Duration,
    /// What a publish does while there is no connection.
    pub(crate) on_disconnect: OnDisconnect,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            topology: TopologyMode::default(),
            publish_deadline: PUBLISH_DEADLINE,
            on_disconnect: OnDisconnect::default(),
        }
    }
}

/// The largest body, in bytes: RabbitMQ 4.x refuses larger messages by default
/// (<https://www.rabbitmq.com/docs/configure#config-items>).
pub(crate) const MAX_MESSAGE_SIZE: usize = 16 * 1024 * 1024;

/// A message bus: RabbitMQ, or a broker inside this process. Cheap to clone; clones share the connections.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bus = urutu::Bus::in_memory();
/// assert_eq!(bus.to_string(), "in memory");
/// bus.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Bus {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    transport: Box<dyn Transport>,
    settings: Settings,
    /// The exchanges that this bus has seen to.
    declared: Declared,
    /// What this bus has seen to of the delay cascade.
    cascade: Cascade,
    /// Is told what happens.
    observer: Option<Arc<dyn Observer>>,
}

/// There is no connection to the broker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConnectError(String);

impl Bus {
    /// Connects to RabbitMQ: `amqp://user:password@host:5672/vhost` (`%2f` is the default vhost), or `amqps://` with the feature `tls`,
    /// whose certificates the URL may name: `amqps://user:password@host/vhost?cacertfile=/etc/rabbit/ca.pem` (`certfile`, `keyfile`, `server_name_indication`).
    ///
    /// Publishing and consuming use connections of their own: a broker that blocks publishers still takes acknowledgements.
    ///
    /// The nodes of a cluster are given as several URLs with commas between them, all with the same vhost:
    /// `amqp://user:password@one/shop,amqp://user:password@two/shop`. Each connection leads to one of them, at first to any. When it is lost, that one is tried
    /// first and then the others, in random order. The next address is tried as soon as one has failed, or has not answered for a second; it is still waited
    /// for beside the others, for 5 seconds. So a node that is down costs a publish nothing of its deadline, and one that hangs costs it a second.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), urutu::ConnectError> {
    /// let nodes = "amqp://me:secret@rabbit-1/%2f,amqp://me:secret@rabbit-2/%2f,amqp://me:secret@rabbit-3/%2f";
    /// let bus = urutu::Bus::connect(nodes).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the URL is not one, or no broker answers at any of its addresses, each of which has 5 seconds. The error says why for each of them, and never
    /// shows a password.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::builder(url).connect().await
    }

    /// Connects to RabbitMQ, as [`connect`](Self::connect) does, with options: who declares the topology, what the connections are called, how long a publish may take.
    pub fn builder(url: &str) -> BusBuilder {
        BusBuilder::new(url)
    }

    /// A broker inside this process, with the semantics of RabbitMQ and nothing on disk: for tests, demonstrations and development.
    pub fn in_memory() -> Self {
        let transport = Box::new(MemoryTransport::new());
        Self::over("in memory".to_owned(), transport, Settings::default())
    }

    fn over(name: String, transport: Box<dyn Transport>, settings: Settings) -> Self {
        Self::observed(name, transport, settings, None)
    }

    /// A bus on a transport, with somebody who is told what happens.
    pub(crate) fn observed(
        name: String,
        transport: Box<dyn Transport>,
        settings: Settings,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        let inner = Inner {
            name,
            transport,
            settings,
            declared: Declared::default(),
            cascade: Cascade::default(),
            observer,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Publishes a message and waits until the broker has stored it (a publisher confirm); a task must also reach a queue. An event
    /// for which no queue is bound is confirmed too, and dropped; with [`PublishOptions::mandatory`] it is an error.
    ///
    /// # Errors
    ///
    /// [`PublishError`] says what is known: [`PublishError::may_be_stored`] tells whether the broker may have it all the same.
    pub async fn publish<M: Message>(&self, message: &M) -> Result<Receipt, PublishError> {
        self.publish_with(message, PublishOptions::new()).await
    }

    /// Publishes a message with options of its own.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    pub async fn publish_with<M: Message>(
        &self,
        message: &M,
        options: PublishOptions,
    ) -> Result<Receipt, PublishError> {
        Outgoing::new(message, &options, None)?
            .send(self, options)
            .await
    }

    /// Publishes a message that comes out at its exchange after `delay`, rounded up to a tenth of a second; without a delay at once.
    ///
    /// The broker holds it: it waits for the broker's confirm as any other publish, survives a restart of the broker, and needs
    /// neither a plugin nor this program. The longest delay is 310 days. A limit on how long it may wait in a queue (`ttl`)
    /// counts from the end of the delay, is kept by the worker that receives the message, and is told by the clocks of both machines.
    ///
    /// The names of its exchange and topic may have 182 bytes together: more is a [`PublishErrorKind::Delay`](crate::PublishErrorKind::Delay).
    ///
    /// Nobody can know today who listens then: a task that finds no queue is no error here, but stays in the broker and comes
    /// out once there is one (RabbitMQ tries every three minutes). An event that nobody listens to is dropped, as without a delay; with
    /// [`PublishOptions::mandatory`] it stays as well.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # async fn example(bus: &urutu::Bus, reminder: impl urutu::Message) -> Result<(), urutu::PublishError> {
    /// bus.publish_after(&reminder, Duration::from_secs(24 * 3_600)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish); [`PublishErrorKind::DelayTooLong`](crate::PublishErrorKind::DelayTooLong).
    pub async fn publish_after<M: Message>(
        &self,
        message: &M,
        delay: Duration,
    ) -> Result<Receipt, PublishError> {
        let options = PublishOptions::new().after(delay);
        self.publish_with(message, options).await
    }

    /// Publishes a message that comes out at its exchange at `time` by the clock of this machine, at once where that is past.
    ///
    /// Otherwise as [`publish_after`](Self::publish_after).
    ///
    /// # Errors
    ///
    /// As [`publish_after`](Self::publish_after).
    pub async fn publish_at<M: Message>(
        &self,
        message: &M,
        time: Timestamp,
    ) -> Result<Receipt, PublishError> {
        let options = PublishOptions::new().at(time);
        self.publish_with(message, options).await
    }

    /// Closes the connections in order. Deliveries that are not settled go back to their queues.
    ///
    /// It takes 5 seconds at most, and ends all clones: to publish afterwards is [`PublishErrorKind::Closed`](crate::PublishErrorKind::Closed).
    pub async fn close(&self) {
        self.inner.transport.close().await;
    }

    pub(crate) fn transport(&self) -> &dyn Transport {
        &*self.inner.transport
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn observer(&self) -> Option<&dyn Observer> {
        self.inner.observer.as_deref()
    }

    /// Who creates exchanges, queues and bindings.
    pub(crate) fn topology_mode(&self) -> TopologyMode {
        self.inner.settings.topology
    }

    pub(crate) fn cascade(&self) -> &Cascade {
        &self.inner.cascade
    }
}

/// The broker's address without credentials, or `in memory`; the addresses of a cluster have commas between them.
impl fmt::Display for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.name)
    }
}
