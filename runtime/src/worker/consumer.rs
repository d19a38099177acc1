//! Looks after one queue: subscribes, hands deliveries to handlers within the queue's concurrency, subscribes again whenever
//! the subscription ends, and drains.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::MissedTickBehavior;

use super::handle::Handling;
use super::handlers::Handlers;
use super::health::ConsumerLamp;
use super::persistence::Persistence;
use crate::backoff::Backoff;
use crate::shutdown::Draining;
use crate::topology::Topology;
use crate::transport::{self, Delivered, Subscription, TransportError};

/// How often to look whether the subscription is still there while every handler is at work and nothing is taken from it.
const LOOK: Duration = Duration::from_secs(1);

/// So many deliveries are taken before the next look at all the rest.
const AT_ONCE: usize = 64;

/// One queue of a worker.
pub(super) struct Consumer {
    pub(super) handling: Arc<Handling>,
    /// What this queue needs on the broker: declared again, or verified, before it is consumed again. Not what others need: a classic queue is away with its
    /// node, and the rest of the service goes on.
    pub(super) topology: Topology,
    pub(super) draining: Draining,
    pub(super) handlers: Handlers,
    /// Tells how it is doing.
    pub(super) lamp: ConsumerLamp,
    pub(super) persistence: Persistence,
}

/// How the handlers of a queue ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Drained {
    pub(super) finished: usize,
    pub(super) given_back: usize,
}

