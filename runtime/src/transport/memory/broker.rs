//! The broker as a pure state machine: no clock, no task, no lock. The time comes in as an argument.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::consumer::{ConnectionId, Consumer, ConsumerId, Delivery, DeliveryTag};
use super::crowd::{Ahead, ROOM};
use super::dead_letter::{self, Reason};
use super::exchange::Exchanges;
use super::message::Message;
use super::queue::{Entry, Queue, QueueId};
use crate::spec::QueueKind;
use crate::transport::{PublishFailure, Stale, TransportError};

/// What a consumer finds when it asks for its next delivery.
#[derive(Debug)]
pub(super) enum Next {
    Delivery(Delivery),
    /// Nothing yet: the consumer is among [`Broker::take_woken`] as soon as there is something.
    Nothing,
    /// It was cancelled and has been given everything that was on the way.
    Finished,
    /// Its connection was closed.
    Gone,
}

/// What becomes of a message that finds its queue full.
#[derive(Debug, Clone, Copy)]
enum Full {
    /// It is dropped.
    Drops,
    /// It waits until there is room.
    Waits,
}

/// Exchanges, queues, consumers and what is on its way between them.
#[derive(Debug)]
pub(super) struct Broker {
    pub(super) exchanges: Exchanges,
    pub(super) queues: Vec<Queue>,
    pub(super) queue_ids: HashMap<Box<str>, QueueId>,
    connections: BTreeSet<ConnectionId>,
    pub(super) consumers: BTreeMap<ConsumerId, Consumer>,
    /// The source of the names of connections and consumers.
    next_id: u64,
    /// When the heads of the queues expire.
    deadlines: BTreeSet<(Instant, QueueId)>,
    /// Messages that are routed and not yet in their queue.
    in_transit: VecDeque<(QueueId, Arc<Message>, Full)>,
    /// Dead letters for queues that are full, of queues that dead-letter at least once.
    held_up: VecDeque<(QueueId, Arc<Message>)>,
    /// Consumers that had nothing to take and now have.
    pub(super) woken: Vec<ConsumerId>,
    /// The queues in which publishers wait, or have waited, for room.
    waited_for: BTreeSet<QueueId>,
    /// One moment on both clocks: dead letters tell the time of day.
    epoch: (Instant, SystemTime),
}

impl Broker {
    pub(super) fn new(now: Instant, time_of_day: SystemTime) -> Self {
        Self {
            exchanges: Exchanges::new(),
            queues: Vec::new(),
            queue_ids: HashMap::new(),
            connections: BTreeSet::new(),
            consumers: BTreeMap::new(),
            next_id: 0,
            deadlines: BTreeSet::new(),
            in_transit: VecDeque::new(),
            held_up: VecDeque::new(),
            woken: Vec::new(),
            waited_for: BTreeSet::new(),
            epoch: (now, time_of_day),
        }
    }

    pub(super) fn connect(&mut self) -> ConnectionId {
        let connection = ConnectionId(self.fresh_id());
        self.connections.insert(connection);
        connection
    }

    pub(super) fn is_connected(&self, connection: ConnectionId) -> bool {
        self.connections.contains(&connection)
    }

    /// Ends a connection and its consumers; what they held goes back to the queues.
    pub(super) fn disconnect(&mut self, connection: ConnectionId, now: Instant) {
        self.connections.remove(&connection);
        let consumers: Vec<_> = self
            .consumers
            .iter()
            .filter_map(|(id, consumer)| (consumer.connection == connection).then_some(*id))
            .collect();
        self.end_consumers(&consumers, now);
    }

    /// Ends consumers that do not know it yet: they are woken to see it.
    pub(super) fn end_consumers(&mut self, consumers: &[ConsumerId], now: Instant) {
        self.woken.extend(consumers);
        self.remove_consumers(consumers, now);
    }

