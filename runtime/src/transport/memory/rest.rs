//! What a broker still has to do, and what lies in it: tests look in from outside.

use std::sync::Arc;

use tokio::sync::futures::Notified;

use super::MemoryTransport;
use super::broker::Broker;
use super::consumer::{Consumer, ConsumerId};
use super::queue::QueueId;
use crate::transport::{Delivered, NoRight};

/// What is not at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// Of the queues that were asked about, those with something in them.
    pub(crate) queues: Vec<UnfinishedQueue>,
    /// Whether something somewhere waits for its time.
    pub(crate) delayed: bool,
}

/// A queue that has something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnfinishedQueue {
    pub(crate) name: &'static str,
    /// Messages that wait in it.
    pub(crate) waiting: usize,
    /// Messages that its consumers have not settled.
    pub(crate) unsettled: usize,
}

impl Unfinished {
    pub(crate) fn is_nothing(&self) -> bool {
        self.queues.is_empty() && !self.delayed
    }
}

impl MemoryTransport {
    /// What these queues, and all delays, still have to do.
    pub(crate) fn unfinished(&self, queues: &[&'static str]) -> Unfinished {
        self.shell.look(|broker| broker.unfinished(queues))
    }

    /// Is ready when the broker has done something after this was called, and was polled or enabled.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.shell.changed()
    }

    /// The messages that wait in a queue, the next one first. They are looked at only, and stay there.
    pub(crate) fn waiting_in(&self, queue: &str) -> Vec<Delivered> {
        self.shell.look(|broker| broker.waiting_in(queue))
    }

    /// Ends every subscription, as a lost connection does. What they held goes back to its queue.
    pub(crate) fn lose_subscriptions(&self) {
        self.shell.step(|broker, now| {
            let all: Vec<ConsumerId> = broker.consumers.keys().copied().collect();
            broker.end_consumers(&all, now);
        });
    }
}

impl Broker {
    fn unfinished(&self, queues: &[&'static str]) -> Unfinished {
        let queue = |name: &&'static str| {
            let id = *self.queue_ids.get(*name)?;
            let unfinished = UnfinishedQueue {
                name,
                waiting: self.queues[id.0].len(),
                unsettled: self.unsettled(id),
            };
            (unfinished.waiting + unfinished.unsettled > 0).then_some(unfinished)
        };
        Unfinished {
            queues: queues.iter().filter_map(queue).collect(),
            delayed: self.next_deadline().is_some(),
        }
    }

    fn unsettled(&self, queue: QueueId) -> usize {
        let of_queue = self
            .consumers
            .values()
            .filter(|consumer| consumer.queue == queue);
        of_queue.map(Consumer::unsettled).sum()
    }

    fn waiting_in(&self, queue: &str) -> Vec<Delivered> {
        let Some(id) = self.queue_ids.get(queue) else {
            return Vec::new();
        };
        let entries = self.queues[id.0].entries();
        entries
            .map(|entry| Delivered {
                exchange: entry.message.exchange.clone(),
                routing_key: entry.message.routing_key.clone(),
                redelivered: entry.returns > 0,
                properties: Arc::clone(&entry.message.properties),
                body: entry.message.body.clone(),
                settle: Box::new(NoRight),
            })
            .collect()
    }
}
