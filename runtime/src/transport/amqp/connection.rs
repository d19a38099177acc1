//! One supervised connection: opened when it is needed, opened again when it is needed after a loss.
//!
//! lapin's own recovery is off: after an error on a channel it leaves consumers that wait forever on a connection that lives.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lapin::{Channel, Connection, ConnectionProperties, ErrorKind};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::address::Address;
use super::guard;
use super::words::words;
use crate::backoff::Backoff;
use crate::transport::{Loss, PublishingState, TransportError};

/// How long a connection, a channel or a close may take.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Between attempts at a connection. Callers wait for it, and have deadlines of some seconds.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(3));

/// Between looks at a connection that nobody may be using: health tells of its loss that much later.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A connection that is there when a channel is asked of it.
#[derive(Debug)]
pub(super) struct Link {
    address: Arc<Address>,
    /// What the broker's connection list calls it.
    name: String,
    /// What the last attempt at a connection gave; the connection may be lost by now.
    last: Mutex<Result<Arc<Connection>, TransportError>>,
    /// Held by the one who makes an attempt.
    dial: tokio::sync::Mutex<Dial>,
    /// How often a connection was tried; lets those who waited for an attempt share its outcome.
    attempts: AtomicU64,
    /// Whether somebody already opens it in the background.
    waking: AtomicBool,
    closed: watch::Sender<bool>,
}

/// When the next attempt may be made.
#[derive(Debug)]
struct Dial {
    /// Grows with every failed attempt since the last good one.
    backoff: Backoff,
    retry_at: Option<Instant>,
}

impl Dial {
    const READY: Self = Self {
        backoff: BACKOFF,
        retry_at: None,
    };
}

impl Link {
    pub(super) fn new(address: Arc<Address>, name: String) -> Self {
        Self {
            last: Mutex::new(Err(TransportError::Disconnected(format!(
                "no connection to RabbitMQ at {address} has been opened yet"
            )))),
            address,
            name,
            dial: tokio::sync::Mutex::new(Dial::READY),
            attempts: AtomicU64::new(0),
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
            Ok(connection) if connection.status().blocked() => PublishingState::Blocked,
            Ok(connection) if connection.status().connected() => PublishingState::Open,
            Ok(_) => {
                PublishingState::Away(self.lost("the broker closed it, or it broke").to_string())
            }
            Err(error) => PublishingState::Away(error.to_string()),
        }
    }

    /// How large a frame may be, by the last connection, where there was one.
    pub(super) fn frame_max(&self) -> Option<usize> {
        let last = self.last();
        let configuration = last.as_ref().ok()?.configuration();
        usize::try_from(configuration.frame_max()).ok()
    }

    /// Has the connection opened where it is not open, without waiting for it.
    pub(super) fn wake(self: &Arc<Self>) {
        if self.waking.swap(true, Ordering::AcqRel) {
            return;
        }
        let link = Arc::clone(self);
        tokio::spawn(async move {
            // The next one who asks hears why there is none.
            let _ = link.connection().await;
            link.waking.store(false, Ordering::Release);
        });
    }

    /// A new channel, on a new connection where the last one is gone.
    ///
    /// One attempt is made, after the pause that earlier failures impose; the caller decides whether to ask again.
    pub(super) async fn channel(&self) -> Result<Channel, TransportError> {
        let connection = self.connection().await?;
        match timeout(CONNECT_TIMEOUT, connection.create_channel()).await {
            Ok(Ok(channel)) => Ok(channel),
            Ok(Err(error)) => Err(self.lost(&words(&error))),
            Err(_) if connection.status().blocked() => Err(self.lost(
                "the broker blocks publishers because it is short of memory or disk; look for an alarm in `rabbitmqctl status`",
            )),
            Err(_) => Err(self.lost(&format!("no channel within {CONNECT_TIMEOUT:?}"))),
        }
    }

    /// Opens the connection where it is not open. What it gives is ready when that connection is gone.
    pub(super) async fn open(self: Arc<Self>) -> Result<Loss, TransportError> {
        let connection = self.connection().await?;
        Ok(Box::pin(async move {
            // lapin tells of a connection that broke, but not of one that the broker has closed in order.
            while connection.status().connected() {
                sleep(LOOK_AGAIN).await;
            }
            let why = if *self.closed.borrow() {
                "it was closed by this process"
            } else {
                "the broker closed it, or it broke"
            };
            self.lost(why)
        }))
    }

    async fn connection(&self) -> Result<Arc<Connection>, TransportError> {
        let mut closed = self.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(TransportError::Closed(format!(
                "the bus to RabbitMQ at {} was closed by this process; connect another one",
                self.address
            ))),
            connection = self.open_connection() => connection,
        }
    }

    /// The open connection, or a new one.
    async fn open_connection(&self) -> Result<Arc<Connection>, TransportError> {
        let seen = self.attempts.load(Ordering::Acquire);
        let mut dial = self.dial.lock().await;
        match &*self.last() {
            Ok(connection) if connection.status().connected() => {
                return Ok(Arc::clone(connection));
            }
            Err(failure) if self.attempts.load(Ordering::Acquire) != seen => {
                return Err(failure.clone());
            }
            Ok(_) | Err(_) => {}
        }
        if let Some(retry_at) = dial.retry_at {
            sleep_until(retry_at).await;
        }
        let outcome = self.connect().await.map(Arc::new);
        self.attempts.fetch_add(1, Ordering::AcqRel);
        if outcome.is_ok() {
            *dial = Dial::READY;
        } else {
            dial.retry_at = Some(Instant::now() + dial.backoff.next());
        }
        self.last().clone_from(&outcome);
        outcome
    }

    async fn connect(&self) -> Result<Connection, TransportError> {
        let properties =
            ConnectionProperties::default().with_connection_name(self.name.as_str().into());
        let address = &self.address;
        let refused = |why: &str, advice: &str| {
            TransportError::Disconnected(format!(
                "cannot connect to RabbitMQ at {address}: {why}; {advice}"
            ))
        };
        match timeout(CONNECT_TIMEOUT, guard::connect(address.uri(), properties)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => {
                let advice = match error.kind() {
                    ErrorKind::ProtocolError(_) => {
                        "check the user, the password and the vhost of the broker URL"
                    }
                    _ => "check that the broker runs there and that the broker URL is right",
                };
                Err(refused(&words(&error), advice))
            }
            Err(_) => Err(refused(
                &format!("no answer within {CONNECT_TIMEOUT:?}"),
                "check the host and port of the broker URL, and the firewalls between",
            )),
        }
    }

    fn lost(&self, why: &str) -> TransportError {
        TransportError::Disconnected(format!(
            "the connection to RabbitMQ at {} is gone: {why}",
            self.address
        ))
    }

    fn last(&self) -> MutexGuard<'_, Result<Arc<Connection>, TransportError>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the connection in order and refuses to open another.
    pub(super) async fn close(&self) {
        // Whoever is about to open a connection stops, and releases the lock.
        self.closed.send_replace(true);
        drop(self.dial.lock().await);
        let last = self.last().clone();
        if let Ok(connection) = last {
            // A connection that is gone, or that does not answer, needs no goodbye.
            let _ = timeout(CONNECT_TIMEOUT, connection.close(200, "OK".into())).await;
        }
    }
}
