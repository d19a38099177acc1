//! The peers, each in the way its own documentation recommends.

mod apalis;
mod celery;
mod ruststream;

use std::time::Duration;

use clap::ValueEnum;
use tokio::time;

use ruststream::Way;

use crate::Result;
use crate::meter::Spent;
use crate::queue::{Queue, Type};
use crate::tally::Tally;

/// How many messages may be unacknowledged, where there is a setting for it: what urutu has in `benches/bus`.
const PREFETCH: u16 = 500;
/// How many handlers may run at a time, where there is a setting for it: what urutu has in `benches/bus`.
const CONCURRENCY: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    Ruststream,
    /// It publishes to a topic exchange, to which the queue is bound, as urutu does; without `mandatory`, which the library does not have.
    RuststreamTopic,
    /// It handles one delivery at a time, as it does unless it is told otherwise.
    RuststreamOneByOne,
    Apalis,
    Celery,
}

impl Peer {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ruststream => "ruststream",
            Self::RuststreamTopic => "ruststream-topic",
            Self::RuststreamOneByOne => "ruststream-one-by-one",
            Self::Apalis => "apalis",
            Self::Celery => "celery",
        }
    }

    pub(crate) fn version(self) -> String {
        match self {
            Self::Ruststream => ruststream::version(Way::Straight),
            Self::RuststreamTopic => ruststream::version(Way::Topic),
            Self::RuststreamOneByOne => ruststream::version(Way::OneByOne),
            Self::Apalis => apalis::version(),
            Self::Celery => celery::version(),
        }
    }

    /// Complains about a queue that the library cannot use.
    pub(crate) fn takes(self, queue: Type) -> Result<()> {
        match self {
            Self::Ruststream | Self::RuststreamTopic | Self::RuststreamOneByOne | Self::Apalis => {
                Ok(())
            }
            Self::Celery => celery::takes(queue),
        }
    }

    /// Puts so many messages into the queue, which is not there yet.
    pub(crate) async fn prepare(self, queue: &Queue, messages: u64) -> Result<()> {
        match self {
            Self::Ruststream | Self::RuststreamOneByOne => {
                ruststream::publish(queue, messages, 256, Way::Straight).await?;
                Ok(())
            }
            Self::RuststreamTopic => Err(ruststream::measured_already()),
            Self::Apalis => apalis::prepare(queue, messages).await,
            Self::Celery => celery::prepare(queue, messages).await,
        }
    }

    /// Handles the messages that wait, and disconnects. Measures from the first to the end of the last.
    pub(crate) async fn consume(self, queue: &Queue, tally: &'static Tally) -> Result<Spent> {
        match self {
            Self::Ruststream => ruststream::consume(queue, tally, Way::Straight).await,
            Self::RuststreamTopic => Err(ruststream::measured_already()),
            Self::RuststreamOneByOne => ruststream::consume(queue, tally, Way::OneByOne).await,
            Self::Apalis => apalis::consume(queue, tally).await,
            Self::Celery => celery::consume(queue, tally).await,
        }
    }

    /// Publishes so many messages to the queue, which is not there yet, and waits for each confirm.
    /// Measures from when it is connected to the last one.
    pub(crate) async fn publish(self, queue: &Queue, messages: u64, callers: u64) -> Result<Spent> {
        match self {
            Self::Ruststream => ruststream::publish(queue, messages, callers, Way::Straight).await,
            Self::RuststreamTopic => {
                ruststream::publish(queue, messages, callers, Way::Topic).await
            }
            Self::RuststreamOneByOne => Err(ruststream::measured_already()),
            Self::Apalis => apalis::publish(),
            Self::Celery => celery::publish(),
        }
    }
}

/// Waits until the broker has taken what was acknowledged last, which is not part of any figure: when a connection ends
/// before, a quorum queue hands messages out again whose acknowledgements were sent.
async fn settle() {
    time::sleep(Duration::from_secs(1)).await;
}

/// The version of a crate in the lock file.
fn version_of(package: &str) -> &'static str {
    let name = format!("name = \"{package}\"\nversion = \"");
    include_str!("../../Cargo.lock")
        .split_once(&name)
        .and_then(|(_, rest)| rest.split('"').next())
        .expect("each peer is a dependency")
}