    /// Says how many messages wait before it in the longest of its queues that somebody consumes, where any do.
    pub(super) fn publish(
        &mut self,
        message: &Arc<Message>,
        mandatory: bool,
        now: Instant,
    ) -> Result<Option<Ahead>, PublishFailure> {
        self.run(now);
        let Some(queues) = self.route(message) else {
            return Err(PublishFailure::NoExchange);
        };
        if queues.is_empty() && mandatory {
            return Err(PublishFailure::Unroutable);
        }
        // One full queue makes a refusal; the others get their copies all the same.
        let mut full = None;
        let mut ahead: Option<Ahead> = None;
        for &id in &*queues {
            let queue = &self.queues[id.0];
            if queue.refuses(message) {
                full = full.or(Some(id));
            } else {
                let before = queue.len();
                if before > ahead.map_or(0, |ahead| ahead.before)
                    && self.active_consumer(id).is_some()
                {
                    let borne = queue.borne;
                    ahead = Some(Ahead {
                        queue: id,
                        before,
                        borne,
                    });
                }
                // There is room: nothing else is on its way.
                self.in_transit
                    .push_back((id, Arc::clone(message), Full::Drops));
            }
        }
        self.run(now);
        match full {
            None => Ok(ahead),
            Some(id) => Err(PublishFailure::Nacked(format!(
                "the queue `{}` is full; publish it again when its consumers have caught up",
                self.queues[id.0].declared.name
            ))),
        }
    }

    /// How many messages wait in a queue; `None` where there is room.
    pub(super) fn wait_for_room(&mut self, queue: QueueId) -> Option<usize> {
        let waiting = self.queues[queue.0].len();
        if waiting <= ROOM {
            return None;
        }
        self.waited_for.insert(queue);
        Some(waiting)
    }

    /// Whether there is room now where somebody has waited for it.
    pub(super) fn has_room_again(&mut self) -> bool {
        let before = self.waited_for.len();
        let queues = &mut self.queues;
        self.waited_for.retain(|id| {
            let queue = &mut queues[id.0];
            let is_full = queue.len() > ROOM;
            if !is_full {
                queue.borne = 0;
            }
            is_full
        });
        self.waited_for.len() < before
    }

    pub(super) fn consume(
        &mut self,
        connection: ConnectionId,
        queue: &str,
        prefetch: u16,
        now: Instant,
    ) -> Result<ConsumerId, TransportError> {
        let queue_id = self.find_queue(queue, "consume")?;
        let id = ConsumerId(self.fresh_id());
        self.consumers
            .insert(id, Consumer::new(queue_id, connection, prefetch));
        self.give_turn(id);
        self.serve(queue_id, now);
        self.run(now);
        Ok(id)
    }

    /// A consumer that is sent nothing and [takes](Self::take) for itself, and how many messages are ready for it.
    pub(super) fn pull(
        &mut self,
        connection: ConnectionId,
        queue: &str,
        now: Instant,
    ) -> Result<(ConsumerId, usize), TransportError> {
        self.run(now);
        let queue_id = self.find_queue(queue, "take messages from")?;
        let id = ConsumerId(self.fresh_id());
        self.consumers
            .insert(id, Consumer::pulling(queue_id, connection));
        Ok((id, self.queues[queue_id.0].len()))
    }

    /// Gives a pulling consumer the head of its queue; [`Next::Finished`] where there is none.
    pub(super) fn take(&mut self, id: ConsumerId, now: Instant) -> Next {
        self.run(now);
        if let Some(consumer) = self.consumers.get_mut(&id)
            && let Some(entry) = self.queues[consumer.queue.0].take()
        {
            let queue = consumer.queue;
            consumer.send(entry);
            // The next one may be due already.
            self.serve(queue, now);
            self.run(now);
        }
        self.next(id)
    }

    pub(super) fn next(&mut self, id: ConsumerId) -> Next {
        let Some(consumer) = self.consumers.get_mut(&id) else {
            return Next::Gone;
        };
        let counts = self.queues[consumer.queue.0].declared.kind == QueueKind::Quorum;
        match consumer.take(counts) {
            Some(delivery) => Next::Delivery(delivery),
            None if consumer.is_cancelled() => Next::Finished,
            None => Next::Nothing,
        }
    }

