//! One supervised connection: opened when it is needed, opened again when it is needed after a loss.
//!
//! lapin's own recovery is off: after an error on a channel it leaves consumers that wait forever on a connection that lives.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lapin::Channel;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::address::Address;
use super::addresses::Addresses;
use super::dial::{Opened, Terms, dial};
use super::spent::Spent;
use super::words::words;
use crate::backoff::Backoff;
use crate::transport::{Loss, PublishingState, TransportError};

/// How long a connection, a channel or a close may take.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Between rounds of attempts at a connection, of which each tries every address. Callers wait for it, and have deadlines of some seconds.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(3));

/// A connection that is lost after less was none.
const LASTING: Duration = Duration::from_secs(10);

/// Between looks at a connection that nobody may be using: health tells of its loss that much later.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A connection that is there when a channel is asked of it.
#[derive(Debug)]
pub(super) struct Link {
    addresses: Arc<Addresses>,
    terms: Arc<Terms>,
    /// What the last round of attempts gave; the connection may be lost by now.
    last: Mutex<Result<Arc<Opened>, TransportError>>,
    /// Held by the one who makes a round of attempts.
    rounds: tokio::sync::Mutex<Rounds>,
    /// How many rounds there were; lets those who waited for one share its outcome.
    count: AtomicU64,
    /// Whether somebody already opens it in the background.
    waking: AtomicBool,
    closed: watch::Sender<bool>,
    /// Where it was made: what opens it must go on also where a caller's own runtime does not.
    runtime: Handle,
}

/// When the next round of attempts may be made, and where it begins.
#[derive(Debug)]
struct Rounds {
    /// Grows with every round since a connection that lasted.
    backoff: Backoff,
    /// Counted from the last round, also from a good one: a connection that is lost as soon as it is there is no better than none.
    retry_at: Option<Instant>,
    /// When the last connection was opened.
    opened_at: Option<Instant>,
    /// Where the last connection led.
    worked: Option<Arc<Address>>,
    /// The round that is under way. It belongs to nobody who waits for it: those with little time would begin one after the other.
    running: JoinSet<Result<Opened, TransportError>>,
}

impl Rounds {
    fn new() -> Self {
        Self {
            backoff: BACKOFF,
            retry_at: None,
            opened_at: None,
            worked: None,
            running: JoinSet::new(),
        }
    }

    /// The outcome of the round that is under way, or of a new one. Dropping the future leaves it under way.
    async fn next(
        &mut self,
        addresses: &Arc<Addresses>,
        terms: &Arc<Terms>,
    ) -> Result<Opened, TransportError> {
        if self.running.is_empty() {
            if self.opened_at.is_some_and(|at| at.elapsed() >= LASTING) {
                (self.backoff, self.retry_at) = (BACKOFF, None);
            }
            if let Some(retry_at) = self.retry_at {
                sleep_until(retry_at).await;
            }
            let (addresses, terms) = (Arc::clone(addresses), Arc::clone(terms));
            let worked = self.worked.clone();
            self.running
                .spawn(async move { dial(&addresses, worked.as_ref(), &terms).await });
        }
        let outcome = match self.running.join_next().await {
            Some(Ok(outcome)) => outcome,
            // The runtime is about to end.
            Some(Err(_)) | None => Err(ended(addresses)),
        };
        let now = Instant::now();
        self.retry_at = Some(now + self.backoff.next());
        self.opened_at = outcome.is_ok().then_some(now);
        if let Ok(opened) = &outcome {
            self.worked = Some(Arc::clone(&opened.address));
        }
        outcome
    }
}

/// An attempt ends before its time only with its runtime.
fn ended(addresses: &Addresses) -> TransportError {
    TransportError::Disconnected(format!(
        "the attempt to connect to RabbitMQ at {addresses} was ended; connect within a runtime that goes on"
    ))
}

impl Link {
    /// Needs a runtime.
    pub(super) fn new(addresses: Arc<Addresses>, terms: Terms) -> Self {
        Self {
            last: Mutex::new(Err(TransportError::Disconnected(format!(
                "no connection to RabbitMQ at {addresses} has been opened yet"
            )))),
            addresses,
            terms: Arc::new(terms),
            rounds: tokio::sync::Mutex::new(Rounds::new()),
            count: AtomicU64::new(0),
            waking: AtomicBool::new(false),
            closed: watch::Sender::new(false),
            runtime: Handle::current(),
        }
    }

    /// Whether it takes publishes at this moment.
    pub(super) fn state(&self) -> PublishingState {
        if *self.closed.borrow() {
            return PublishingState::Closed;
        }
        match &*self.last() {
            // One that broke while it was blocked says for ever that it is.
            Ok(opened) if !opened.is_there() => {
                PublishingState::Away(opened.lost("the broker closed it, or it broke").to_string())
            }
            Ok(opened) if opened.connection.status().blocked() => PublishingState::Blocked,
            Ok(_) => PublishingState::Open,
            Err(error) => PublishingState::Away(error.to_string()),
        }
    }

