//! The queues, and a look into them which no peer takes part in.

use std::time::{Duration, Instant};

use clap::ValueEnum;
use lapin::options::{
    ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use tokio::time;

use crate::Result;

/// How long a queue may take to show what happened to it.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is unacknowledged comes back when its connection has ended; by then it has.
const RETURN: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Type {
    Quorum,
    Classic,
}

impl Type {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Quorum => "quorum",
            Self::Classic => "classic",
        }
    }

    /// What a declaration says of it.
    pub(crate) fn arguments(self) -> FieldTable {
        let mut arguments = FieldTable::default();
        let name = AMQPValue::LongString(self.name().into());
        arguments.insert("x-queue-type".into(), name);
        arguments
    }
}

/// A queue of one peer.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    pub(crate) url: String,
    pub(crate) name: String,
    pub(crate) of: Type,
}

impl Queue {
    async fn channel(&self) -> Result<Channel> {
        let properties = ConnectionProperties::default();
        let connection = Connection::connect(&self.url, properties).await?;
        Ok(connection.create_channel().await?)
    }

    /// Deletes it, and what is left in it.
    pub(crate) async fn delete(&self) -> Result<()> {
        let options = QueueDeleteOptions::default();
        let name = self.name.as_str().into();
        self.channel().await?.queue_delete(name, options).await?;
        Ok(())
    }

    /// Declares it, for peers that leave that to others.
    pub(crate) async fn declare(&self) -> Result<()> {
        self.declare_with(QueueDeclareOptions::durable()).await?;
        Ok(())
    }

    /// Binds it to a topic exchange, which it declares, by its own name.
    pub(crate) async fn bind(&self, exchange: &str) -> Result<()> {
        let channel = self.channel().await?;
        let durable = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        let kind = ExchangeKind::Topic;
        let declared =
            channel.exchange_declare(exchange.into(), kind, durable, FieldTable::default());
        declared.await?;
        let name = || self.name.as_str().into();
        let options = QueueBindOptions::default();
        let bound = channel.queue_bind(
            name(),
            exchange.into(),
            name(),
            options,
            FieldTable::default(),
        );
        Ok(bound.await?)
    }

    async fn declare_with(&self, options: QueueDeclareOptions) -> Result<u32> {
        let (name, arguments) = (self.name.as_str().into(), self.of.arguments());
        let channel = self.channel().await?;
        let declared = channel.queue_declare(name, options, arguments).await?;
        Ok(declared.message_count())
    }

    /// Waits until so many messages wait in it, or says how many do.
    pub(crate) async fn expect(&self, messages: u64) -> Result<()> {
        let begun = Instant::now();
        loop {
            let passive = QueueDeclareOptions {
                passive: true,
                ..QueueDeclareOptions::default()
            };
            let waiting = u64::from(self.declare_with(passive).await?);
            if waiting == messages {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                let name = &self.name;
                return Err(format!("{waiting} messages wait in {name}, not {messages}").into());
            }
            time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Complains about messages that were not acknowledged. Who took them must have disconnected.
    pub(crate) async fn expect_empty(&self) -> Result<()> {
        time::sleep(RETURN).await;
        self.expect(0).await
    }
}
