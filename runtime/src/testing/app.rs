//! The services of a test, running.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::builder::AppBuilder;
use super::history::History;
use super::idle::Limits;
use super::journal::Journal;
use super::records::{self, Handled, Published, Retried};
use super::switchboard::{PublishFault, Switchboard};
use crate::bus::Bus;
use crate::dead_letter::DeadLetter;
use crate::message::Message;
use crate::publish::{PublishError, Receipt};
use crate::scalar::Json;
use crate::service::Service;
use crate::spec::QueueSpec;
use crate::topology::dead_letter_queue;
use crate::worker::{DrainReport, RunningWorker};

/// Services that run in a test, on a broker of their own in memory. Dropping it ends them.
///
/// See the [module](super) for an example.
pub struct App {
    pub(super) bus: Bus,
    pub(super) switchboard: Switchboard,
    pub(super) journal: Arc<Journal>,
    pub(super) queues: Vec<&'static QueueSpec>,
    /// `None` when it was stopped.
    pub(super) worker: Option<RunningWorker>,
    pub(super) limits: Limits,
}

impl App {
    /// Starts one service.
    ///
    /// # Panics
    ///
    /// When the worker does not start; the message says why.
    pub async fn start(service: impl Service) -> Self {
        Self::builder().service(service).start().await
    }

    /// Collects services, and how the test treats them.
    pub fn builder() -> AppBuilder {
        AppBuilder::new()
    }

    /// Publishes a message, as [`Bus::publish`]. Nothing has been done with it yet: [`run_until_idle`](Self::run_until_idle).
    ///
    /// # Errors
    ///
    /// As [`Bus::publish`]. A task that no service of this test handles is no error unless
    /// [`strict_routing`](AppBuilder::strict_routing) was asked for.
    pub async fn publish<M: Message>(&self, message: &M) -> Result<Receipt, PublishError> {
        self.bus.publish(message).await
    }

    /// The bus, for every other way to publish, and for code under test that takes one.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// The messages of a type that were published, in order: by the test and by handlers, for now and for later. What a handler staged
    /// is published only when it succeeds.
    ///
    /// # Panics
    ///
    /// When another type has the same type id.
    pub fn published<M: Message + DeserializeOwned>(&self) -> Vec<M> {
        let entries = self.journal.entries();
        let published = records::publications::<M>(&entries).map(Published::of);
        published.map(|published| published.message).collect()
    }

    /// The same with what is known about each publish: its delay, its ids, whether it reached nobody.
    ///
    /// # Panics
    ///
    /// When another type has the same type id.
    pub fn publications<M: Message + DeserializeOwned>(&self) -> Vec<Published<M>> {
        let entries = self.journal.entries();
        records::publications::<M>(&entries)
            .map(Published::of)
            .collect()
    }

    /// The messages of a type that were published, as JSON: for types that cannot be read back. Code that was generated for one service
    /// cannot read what that service only publishes.
    pub fn published_json<M: Message>(&self) -> Vec<Json> {
        let entries = self.journal.entries();
        let published = records::publications::<M>(&entries);
        // Every body was written as JSON.
        published
            .filter_map(|published| serde_json::from_slice(&published.body).ok())
            .collect()
    }

    /// The messages of a type that handlers have done, in the order in which they were acknowledged. An event that several handlers take
    /// is there once for each.
    ///
    /// # Panics
    ///
    /// When another type has the same type id.
    pub fn handled<M: Message + DeserializeOwned>(&self) -> Vec<Handled<M>> {
        Handled::all(&self.journal.entries())
    }

    /// The attempts at messages of a type that another attempt follows, with their errors, in order.
    ///
    /// # Panics
    ///
    /// When another type has the same type id.
    pub fn retried<M: Message + DeserializeOwned>(&self) -> Vec<Retried<M>> {
        Retried::all(&self.journal.entries())
    }

    /// What is in the dead-letter queues of the services, the oldest of each queue first. Looking at them changes nothing.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        let mut known = BTreeSet::new();
        let mut letters = Vec::new();
        for queue in self.queues.iter().map(|queue| dead_letter_queue(queue)) {
            if known.insert(queue.clone()) {
                let waiting = self.switchboard.broker.waiting_in(&queue);
                let letter = |delivered| DeadLetter::new(&queue, delivered);
                letters.extend(waiting.into_iter().map(letter));
            }
        }
        letters
    }

    /// Everything that has happened, a line each. Print it when a test fails, or give it to an assertion:
    /// `assert_eq!(app.handled::<Capture>().len(), 1, "{}", app.history())`.
    pub fn history(&self) -> History {
        History(self.journal.entries())
    }

    /// Lets the next publish of `M` fail, by the test or by a handler, now or for later. Asked again, it lets the one after that fail too.
    ///
    /// Retries and dead letters are no publishes of `M`: they are the worker's, and do not fail here.
    pub fn fail_next_publish<M: Message>(&self, fault: PublishFault) {
        self.switchboard.fail_next(M::CONTRACT.type_id, fault);
    }

    /// Ends all subscriptions as a lost connection does: what is not settled goes back to its queues at once and comes again, redelivered, when
    /// the worker has subscribed again. Handlers that run do not notice before they settle, and settle in vain.
    pub fn lose_connection(&self) {
        self.journal.connection_lost();
        self.switchboard.broker.lose_subscriptions();
    }

    /// Stops as a program does: what runs may finish within the drain timeout, the rest goes back to the broker. What has happened can still
    /// be looked at. Stopped already, it does nothing.
    pub async fn stop(&mut self) -> DrainReport {
        match self.worker.take() {
            Some(worker) => worker.stop().await,
            None => DrainReport::default(),
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queues: Vec<_> = self.queues.iter().map(|queue| queue.name).collect();
        let events = self.journal.len();
        f.debug_struct("App")
            .field("queues", &queues)
            .field("running", &self.worker.is_some())
            .field("events", &events)
            .finish_non_exhaustive()
    }
}
