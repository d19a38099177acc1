//! Which consumer of a queue gets the next message: they take turns, or one of them gets everything.

use super::broker::Broker;
use super::consumer::ConsumerId;
use super::queue::{Entry, QueueId};

impl Broker {
    /// Gives an entry to the consumer whose turn it is; where there is none, it stays in the queue.
    pub(super) fn deliver(&mut self, id: QueueId, entry: Entry) {
        let queue = &mut self.queues[id.0];
        let turn = queue.turns.pop_front();
        let Some((turn, consumer)) = turn.and_then(|id| Some((id, self.consumers.get_mut(&id)?)))
        else {
            queue.insert(entry);
            return;
        };
        consumer.left_the_line();
        if consumer.send(entry) {
            self.woken.push(turn);
        }
        self.give_turn(turn);
    }

    /// Puts a consumer at the end of its queue's line if it may get one more.
    pub(super) fn give_turn(&mut self, id: ConsumerId) {
        if let Some(consumer) = self.consumers.get(&id)
            && self.may_get(id, consumer.queue)
            && let Some(consumer) = self.consumers.get_mut(&id)
            && consumer.lines_up()
        {
            self.queues[consumer.queue.0].turns.push_back(id);
        }
    }

    /// Whether a consumer is served: where one at a time is, the one that came first.
    fn may_get(&self, id: ConsumerId, queue: QueueId) -> bool {
        !self.has_single_active_consumer(queue) || self.active_consumer(queue) == Some(id)
    }

    fn has_single_active_consumer(&self, queue: QueueId) -> bool {
        self.queues[queue.0]
            .declared
            .arguments
            .single_active_consumer
    }

    /// The consumer of a queue that came first and was not cancelled.
    pub(super) fn active_consumer(&self, queue: QueueId) -> Option<ConsumerId> {
        let consumers = self.consumers.iter();
        consumers
            .filter(|(_, consumer)| consumer.queue == queue && !consumer.is_cancelled())
            .map(|(id, _)| *id)
            .min()
    }

    /// Lets the consumer that is served alone line up; it may have become that just now.
    pub(super) fn activate(&mut self, queue: QueueId) {
        if self.has_single_active_consumer(queue)
            && let Some(active) = self.active_consumer(queue)
        {
            self.give_turn(active);
        }
    }

    /// Takes a consumer out of its queue's line for good.
    pub(super) fn leave(&mut self, id: ConsumerId) -> Option<QueueId> {
        let consumer = self.consumers.get_mut(&id)?;
        consumer.cancel();
        consumer.left_the_line();
        let queue = consumer.queue;
        self.queues[queue.0].turns.retain(|other| *other != id);
        Some(queue)
    }
}
