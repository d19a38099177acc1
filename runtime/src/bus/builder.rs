//! Connecting with options.

use std::fmt;
use std::time::Duration;

use super::{Bus, ConnectError, Settings};
use crate::publish::OnDisconnect;
use crate::topology::TopologyMode;
use crate::transport::amqp::{AmqpConfig, AmqpTransport};

/// Connects a [`Bus`] to RabbitMQ with options; made by [`Bus::builder`].
///
/// ```no_run
/// # async fn example() -> Result<(), urutu::ConnectError> {
/// let bus = urutu::Bus::builder("amqp://guest:guest@localhost:5672/%2f")
///     .topology(urutu::TopologyMode::Verify)
///     .connection_name("billing")
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder connects to nothing until `connect`"]
pub struct BusBuilder {
    config: AmqpConfig,
    settings: Settings,
}

impl BusBuilder {
    pub(super) fn new(url: &str) -> Self {
        Self {
            config: AmqpConfig::from(url),
            settings: Settings::default(),
        }
    }

    /// Who creates exchanges, queues and bindings; [`TopologyMode::Declare`] unless set.
    pub fn topology(mut self, mode: TopologyMode) -> Self {
        self.settings.topology = mode;
        self
    }

    /// What the broker's list of connections calls this one, followed by what each connection is for; `urutu` unless set.
    pub fn connection_name(mut self, name: impl Into<String>) -> Self {
        self.config.connection_name = name.into();
        self
    }

    /// The longest time between two heartbeats, in whole seconds (rounded up, at least 1); 10 seconds unless set. `?heartbeat=` in the URL goes before it, and
    /// a broker that is set to less has its way.
    ///
    /// A peer that vanished without a word is noticed after two to three of them: consumers subscribe again then, and publishes in flight get their error. A
    /// program that keeps its async runtime busy for longer than two loses its connections.
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.config.heartbeat = interval;
        self
    }

    /// How long a publish may take until the broker has confirmed it, reconnecting included; 10 seconds unless set. One publish may have
    /// [its own](crate::PublishOptions::deadline).
    pub fn publish_deadline(mut self, deadline: Duration) -> Self {
        self.settings.publish_deadline = deadline;
        self
    }

    /// What a publish does while there is no connection; [`OnDisconnect::Wait`] unless set. One publish may
    /// [do otherwise](crate::PublishOptions::on_disconnect), and what a handler stages is [sent again](OnDisconnect::Resend) unless its own
    /// options say otherwise.
    pub fn on_disconnect(mut self, choice: OnDisconnect) -> Self {
        self.settings.on_disconnect = choice;
        self
    }

    /// How `amqps://` connections are secured, where the URL does not say it: a CA of your own, a client certificate, another name. What is said here goes before
    /// the same of the URL. With an `amqp://` URL it is an error.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: crate::Tls) -> Self {
        self.config.tls = tls;
        self
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// As [`Bus::connect`].
    pub async fn connect(self) -> Result<Bus, ConnectError> {
        let transport = AmqpTransport::connect(self.config)
            .await
            .map_err(|error| ConnectError(error.to_string()))?;
        let name = transport.address().to_owned();
        Ok(Bus::over(name, Box::new(transport), self.settings))
    }
}

impl fmt::Debug for BusBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The configuration leaves the URL out, which holds the password.
        f.debug_struct("BusBuilder")
            .field("config", &self.config)
            .field("settings", &self.settings)
            .finish()
    }
}
