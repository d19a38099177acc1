//! lapin: a channel that publishes with confirms, and one that consumes.

use std::sync::Arc;

use futures_util::StreamExt;
use lapin::Channel;
use lapin::options::BasicAckOptions;
use tokio::task::JoinHandle;

use super::{Clock, Pipe};
use crate::Result;
use crate::bare::{Body, channel, confirming, consumer, publish, stored};
use crate::order::{AnyOrder, order};
use crate::queue::Queue;

pub(super) struct Bare {
    publishing: Channel,
    consuming: Channel,
    queue: Queue,
    body: Body,
    raw: Vec<u8>,
}

impl Bare {
    pub(super) async fn open(url: &str, queue: Queue, body: Body) -> Result<Self> {
        Ok(Self {
            publishing: confirming(url).await?,
            consuming: channel(url).await?,
            queue,
            body,
            raw: AnyOrder::new(queue, order(0)).json(),
        })
    }
}

impl Pipe for Bare {
    type Receiving = JoinHandle<Result<(), String>>;
    type Message = AnyOrder;

    async fn receive(&self, clock: Arc<Clock>) -> Result<Self::Receiving> {
        let mut consumer = consumer(&self.consuming, self.queue.name()).await?;
        let (queue, body) = (self.queue, self.body);
        Ok(tokio::spawn(async move {
            // They come in the order in which they were sent.
            for number in 0..clock.messages() {
                let delivery = consumer.next().await.ok_or("the consumer has ended")?;
                let delivery = delivery.map_err(|error| error.to_string())?;
                body.look(queue, &delivery.data)
                    .map_err(|error| error.to_string())?;
                clock.arrived(number);
                let acked = delivery.acker.ack(BasicAckOptions::default()).await;
                acked.map_err(|error| error.to_string())?;
            }
            Ok(())
        }))
    }

    fn message(&self, _: usize) -> Result<AnyOrder> {
        Ok(AnyOrder::new(self.queue, order(0)))
    }

    async fn send(&self, message: AnyOrder) -> Result<()> {
        let confirm = match self.body {
            // All are the same bytes.
            Body::Raw => publish(&self.publishing, self.queue, &self.raw).await?,
            Body::Json => publish(&self.publishing, self.queue, &message.json()).await?,
        };
        stored(confirm.await?)
    }

    async fn end(receiving: Self::Receiving) -> Result<()> {
        Ok(receiving.await??)
    }
}