impl Consumer {
    /// Consumes from when the worker has started until it drains. `ready` hears of the first subscription, or of its refusal.
    pub(super) async fn run(
        mut self,
        ready: oneshot::Sender<Result<(), TransportError>>,
    ) -> Drained {
        let mut subscription = match self.subscribe().await {
            Ok(subscription) => {
                self.lamp.consuming();
                let _ = ready.send(Ok(()));
                // Where another queue cannot be consumed, the worker does not start: nothing may have begun then.
                self.draining.started().await;
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
                    // The broker delivers them again. Handlers that still run keep their keys: what is delivered again waits for them.
                    drop(self.handlers.take_waiting());
                    self.lamp.recovering(why);
                }
            }
            match self.subscribe_again().await {
                Ok(again) => subscription = again,
                Err(NoMore::Draining) => {
                    let running = self.handlers.still_running();
                    return self.finish(None, running).await;
                }
                Err(NoMore::GaveUp(error)) => {
                    self.lamp.ended();
                    self.persistence.give_up(self.handling.queue.name, &error);
                    self.draining.begun().await;
                    let running = self.handlers.still_running();
                    return self.finish(None, running).await;
                }
            }
        }
    }

    async fn subscribe(&self) -> Result<Box<dyn Subscription>, TransportError> {
        let queue = self.handling.queue;
        let bus = &self.handling.bus;
        let mut subscription = bus.consume(queue.name, queue.prefetch).await?;
        if self.handlers.are_ordered() {
            subscription.keep_order();
        }
        Ok(subscription)
    }

    /// Subscribes again, as often as the worker is to try, which is for ever unless it was told otherwise.
    async fn subscribe_again(&mut self) -> Result<Box<dyn Subscription>, NoMore> {
        let mut backoff = Backoff::of_worker();
        let mut attempt = 0_u32;
        loop {
            attempt = attempt.saturating_add(1);
            let delay = backoff.next();
            tokio::select! {
                () = self.draining.begun() => return Err(NoMore::Draining),
                () = tokio::time::sleep(delay) => (),
            }
            let subscribed = tokio::select! {
                () = self.draining.begun() => return Err(NoMore::Draining),
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
                    return Ok(subscription);
                }
                Err(error) => {
                    self.lamp.recovering(error.to_string());
                    if self.persistence.is_spent(attempt) {
                        return Err(NoMore::GaveUp(error));
                    }
                    tracing::warn!(queue = self.handling.queue.name, %error, "no subscription yet; trying again");
                }
            }
        }
    }

    /// Hands deliveries to handlers until the subscription ends or the worker drains.
    async fn consume(&mut self, subscription: &mut dyn Subscription) -> Ended {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let draining = self.draining.clone();
        let mut drains = std::pin::pin!(draining.begun());
        let are_ordered = self.handlers.are_ordered();
        loop {
            let room = self.handlers.room();
            let have_room = room > 0;
            tokio::select! {
                biased;
                () = &mut drains => return Ended::Draining,
                () = self.handlers.follow(have_room), if are_ordered || !have_room => (),
                _ = look.tick(), if !have_room => {
                    if subscription.is_lost() {
                        return Ended::Lost("its channel is gone".to_owned());
                    }
                }
                delivered = transport::next(subscription), if have_room => {
                    let (mut next, mut taken) = (Some(delivered), 0);
                    // What is here already needs no look at all the rest in between.
                    while let Some(delivered) = next {
                        match delivered {
                            Some(Ok(delivered)) => self.handlers.take(delivered),
                            Some(Err(error)) => return Ended::Lost(error.to_string()),
                            None => return Ended::Lost("the broker has ended it".to_owned()),
                        }
                        taken += 1;
                        next = if taken < room.min(AT_ONCE) { transport::next_here(subscription).await } else { None };
                    }
                }
            }
        }
    }

    /// Takes no more, gives back what no handler has begun with, and waits for the handlers.
    async fn drain(mut self, mut subscription: Box<dyn Subscription>) -> Drained {
        let running = self.handlers.still_running();
        self.lamp.draining();
        if self.handlers.are_ordered() {
            return self.drain_in_order(subscription, running).await;
        }
        let queue = self.handling.queue.name;
        let buffered = async {
            if let Err(error) = subscription.cancel().await {
                tracing::warn!(queue, %error, "the subscription could not be cancelled in order");
            }
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
        let mut drained = self.finish(Some(&mut *subscription), running).await;
        drop(subscription);
        drained.given_back += unstarted;
        drained
    }

    /// As [`drain`](Self::drain), where messages are handled in order: the next worker must get nothing while a handler runs here, nor may what goes
    /// back end up behind what is still in the queue. So the subscription is not cancelled but left alone, and its end gives all back as it was.
    async fn drain_in_order(
        mut self,
        mut subscription: Box<dyn Subscription>,
        running: usize,
    ) -> Drained {
        let waiting = self.handlers.take_waiting();
        let mut unstarted = at_hand(&mut *subscription).await;
        let mut drained = self.finish(Some(&mut *subscription), running).await;
        // What took the places of what was settled meanwhile. Where handlers were ended, polling would give their deliveries back by themselves.
        if drained.given_back == 0 {
            unstarted.append(&mut at_hand(&mut *subscription).await);
        }
        drained.given_back += waiting.len() + unstarted.len();
        // First: each of the deliveries would go back by itself.
        drop(subscription);
        drained
    }

    /// Waits for the handlers that run and, where their subscription is there, until the broker knows what became of their deliveries: the process may end after
    /// that. So many ran when the drain began.
    async fn finish(
        &mut self,
        subscription: Option<&mut dyn Subscription>,
        running: usize,
    ) -> Drained {
        self.lamp.draining();
        let given_back = self.finish_handlers().await;
        if let Some(subscription) = subscription {
            tokio::select! {
                () = subscription.all_settled() => (),
                () = self.draining.given_up() => (),
            }
        }
        self.lamp.drained();
        Drained {
            finished: running - given_back,
            given_back,
        }
    }

    /// Waits for the handlers that run; when the worker gives up, ends them, which gives their deliveries back. Says how many those are.
    async fn finish_handlers(&mut self) -> usize {
        tokio::select! {
            biased;
            () = self.handlers.all_ended() => (),
            () = self.draining.given_up() => (),
        }
        let given_back = self.handlers.still_running();
        // A handler that blocks its thread does not hear of this; its delivery goes back with its channel.
        self.handlers.abort_all();
        given_back
    }
}

/// The deliveries that are here already.
async fn at_hand(subscription: &mut dyn Subscription) -> Vec<Delivered> {
    let mut found = Vec::new();
    while let Some(Some(Ok(delivered))) = transport::next_here(subscription).await {
        found.push(delivered);
    }
    found
}

/// Why there is no further subscription.
enum NoMore {
    Draining,
    GaveUp(TransportError),
}

/// Why consuming ended.
enum Ended {
    Draining,
    Lost(String),
}
