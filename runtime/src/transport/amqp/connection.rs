//! One supervised connection: opened when it is needed, opened again when it is needed after a loss.
//!
//! lapin's own recovery is off: after an error on a channel it leaves consumers that wait forever on a connection that lives.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lapin::Channel;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::address::Address;
use super::addresses::Addresses;
use super::dial::{Opened, dial};
use super::words::words;
use crate::backoff::Backoff;
use crate::transport::{Loss, PublishingState, TransportError};

/// How long a connection, a channel or a close may take.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Between rounds of attempts at a connection, of which each tries every address. Callers wait for it, and have deadlines of some seconds.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(3));

/// Between looks at a connection that nobody may be using: health tells of its loss that much later.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A connection that is there when a channel is asked of it.
#[derive(Debug)]
pub(super) struct Link {
    addresses: Arc<Addresses>,
    /// What the broker's connection list calls it.
    name: String,
    /// What the last round of attempts gave; the connection may be lost by now.
    last: Mutex<Result<Arc<Opened>, TransportError>>,
    /// Held by the one who makes a round of attempts.
    rounds: tokio::sync::Mutex<Rounds>,
    /// How many rounds there were; lets those who waited for one share its outcome.
    count: AtomicU64,
    /// Whether somebody already opens it in the background.
    waking: AtomicBool,
    closed: watch::Sender<bool>,
}

/// When the next round of attempts may be made, and where it begins.
#[derive(Debug)]
struct Rounds {
    /// Grows with every round that failed since the last good one.
    backoff: Backoff,
    retry_at: Option<Instant>,
    /// Where the last connection led.
    worked: Option<Arc<Address>>,
}

impl Rounds {
    /// Nothing has failed since the connection to `worked`.
    fn from(worked: Option<Arc<Address>>) -> Self {
        Self {
            backoff: BACKOFF,
            retry_at: None,
            worked,
        }
    }
}

impl Link {
    pub(super) fn new(addresses: Arc<Addresses>, name: String) -> Self {
        Self {
            last: Mutex::new(Err(TransportError::Disconnected(format!(
                "no connection to RabbitMQ at {addresses} has been opened yet"
            )))),
            addresses,
            name,
            rounds: tokio::sync::Mutex::new(Rounds::from(None)),
            count: AtomicU64::new(0),
            waking: AtomicBool::new(false),
            closed: watch::Sender::new(false),
        }
    }

    /// Whether it takes publishes at this moment.
    pub(super) fn state(&self) -> PublishingState {
        if *self.closed.borrow() {
            return PublishingState::Closed;
        }
        match &*self.last() {
            Ok(opened) if opened.connection.status().blocked() => PublishingState::Blocked,
            Ok(opened) if opened.is_there() => PublishingState::Open,
            Ok(opened) => {
                PublishingState::Away(opened.lost("the broker closed it, or it broke").to_string())
            }
            Err(error) => PublishingState::Away(error.to_string()),
        }
    }

    /// Has the connection opened where it is not open, without waiting for it.
    pub(super) fn wake(self: &Arc<Self>) {
        if self.waking.swap(true, Ordering::AcqRel) {
            return;
        }
        let link = Arc::clone(self);
        tokio::spawn(async move {
            // The next one who asks hears why there is none.
            let _ = link.opened().await;
            link.waking.store(false, Ordering::Release);
        });
    }

    /// A new channel, on a new connection where the last one is gone.
    ///
    /// Every address is tried once, after the pause that earlier failures impose; the caller decides whether to ask again.
    pub(super) async fn channel(&self) -> Result<Channel, TransportError> {
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

    async fn opened(&self) -> Result<Arc<Opened>, TransportError> {
        let mut closed = self.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(TransportError::Closed(format!(
                "the bus to RabbitMQ at {} was closed by this process; connect another one",
                self.addresses
            ))),
            opened = self.still_open_or_new() => opened,
        }
    }

    /// The open connection, or a new one.
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
        if let Some(retry_at) = rounds.retry_at {
            sleep_until(retry_at).await;
        }
        let outcome = dial(&self.addresses, rounds.worked.as_ref(), &self.name).await;
        let outcome = outcome.map(Arc::new);
        self.count.fetch_add(1, Ordering::AcqRel);
        match &outcome {
            Ok(opened) => *rounds = Rounds::from(Some(Arc::clone(&opened.address))),
            Err(_) => rounds.retry_at = Some(Instant::now() + rounds.backoff.next()),
        }
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
        drop(self.rounds.lock().await);
        let last = self.last().clone();
        if let Ok(opened) = last {
            // A connection that is gone, or that does not answer, needs no goodbye.
            let goodbye = opened.connection.close(200, "OK".into());
            let _ = timeout(CONNECT_TIMEOUT, goodbye).await;
        }
    }
}
