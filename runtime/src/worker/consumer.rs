//! Looks after one queue: subscribes, hands deliveries to handlers within the queue's concurrency, subscribes again whenever
//! the subscription ends, and drains.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::handle::Handling;
use super::health::ConsumerLamp;
use crate::backoff::Backoff;
use crate::shutdown::Draining;
use crate::topology::Topology;
use crate::transport::{self, Subscription, TransportError};

/// One queue of a worker.
pub(super) struct Consumer {
    pub(super) handling: Arc<Handling>,
    /// What the queue needs on the broker: declared again when it is gone.
    pub(super) topology: Arc<Topology>,
    pub(super) draining: Draining,
    /// The handlers that run.
    pub(super) running: JoinSet<()>,
    /// Tells how it is doing.
    pub(super) lamp: ConsumerLamp,
}

/// How the handlers of a queue ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Drained {
    pub(super) finished: usize,
    pub(super) given_back: usize,
}

impl Consumer {
    /// Consumes until the worker drains. `ready` hears of the first subscription, or of its refusal.
    pub(super) async fn run(
        mut self,
        ready: oneshot::Sender<Result<(), TransportError>>,
    ) -> Drained {
        let mut subscription = match self.subscribe().await {
            Ok(subscription) => {
                self.lamp.consuming();
                let _ = ready.send(Ok(()));
                subscription
            }
            Err(error) => {
                let _ = ready.send(Err(error));
                return Drained::default();
            }
        };
        loop {
            match self.consume(&mut *subscription).await {
                Ended::Draining => return self.drain(subscription).await,
                Ended::Lost(why) => {
                    tracing::warn!(
                        queue = self.handling.queue.name,
                        why,
                        "the subscription ended; subscribing again"
                    );
                    drop(subscription);
                    self.lamp.recovering(why);
                }
            }
            match self.subscribe_again().await {
                Some(again) => subscription = again,
                None => return self.finish().await,
            }
        }
    }

    async fn subscribe(&self) -> Result<Box<dyn Subscription>, TransportError> {
        let queue = self.handling.queue;
        self.handling
            .bus
            .transport()
            .consume(queue.name, queue.prefetch)
            .await
    }

    /// Subscribes again, however often it takes; `None` when the worker drains before it succeeds.
    async fn subscribe_again(&mut self) -> Option<Box<dyn Subscription>> {
        let mut backoff = Backoff::of_worker();
        loop {
            let delay = backoff.next();
            tokio::select! {
                () = self.draining.begun() => return None,
                () = tokio::time::sleep(delay) => (),
            }
            let subscribed = tokio::select! {
                () = self.draining.begun() => return None,
                subscribed = async {
                    // The queue may be what is gone.
                    self.handling.bus.declare(&self.topology).await?;
                    self.subscribe().await
                } => subscribed,
            };
            match subscribed {
                Ok(subscription) => {
                    self.lamp.consuming();
                    tracing::info!(queue = self.handling.queue.name, "subscribed again");
                    return Some(subscription);
                }
                Err(error) => {
                    tracing::warn!(queue = self.handling.queue.name, %error, "no subscription yet; trying again");
                    self.lamp.recovering(error.to_string());
                }
            }
        }
    }

    /// Hands deliveries to handlers until the subscription ends or the worker drains.
    async fn consume(&mut self, subscription: &mut dyn Subscription) -> Ended {
        let concurrency = usize::from(self.handling.queue.concurrency.max(1));
        loop {
            tokio::select! {
                biased;
                () = self.draining.begun() => return Ended::Draining,
                Some(_) = self.running.join_next() => (),
                delivered = transport::next(subscription), if self.running.len() < concurrency => match delivered {
                    Some(Ok(delivered)) => {
                        self.running.spawn(Arc::clone(&self.handling).handle(delivered));
                    }
                    Some(Err(error)) => return Ended::Lost(error.to_string()),
                    None => return Ended::Lost("the broker has ended it".to_owned()),
                },
            }
        }
    }

    /// Takes no more, gives back what no handler has begun with, and waits for the handlers.
    async fn drain(mut self, mut subscription: Box<dyn Subscription>) -> Drained {
        self.lamp.draining();
        if let Err(error) = subscription.cancel().await {
            tracing::warn!(queue = self.handling.queue.name, %error, "the subscription could not be cancelled in order");
        }
        let buffered = async {
            let mut unstarted = 0;
            // Dropping a delivery gives it back.
            while let Some(Ok(_)) = transport::next(&mut *subscription).await {
                unstarted += 1;
            }
            unstarted
        };
        let unstarted = tokio::select! {
            unstarted = buffered => unstarted,
            () = self.draining.given_up() => 0,
        };
        // The subscription must live as long as its deliveries can be settled.
        let mut drained = self.finish().await;
        drop(subscription);
        drained.given_back += unstarted;
        drained
    }

    /// Waits for the handlers that run; when the worker gives up, ends them, which gives their deliveries back.
    async fn finish(&mut self) -> Drained {
        self.lamp.draining();
        let drained = self.finish_handlers().await;
        self.lamp.drained();
        drained
    }

    async fn finish_handlers(&mut self) -> Drained {
        let mut drained = Drained::default();
        loop {
            tokio::select! {
                biased;
                ended = self.running.join_next() => match ended {
                    Some(_) => drained.finished += 1,
                    None => return drained,
                },
                () = self.draining.given_up() => break,
            }
        }
        drained.given_back += self.running.len();
        // A handler that blocks its thread does not hear of this; its delivery goes back when the connection closes.
        self.running.abort_all();
        drained
    }
}

/// Why consuming ended.
enum Ended {
    Draining,
    Lost(String),
}