    /// Gives what is done with.
    pub(super) fn ack(
        &mut self,
        id: ConsumerId,
        tag: DeliveryTag,
        now: Instant,
    ) -> Result<Entry, Stale> {
        let (queue, entry) = self.settle(id, tag)?;
        self.serve(queue, now);
        self.run(now);
        Ok(entry)
    }

    pub(super) fn reject(
        &mut self,
        id: ConsumerId,
        tag: DeliveryTag,
        requeue: bool,
        now: Instant,
    ) -> Result<(), Stale> {
        let (queue, entry) = self.settle(id, tag)?;
        if requeue {
            self.give_back(queue, entry, now);
        } else {
            self.dead_letter(queue, entry, Reason::Rejected, now);
        }
        self.serve(queue, now);
        self.run(now);
        Ok(())
    }

    pub(super) fn has_consumer(&self, id: ConsumerId) -> bool {
        self.consumers.contains_key(&id)
    }

    /// Sends a consumer nothing more. What is on the way to it still arrives.
    pub(super) fn cancel(&mut self, id: ConsumerId, now: Instant) {
        if let Some(queue) = self.leave(id) {
            self.activate(queue);
            self.serve(queue, now);
            self.run(now);
        }
    }

    /// Ends a consumer; what it held goes back to its queue.
    pub(super) fn remove_consumer(&mut self, id: ConsumerId, now: Instant) {
        self.remove_consumers(&[id], now);
    }

    /// Expires what is due. To be called again at [`next_deadline`](Self::next_deadline).
    pub(super) fn run(&mut self, now: Instant) {
        loop {
            if let Some((queue, message, full)) = self.in_transit.pop_front() {
                if !self.queues[queue.0].refuses(&message) {
                    self.enqueue(queue, message, now);
                } else if let Full::Waits = full {
                    self.held_up.push_back((queue, message));
                }
            } else if let Some((queue, message)) = self.take_admissible() {
                self.enqueue(queue, message, now);
            } else if let Some(&(deadline, queue)) = self.deadlines.first()
                && deadline <= now
            {
                self.serve(queue, now);
            } else {
                return;
            }
        }
    }

