//! Who does the work, and which work.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::bare::Body;
use crate::meter::Figure;
use crate::queue::Queue;
use crate::{Result, bare, ours};

/// A piece of work.
#[derive(Debug, Clone, Args)]
pub(crate) struct Work {
    #[arg(long, value_enum, default_value = "quorum")]
    pub(crate) queue: Queue,
    /// How many messages.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) messages: u64,
    /// How many publishes at a time.
    #[arg(long, default_value_t = 256)]
    pub(crate) window: usize,
    /// How long each handler waits, in milliseconds.
    #[arg(long, default_value_t = 0)]
    pub(crate) wait: u64,
    /// How many bytes a message is larger.
    #[arg(long, default_value_t = 0)]
    pub(crate) filling: usize,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Contender {
    /// urutu: typed handlers, acknowledged after the work.
    Consume,
    /// lapin: raw bytes, a cumulative acknowledgement every 50.
    ConsumeBareCumulative,
    /// lapin: each order read, a cumulative acknowledgement every 50.
    ConsumeBareJson,
    /// lapin: raw bytes, each acknowledgement awaited.
    ConsumeBareEach,
    /// urutu: so many callers, each waits for its confirm.
    Publish,
    /// lapin: a window of so many confirms, raw bytes.
    PublishBare,
    /// lapin: the same, each order written.
    PublishBareJson,
    /// urutu in memory, without a broker: so many callers publish, and a typed handler.
    InMemory,
    /// A channel of tokio: so many senders write JSON, and the receiver reads it.
    Channel,
    /// As many tasks of tokio as there are handlers at a time, which wait as those do.
    Waits,
}

impl Contender {
    /// Puts messages into the queue for one who takes them.
    pub(crate) async fn prepare(self, url: &str, work: &Work) -> Result<()> {
        match self {
            Self::Consume
            | Self::ConsumeBareCumulative
            | Self::ConsumeBareJson
            | Self::ConsumeBareEach => {
                ours::publish_all(url, work.queue, work.messages, 1_000, work.filling).await?;
                Ok(())
            }
            Self::Publish
            | Self::PublishBare
            | Self::PublishBareJson
            | Self::InMemory
            | Self::Channel
            | Self::Waits => Ok(()),
        }
    }

    pub(crate) fn needs_a_broker(self) -> bool {
        !matches!(self, Self::InMemory | Self::Channel | Self::Waits)
    }

    pub(crate) fn publishes(self) -> bool {
        matches!(
            self,
            Self::Publish | Self::PublishBare | Self::PublishBareJson
        )
    }

    /// What it is called on a command line.
    pub(crate) fn value_name(self) -> String {
        let value = self.to_possible_value().expect("no value is hidden");
        value.get_name().to_owned()
    }

    /// What it does, in a table.
    pub(crate) fn title(self, work: &Work) -> String {
        let window = work.window;
        match self {
            Self::Consume => "urutu, typed handler, acknowledged after the work".to_owned(),
            Self::ConsumeBareCumulative => {
                "lapin, raw bytes, one acknowledgement for 50".to_owned()
            }
            Self::ConsumeBareJson => {
                "lapin, JSON read by the generated code, one acknowledgement for 50".to_owned()
            }
            Self::ConsumeBareEach => "lapin, raw bytes, each acknowledgement awaited".to_owned(),
            Self::Publish => format!("urutu, publish and wait, {window} callers"),
            Self::PublishBare => format!("lapin, raw bytes, a window of {window} confirms"),
            Self::InMemory => format!("urutu in memory, {window} callers, a typed handler"),
            Self::Channel => format!("a channel of tokio, serde_json both ways, {window} senders"),
            Self::Waits => format!(
                "tokio, {} tasks that wait {} ms",
                work.queue.handlers(),
                work.wait
            ),
            Self::PublishBareJson => {
                format!("lapin, JSON written by the generated code, a window of {window} confirms")
            }
        }
    }

    /// Does the work.
    pub(crate) fn run(self, url: &str, work: &Work) -> Result<Figure> {
        let Work {
            queue,
            messages,
            window,
            wait,
            filling,
        } = *work;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let spent = runtime.block_on(async {
            match self {
                Self::Consume => {
                    ours::consume(url, queue, messages, Duration::from_millis(wait)).await
                }
                Self::ConsumeBareCumulative => {
                    bare::consume(url, queue, messages, 50, Body::Raw).await
                }
                Self::ConsumeBareJson => bare::consume(url, queue, messages, 50, Body::Json).await,
                Self::ConsumeBareEach => bare::consume(url, queue, messages, 1, Body::Raw).await,
                Self::Publish => ours::publish_all(url, queue, messages, window, filling).await,
                Self::PublishBare => {
                    bare::publish_all(url, queue, messages, window, filling, Body::Raw).await
                }
                Self::PublishBareJson => {
                    bare::publish_all(url, queue, messages, window, filling, Body::Json).await
                }
                Self::InMemory => ours::in_memory(queue, messages, window, filling).await,
                Self::Channel => bare::channel_of_tokio(queue, messages, window, filling).await,
                Self::Waits => {
                    bare::waits(queue.handlers(), messages, Duration::from_millis(wait)).await
                }
            }
        })?;
        let measured = match self {
            Self::Publish => messages.saturating_sub(1),
            _ => messages,
        };
        Ok(spent.on(measured))
    }
}
