//! Collects what a test runs.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::app::App;
use super::idle::Limits;
use super::journal::Journal;
use super::switchboard::Switchboard;
use crate::bus::{Bus, Settings};
use crate::observe::Observer;
use crate::service::Service;
use crate::spec::QueueSpec;
use crate::worker::{Worker, WorkerBuilder};

/// Collects what a test runs; made by [`App::builder`].
#[must_use = "nothing runs until it is started"]
pub struct AppBuilder {
    worker: WorkerBuilder,
    strict: bool,
    limits: Limits,
}

impl AppBuilder {
    pub(super) fn new() -> Self {
        Self {
            worker: Worker::builder(),
            strict: false,
            limits: Limits::default(),
        }
    }

    /// Adds a service.
    pub fn service(self, service: impl Service) -> Self {
        self.worker(|worker| worker.service(service))
    }

    /// Sets up the worker as the program does: which handlers it runs, how long it drains, and so on. Whatever broker it is given, it
    /// gets that of the test.
    pub fn worker(mut self, set_up: impl FnOnce(WorkerBuilder) -> WorkerBuilder) -> Self {
        self.worker = set_up(self.worker);
        self
    }

    /// A task that no service of the test handles is [`Unroutable`](crate::PublishErrorKind::Unroutable), as it is on a broker where its service
    /// never ran. Otherwise it is accepted and [recorded](App::published): a service is mostly tested without those that it calls.
    pub fn strict_routing(mut self) -> Self {
        self.strict = true;
        self
    }

    /// How long nothing may happen while a handler runs or a message waits for one; a minute unless set. Delays of messages do not
    /// count. Then [`run_until_idle`](App::run_until_idle) gives up, and says what it waits for.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.limits.patience = patience;
        self
    }

    /// How many events of the [history](App::history) one [`run_until_idle`](App::run_until_idle) may take, lest handlers that publish to each other
    /// run for ever; 100,000 unless set. An attempt is about four.
    pub fn most_events(mut self, events: usize) -> Self {
        self.limits.events = events;
        self
    }

    /// Starts the services on a broker of their own. It returns when all of them consume.
    ///
    /// # Panics
    ///
    /// When the worker does not start; the message says why.
    pub async fn start(self) -> App {
        let journal = Arc::new(Journal::new());
        let switchboard = Switchboard::new(Arc::clone(&journal), self.strict);
        let bus = Bus::observed(
            "in memory, for a test".to_owned(),
            Box::new(switchboard.clone()),
            Settings::default(),
            Some(Arc::clone(&journal) as Arc<dyn Observer>),
        );
        let queues = self.queues();
        let started = self.worker.bus(bus.clone()).start().await;
        let worker = started.unwrap_or_else(|error| panic!("the test app does not start: {error}"));
        App {
            bus,
            switchboard,
            journal,
            queues,
            worker: Some(worker),
            limits: self.limits,
        }
    }

    /// The queues of the services, each once.
    fn queues(&self) -> Vec<&'static QueueSpec> {
        let mut names = BTreeSet::new();
        let queues = self.worker.specs().flat_map(|service| service.queues);
        queues.filter(|queue| names.insert(queue.name)).collect()
    }
}

impl fmt::Debug for AppBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppBuilder")
            .field("worker", &self.worker)
            .field("strict_routing", &self.strict)
            .field("limits", &self.limits)
            .finish()
    }
}
