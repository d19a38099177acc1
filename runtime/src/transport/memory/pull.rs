//! Taking what a queue of the in-memory broker holds.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::broker::Next;
use super::consumer::ConsumerId;
use super::shell::Shell;
use super::subscription::{WhenDropped, delivered};
use crate::transport::{Delivered, Pull, TransportError};

pub(super) struct MemoryPull {
    shell: Arc<Shell>,
    consumer: ConsumerId,
    ready: u64,
}

impl MemoryPull {
    pub(super) fn new(shell: Arc<Shell>, consumer: ConsumerId, ready: usize) -> Self {
        Self {
            shell,
            consumer,
            ready: u64::try_from(ready).unwrap_or(u64::MAX),
        }
    }
}

impl Pull for MemoryPull {
    fn ready(&self) -> u64 {
        self.ready
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<Delivered>, TransportError>> {
        Box::pin(async move {
            // A long queue must not keep other tasks from running.
            tokio::task::coop::consume_budget().await;
            match self
                .shell
                .step(|broker, now| broker.take(self.consumer, now))
            {
                Next::Delivery(delivery) => Ok(Some(delivered(
                    &self.shell,
                    self.consumer,
                    delivery,
                    WhenDropped::Keep,
                ))),
                Next::Finished | Next::Nothing => Ok(None),
                Next::Gone => Err(super::closed()),
            }
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>> {
        // Dropping it does all that there is to do.
        Box::pin(async { Ok(()) })
    }
}

impl Drop for MemoryPull {
    fn drop(&mut self) {
        self.shell
            .step(|broker, now| broker.remove_consumer(self.consumer, now));
    }
}
