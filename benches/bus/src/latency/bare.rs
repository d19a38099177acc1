//! lapin: a channel that publishes with confirms, and one that consumes.

use std::sync::Arc;

use futures_util::StreamExt;
use lapin::Channel;
use lapin::options::BasicAckOptions;
use tokio::task::JoinHandle;

use super::{Clock, Pipe};
use crate::Result;
use crate::bare::{channel, confirming, consumer, publish, stored};
use crate::order::{AnyOrder, order};
use crate::queue::Queue;

pub(super) struct Bare {
    publishing: Channel,
    consuming: Channel,
    queue: Queue,
    body: Vec<u8>,
}

impl Bare {
    pub(super) async fn open(url: &str, queue: Queue) -> Result<Self> {
        Ok(Self {
            publishing: confirming(url).await?,
            consuming: channel(url).await?,
            queue,
            body: AnyOrder::new(queue, order(0)).json(),
        })
    }
}

impl Pipe for Bare {
    type Receiving = JoinHandle<Result<(), String>>;
    /// All are the same bytes.
    type Message = ();

    async fn receive(&self, clock: Arc<Clock>) -> Result<Self::Receiving> {
        let mut consumer = consumer(&self.consuming, self.queue.name()).await?;
        Ok(tokio::spawn(async move {
            // They come in the order in which they were sent.
            for number in 0.. {
                let Some(delivery) = consumer.next().await else {
                    break;
                };
                let delivery = delivery.map_err(|error| error.to_string())?;
                clock.arrived(number);
                let acked = delivery.acker.ack(BasicAckOptions::default()).await;
                acked.map_err(|error| error.to_string())?;
            }
            Ok(())
        }))
    }

    fn message(&self, _: usize) -> Result<()> {
        Ok(())
    }

    async fn send(&self, (): ()) -> Result<()> {
        let confirm = publish(&self.publishing, self.queue, &self.body).await?;
        stored(confirm.await?)
    }

    async fn end(receiving: Self::Receiving) -> Result<()> {
        receiving.abort();
        match receiving.await {
            Ok(ended) => Ok(ended?),
            Err(_) => Ok(()),
        }
    }
}
