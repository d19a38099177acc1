//! The journal of a test: everything that happened, in order.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

use crate::delivery::Attempt;
use crate::message::Contract;
use crate::observe::{Happened, Observer, SettledAs};
use crate::transport::Publish;
use crate::wire::{self, headers};

/// One line of the journal. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// How long after the start, by the clock of the test.
    pub(super) at: Duration,
    pub(super) event: Event,
}

#[derive(Debug, Clone)]
pub(super) enum Event {
    Published(Arc<Publication>),
    /// The error says why not.
    NotPublished(Arc<Publication>, String),
    Began(Arc<Taken>),
    Settled(Arc<Taken>, SettledAs),
    /// The error says why not.
    NotSettled(Arc<Taken>, String),
    /// `settled`: it is told already how.
    Ended {
        taken: Arc<Taken>,
        settled: bool,
    },
    /// The test has ended all subscriptions.
    ConnectionLost,
}

/// A message as it was published.
#[derive(Debug)]
pub(super) struct Publication {
    pub(super) contract: &'static Contract,
    pub(super) body: Bytes,
    pub(super) message_id: Option<String>,
    pub(super) correlation_id: Option<String>,
    /// The message whose handler published it.
    pub(super) causation_id: Option<String>,
    pub(super) delay: Duration,
    /// No queue took it.
    pub(super) reached_nobody: bool,
}

/// A delivery as a worker took it.
#[derive(Debug)]
pub(super) struct Taken {
    /// `None` where the publisher has set none and no handler takes it.
    pub(super) type_id: Option<String>,
    pub(super) message_id: Option<String>,
    pub(super) queue: &'static str,
    /// `None` where no handler takes it.
    pub(super) handler: Option<&'static str>,
    pub(super) attempt: u32,
    pub(super) attempts: u32,
    pub(super) body: Bytes,
    pub(super) since: Instant,
}

/// Where the bus of a test writes what happens.
#[derive(Debug)]
pub(super) struct Journal {
    begun: Instant,
    state: Mutex<State>,
    written: Notify,
}

#[derive(Debug, Default)]
struct State {
    entries: Vec<Entry>,
    /// The deliveries that a worker has in its hands, by the place of their attempt, which is theirs alone as long as it lasts.
    running: HashMap<usize, Running>,
    /// Messages that no queue took, and whose publishing is about to be told.
    reached_nobody: HashSet<String>,
}

#[derive(Debug)]
struct Running {
    taken: Arc<Taken>,
    settled: bool,
}

impl Journal {
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            state: Mutex::default(),
            written: Notify::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    /// The deliveries that a worker has in its hands, the oldest first.
    pub(super) fn running(&self) -> Vec<Arc<Taken>> {
        let mut running: Vec<_> = self
            .lock()
            .running
            .values()
            .map(|running| Arc::clone(&running.taken))
            .collect();
        running.sort_by_key(|taken| taken.since);
        running
    }

    /// Is ready when something was written after this was called, and was polled or enabled.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.written.notified()
    }

    /// Notes that no queue took a message whose publishing is told next.
    pub(super) fn reached_nobody(&self, message_id: Option<String>) {
        self.lock().reached_nobody.extend(message_id);
    }

    pub(super) fn connection_lost(&self) {
        self.write(|_| Some(Event::ConnectionLost));
    }

    fn write(&self, event: impl FnOnce(&mut State) -> Option<Event>) {
        let at = self.begun.elapsed();
        let mut state = self.lock();
        if let Some(event) = event(&mut state) {
            state.entries.push(Entry { at, event });
        }
        drop(state);
        self.written.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held, and a poisoned lock would only spread another one's panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Journal {
    fn notice(&self, happened: &Happened<'_>) {
        self.write(|state| match *happened {
            Happened::Published {
                contract,
                message,
                delay,
                result,
            } => {
                let publication = Arc::new(state.publication(contract, message, delay));
                Some(match result {
                    Ok(()) => Event::Published(publication),
                    Err(error) => Event::NotPublished(publication, error.to_string()),
                })
            }
            Happened::Began { attempt, routed } => {
                let taken = Arc::new(Taken::of(attempt, routed));
                let running = Running {
                    taken: Arc::clone(&taken),
                    settled: false,
                };
                state.running.insert(key(attempt), running);
                Some(Event::Began(taken))
            }
            Happened::Settled { attempt, how } => {
                let running = state.running.get_mut(&key(attempt))?;
                running.settled = true;
                Some(Event::Settled(Arc::clone(&running.taken), how.clone()))
            }
            Happened::NotSettled { attempt, error } => {
                let running = state.running.get(&key(attempt))?;
                Some(Event::NotSettled(
                    Arc::clone(&running.taken),
                    error.to_string(),
                ))
            }
            Happened::Ended { attempt } => {
                let Running { taken, settled } = state.running.remove(&key(attempt))?;
                Some(Event::Ended { taken, settled })
            }
        });
    }
}

/// Tells an attempt from all others that there are at the same time.
fn key(attempt: &Attempt) -> usize {
    std::ptr::from_ref(attempt).addr()
}

impl State {
    fn publication(
        &mut self,
        contract: &'static Contract,
        message: &Publish,
        delay: Duration,
    ) -> Publication {
        let properties = &message.properties;
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let message_id = owned(wire::text(properties.message_id().as_ref()));
        let headers = properties.headers().as_ref();
        Publication {
            contract,
            body: message.body.clone(),
            correlation_id: owned(wire::text(properties.correlation_id().as_ref())),
            causation_id: owned(headers::text(headers, headers::CAUSATION_ID)),
            delay,
            reached_nobody: message_id
                .as_ref()
                .is_some_and(|id| self.reached_nobody.remove(id)),
            message_id,
        }
    }
}

impl Taken {
    fn of(attempt: &Attempt, routed: bool) -> Self {
        let (received, handler) = (&attempt.received, attempt.handler);
        let type_id = received
            .type_id()
            .or(routed.then_some(handler.message.type_id));
        Self {
            type_id: type_id.map(str::to_owned),
            message_id: received.message_id().map(str::to_owned),
            queue: attempt.queue.name,
            handler: routed.then_some(handler.name),
            attempt: received.attempt(),
            attempts: handler.retry.attempts,
            body: received.body.clone(),
            since: Instant::now(),
        }
    }
}
