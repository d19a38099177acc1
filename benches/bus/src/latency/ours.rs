//! A bus and a worker.

use std::sync::Arc;

use urutu::{Bus, RunningWorker, Worker};

use super::{Clock, Pipe};
use crate::Result;
use crate::order::{AnyOrder, order};
use crate::ours::{Handle, worker};
use crate::queue::Queue;

pub(super) struct Ours {
    bus: Bus,
    url: String,
    queue: Queue,
}

impl Ours {
    pub(super) async fn open(url: &str, queue: Queue) -> Result<Self> {
        Ok(Self {
            bus: Bus::connect(url).await?,
            url: url.to_owned(),
            queue,
        })
    }
}

impl Pipe for Ours {
    type Receiving = RunningWorker;
    type Message = AnyOrder;

    async fn receive(&self, clock: Arc<Clock>) -> Result<RunningWorker> {
        worker(Worker::builder().broker_url(&self.url), self.queue, &clock).await
    }

    fn message(&self, number: usize) -> Result<AnyOrder> {
        let mut message = AnyOrder::new(self.queue, order(0));
        *message.number() = u64::try_from(number)?;
        Ok(message)
    }

    async fn send(&self, message: AnyOrder) -> Result<()> {
        Ok(message.publish(&self.bus).await?)
    }

    async fn end(receiving: RunningWorker) -> Result<()> {
        receiving.stop().await;
        Ok(())
    }
}

impl Handle for Clock {
    async fn handle(&self, number: u64) {
        if let Ok(number) = usize::try_from(number) {
            self.arrived(number);
        }
    }
}