    /// How large a frame may be, by the last connection, where the last attempt at one did not fail.
    pub(super) fn frame_max(&self) -> Option<usize> {
        let last = self.last();
        let configuration = last.as_ref().ok()?.connection.configuration();
        usize::try_from(configuration.frame_max()).ok()
    }

    /// Where bodies go that came over it.
    pub(super) fn spent(&self) -> Spent {
        self.terms.spent.clone()
    }

    /// Has the connection opened where it is not open, without waiting for it.
    pub(super) fn wake(self: &Arc<Self>) {
        if self.waking.swap(true, Ordering::AcqRel) {
            return;
        }
        let link = Arc::clone(self);
        self.runtime.spawn(async move {
            // The next one who asks hears why there is none.
            let _ = link.opened().await;
            link.waking.store(false, Ordering::Release);
        });
    }

    /// A new channel, on a new connection where the last one is gone.
    ///
    /// Every address is tried once, after the pause that earlier failures impose; the caller decides whether to ask again.
    pub(super) async fn channel(self: &Arc<Self>) -> Result<Channel, TransportError> {
        let opened = self.opened().await?;
        let connection = &opened.connection;
        match timeout(CONNECT_TIMEOUT, connection.create_channel()).await {
            Ok(Ok(channel)) => Ok(channel),
            Ok(Err(error)) => Err(opened.lost(&words(&error))),
            Err(_) if connection.status().blocked() => Err(opened.lost(
                "the broker blocks publishers because it is short of memory or disk; look for an alarm in `rabbitmqctl status`",
            )),
            Err(_) => Err(opened.lost(&format!("no channel within {CONNECT_TIMEOUT:?}"))),
        }
    }

    /// Opens the connection where it is not open. What it gives is ready when that connection is gone.
    pub(super) async fn open(self: Arc<Self>) -> Result<Loss, TransportError> {
        let opened = self.opened().await?;
        Ok(Box::pin(async move {
            // lapin tells of a connection that broke, but not of one that the broker has closed in order.
            while opened.is_there() {
                sleep(LOOK_AGAIN).await;
            }
            let why = if *self.closed.borrow() {
                "it was closed by this process"
            } else {
                "the broker closed it, or it broke"
            };
            opened.lost(why)
        }))
    }

    /// The open connection, or a new one.
    ///
    /// Who waits for a new one may be polled late or never again, so the wait belongs to a task: nobody else may have to wait for a caller.
    async fn opened(self: &Arc<Self>) -> Result<Arc<Opened>, TransportError> {
        if let Ok(opened) = &*self.last()
            && opened.is_there()
            && !*self.closed.borrow()
        {
            return Ok(Arc::clone(opened));
        }
        let link = Arc::clone(self);
        let opening = self.runtime.spawn(async move {
            let mut closed = link.closed.subscribe();
            tokio::select! {
                biased;
                _ = closed.wait_for(|closed| *closed) => Err(TransportError::Closed(format!(
                    "the bus to RabbitMQ at {} was closed by this process; connect another one",
                    link.addresses
                ))),
                opened = link.still_open_or_new() => opened,
            }
        });
        opening
            .await
            .unwrap_or_else(|_| Err(ended(&self.addresses)))
    }

    async fn still_open_or_new(&self) -> Result<Arc<Opened>, TransportError> {
        let seen = self.count.load(Ordering::Acquire);
        let mut rounds = self.rounds.lock().await;
        match &*self.last() {
            Ok(opened) if opened.is_there() => return Ok(Arc::clone(opened)),
            Err(failure) if self.count.load(Ordering::Acquire) != seen => {
                return Err(failure.clone());
            }
            Ok(_) | Err(_) => {}
        }
        let outcome = rounds.next(&self.addresses, &self.terms).await;
        let outcome = outcome.map(Arc::new);
        self.count.fetch_add(1, Ordering::AcqRel);
        self.last().clone_from(&outcome);
        outcome
    }

    fn last(&self) -> MutexGuard<'_, Result<Arc<Opened>, TransportError>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the connection in order and refuses to open another.
    pub(super) async fn close(&self) {
        // Whoever is about to open a connection stops, and releases the lock.
        self.closed.send_replace(true);
        self.rounds.lock().await.running.abort_all();
        let last = self.last().clone();
        if let Ok(opened) = last {
            // A connection that is gone, or that does not answer, needs no goodbye.
            let goodbye = opened.connection.close(200, "OK".into());
            let _ = timeout(CONNECT_TIMEOUT, goodbye).await;
        }
    }
}