    /// The first of those that wait for room and find it.
    fn take_admissible(&mut self) -> Option<(QueueId, Arc<Message>)> {
        let mut waiting = self.held_up.iter();
        let first = waiting.position(|(queue, message)| !self.queues[queue.0].refuses(message))?;
        self.held_up.remove(first)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// The consumers that have something to see since the last call.
    pub(super) fn take_woken(&mut self) -> Vec<ConsumerId> {
        std::mem::take(&mut self.woken)
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn find_queue(&self, queue: &str, purpose: &str) -> Result<QueueId, TransportError> {
        self.queue_ids.get(queue).copied().ok_or_else(|| {
            TransportError::Missing(format!(
                "cannot {purpose} the queue `{queue}`: it does not exist"
            ))
        })
    }

    /// The queues that a message reaches; `None` where its exchange does not exist.
    fn route(&mut self, message: &Message) -> Option<Arc<[QueueId]>> {
        let key: &str = &message.routing_key;
        if message.exchange.is_empty() {
            return Some(self.queue_ids.get(key).copied().into_iter().collect());
        }
        let exchange = self.exchanges.find(&message.exchange)?;
        Some(self.exchanges.route(exchange, key))
    }

    /// Puts a message at the end of a queue. A waiting consumer gets it even if it lives for 0 ms.
    fn enqueue(&mut self, id: QueueId, message: Arc<Message>, now: Instant) {
        let queue = &mut self.queues[id.0];
        let entry = queue.admit(message, now);
        if queue.is_empty() && !queue.turns.is_empty() {
            self.deliver(id, entry);
        } else {
            queue.insert(entry);
            self.make_room(id, now);
            self.schedule(id);
        }
    }

    /// Drops from the head what a queue has no room for.
    fn make_room(&mut self, id: QueueId, now: Instant) {
        while let Some(entry) = self.queues[id.0].take_overflow() {
            self.dead_letter(id, entry, Reason::MaxLength, now);
        }
    }

    /// Hands out what a queue has, as far as consumers have room, and expires its head when due.
    fn serve(&mut self, id: QueueId, now: Instant) {
        loop {
            let queue = &mut self.queues[id.0];
            if let Some(entry) = queue.take_expired(now) {
                self.dead_letter(id, entry, Reason::Expired, now);
            } else if !queue.turns.is_empty()
                && let Some(entry) = queue.take()
            {
                self.deliver(id, entry);
            } else {
                break;
            }
        }
        self.schedule(id);
    }

    /// Takes a delivery out of a consumer's hands, which makes room for another.
    fn settle(&mut self, id: ConsumerId, tag: DeliveryTag) -> Result<(QueueId, Entry), Stale> {
        let consumer = self.consumers.get_mut(&id).ok_or(Stale)?;
        let entry = consumer.settle(tag).ok_or(Stale)?;
        let queue = consumer.queue;
        self.give_turn(id);
        Ok((queue, entry))
    }

    /// Returns an entry to its place, unless it came back too often.
    fn give_back(&mut self, id: QueueId, mut entry: Entry, now: Instant) {
        entry.returns = entry.returns.saturating_add(1);
        let queue = &mut self.queues[id.0];
        let limit = queue.declared.arguments.delivery_limit;
        if limit.is_some_and(|limit| entry.returns > limit) {
            self.dead_letter(id, entry, Reason::DeliveryLimit, now);
        } else {
            queue.insert(entry);
            self.make_room(id, now);
        }
    }

    /// Takes all of them away before any queue is served, so that none inherits from another.
    fn remove_consumers(&mut self, ids: &[ConsumerId], now: Instant) {
        let mut touched = BTreeSet::new();
        for id in ids {
            self.leave(*id);
            if let Some(consumer) = self.consumers.remove(id) {
                let queue = consumer.queue;
                touched.insert(queue);
                consumer
                    .into_unsettled()
                    .for_each(|entry| self.give_back(queue, entry, now));
            }
        }
        for queue in touched {
            self.activate(queue);
            self.serve(queue, now);
        }
        self.run(now);
    }

    pub(super) fn dead_letter(&mut self, id: QueueId, entry: Entry, reason: Reason, now: Instant) {
        let queue = &self.queues[id.0].declared;
        let Some(to) = &queue.dead_letter else {
            return;
        };
        let seconds = self.unix_seconds(now);
        let letter = dead_letter::letter(&entry.message, reason, &queue.name, to, seconds);
        let targets = self.route(&letter).unwrap_or_default();
        let queue = &mut self.queues[id.0];
        // A quorum queue dead-letters at least once; a classic one gives up where there is no way or no room.
        let full = match queue.declared.kind {
            QueueKind::Quorum => Full::Waits,
            QueueKind::Classic => Full::Drops,
        };
        if targets.is_empty() {
            if let Full::Waits = full {
                queue.stranded.push((entry, reason));
            }
            return;
        }
        let letter = Arc::new(letter);
        for &to in &*targets {
            let name = &self.queues[to.0].declared.name;
            if reason == Reason::Rejected || !dead_letter::is_cycle(&letter, name) {
                self.in_transit.push_back((to, Arc::clone(&letter), full));
            }
        }
    }

    /// Keeps the schedule true to the queue's head.
    fn schedule(&mut self, id: QueueId) {
        let queue = &mut self.queues[id.0];
        let deadline = queue.deadline();
        if deadline != queue.scheduled {
            let before = std::mem::replace(&mut queue.scheduled, deadline);
            before.map(|before| self.deadlines.remove(&(before, id)));
            self.deadlines
                .extend(deadline.map(|deadline| (deadline, id)));
        }
    }

    fn unix_seconds(&self, now: Instant) -> u64 {
        let (epoch, time_of_day) = self.epoch;
        let since_1970 = time_of_day
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        (since_1970 + now.saturating_duration_since(epoch)).as_secs()
    }
}

pub(super) fn refused<T>(text: String) -> Result<T, TransportError> {
    Err(TransportError::Refused(text))
}
