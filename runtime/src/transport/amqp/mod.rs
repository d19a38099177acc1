//! RabbitMQ, spoken to through lapin.
//!
//! Publishing and consuming have a connection each: a broker short of memory stops reading from publishers, and acknowledgements must
//! not wait behind that.

mod acks;
mod address;
mod addresses;
mod alone;
mod carried;
mod confirms;
mod conflict;
mod connection;
mod consume;
mod declare;
mod dial;
mod flight;
mod give_back;
pub(crate) mod guard;
mod line;
mod open;
mod publish;
mod pull;
mod query;
mod quiet;
mod renewal;
mod request;
mod settle;
mod spent;
#[cfg(feature = "tls")]
pub(crate) mod tls;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use self::addresses::Addresses;
#[cfg(feature = "tools")]
pub(crate) use self::addresses::logins;
use self::connection::{CONNECT_TIMEOUT, Link};
use self::consume::AmqpSubscription;
use self::dial::Terms;
use self::publish::Publisher;
use self::pull::AmqpPull;
use self::spent::Spent;
use crate::topology::Topology;
use crate::transport::{
    Loss, Publish, PublishFailure, PublishingState, Pull, Subscription, Transport, TransportError,
    Turn, USUAL_FRAME_MAX,
};

/// How to reach a broker. A URL alone is enough.
#[derive(Clone)]
pub(crate) struct AmqpConfig {
    /// `amqp://user:password@host:5672/%2f`; `amqps://` with the feature `tls`. Those of the nodes of a cluster have commas between them.
    pub(crate) url: String,
    /// What the broker's connection list shows, followed by what the connection is for.
    pub(crate) connection_name: String,
    /// How many publishes may wait for their confirms at the same time.
    pub(crate) max_in_flight: usize,
    /// The longest time between two heartbeats, where the URL says nothing (`?heartbeat=`).
    pub(crate) heartbeat: Duration,
    /// How long an answer may take before a connection counts as gone, although heartbeats come.
    pub(crate) answer: Duration,
    /// What goes before the TLS parameters of the URL.
    #[cfg(feature = "tls")]
    pub(crate) tls: tls::Tls,
}

/// RabbitMQ advises 5 to 20 seconds: <https://www.rabbitmq.com/docs/heartbeats>.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(10);

/// A message of the largest size, and what buffers hold, go before the question: a line of some megabits a second needs this long for them.
const ANSWER: Duration = Duration::from_secs(60);

impl From<&str> for AmqpConfig {
    fn from(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            connection_name: "urutu".to_owned(),
            max_in_flight: 1024,
            heartbeat: HEARTBEAT,
            answer: ANSWER,
            #[cfg(feature = "tls")]
            tls: tls::Tls::new(),
        }
    }
}

impl fmt::Debug for AmqpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the URL: it holds the password.
        f.debug_struct("AmqpConfig")
            .field("connection_name", &self.connection_name)
            .field("max_in_flight", &self.max_in_flight)
            .field("heartbeat", &self.heartbeat)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

/// A RabbitMQ broker.
#[derive(Debug)]
pub(crate) struct AmqpTransport {
    publisher: Publisher,
    publishing: Arc<Link>,
    consuming: Arc<Link>,
    addresses: Arc<Addresses>,
}

impl AmqpTransport {
    /// Connects for publishing; the connection for declaring and consuming opens when it is first needed.
    pub(crate) async fn connect(config: impl Into<AmqpConfig>) -> Result<Self, TransportError> {
        let config = config.into();
        let addresses = Addresses::parse(&config.url, CONNECT_TIMEOUT)?;
        #[cfg(feature = "tls")]
        let addresses = addresses.secured(&config.tls)?;
        let addresses = Arc::new(addresses);
        let link = |purpose| {
            let terms = Terms {
                name: format!("{} {purpose}", config.connection_name),
                heartbeat: config.heartbeat,
                answer: config.answer,
                spent: Spent::new(),
            };
            Arc::new(Link::new(Arc::clone(&addresses), terms))
        };
        let publishing = link("publishing");
        let consuming = link("consuming");
        let channel = publish::open(&publishing).await?;
        let publisher = Publisher::start(Arc::clone(&publishing), channel, config.max_in_flight);
        Ok(Self {
            publisher,
            publishing,
            consuming,
            addresses,
        })
    }

    /// Where the broker is, without credentials; several addresses have commas between them.
    pub(crate) fn address(&self) -> &str {
        self.addresses.shown()
    }
}

impl Transport for AmqpTransport {
    fn declare<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(declare::declare(&self.consuming, topology))
    }

    fn verify<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(declare::verify(&self.consuming, topology))
    }

    fn look<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(declare::look_at_queue(&self.consuming, queue))
    }

    fn open_publishing(&self) -> BoxFuture<'_, Result<Loss, TransportError>> {
        Box::pin(Arc::clone(&self.publishing).open())
    }

    fn publishing(&self) -> PublishingState {
        let state = self.publishing.state();
        if let PublishingState::Away(_) = state {
            self.publishing.wake();
        }
        state
    }

    fn frame_max(&self) -> usize {
        self.publishing.frame_max().unwrap_or(USUAL_FRAME_MAX)
    }

    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<(), PublishFailure>> {
        Box::pin(self.publisher.publish(publish, None))
    }

    fn publish_in_turn(
        &self,
        publish: Publish,
        turn: Turn,
    ) -> BoxFuture<'_, Result<(), PublishFailure>> {
        Box::pin(self.publisher.publish(publish, Some(turn)))
    }

    fn consume<'a>(
        &'a self,
        queue: &'a str,
        prefetch: u16,
    ) -> BoxFuture<'a, Result<Box<dyn Subscription>, TransportError>> {
        Box::pin(async move {
            let channel = self.consuming.channel().await?;
            let spent = self.consuming.spent();
            let subscription = AmqpSubscription::start(channel, queue, prefetch, spent).await?;
            Ok(Box::new(subscription) as Box<dyn Subscription>)
        })
    }

    fn pull<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<Box<dyn Pull>, TransportError>> {
        Box::pin(async move {
            let channel = self.consuming.channel().await?;
            let pull = AmqpPull::start(channel, queue, self.consuming.spent()).await?;
            Ok(Box::new(pull) as Box<dyn Pull>)
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // One that does not answer keeps nobody waiting for the other.
            tokio::join!(self.consuming.close(), self.publishing.close());
        })
    }
}
