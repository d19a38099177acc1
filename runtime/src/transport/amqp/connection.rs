//! One supervised connection: opened when it is needed, opened again when it is needed after a loss.
//!
//! lapin's own recovery is off: after an error on a channel it leaves consumers that wait forever on a connection that lives.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lapin::{Channel, Connection, ConnectionProperties, ErrorKind};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::address::Address;
use super::words::words;
use crate::transport::TransportError;

/// How long a connection, a channel or a close may take.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LONGEST_BACKOFF: Duration = Duration::from_secs(3);

/// A connection that is there when a channel is asked of it.
#[derive(Debug)]
pub(super) struct Link {
    address: Arc<Address>,
    /// What the broker's connection list calls it.
    name: String,
    state: Mutex<State>,
    /// How often a connection was tried; lets those who waited for an attempt share its outcome.
    attempts: AtomicU64,
    closed: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    connection: Option<Arc<Connection>>,
    /// Failed attempts since the last good one, with what the last one said.
    failures: u32,
    failure: Option<TransportError>,
    retry_at: Option<Instant>,
}

impl Link {
    pub(super) fn new(address: Arc<Address>, name: String) -> Self {
        Self {
            address,
            name,
            state: Mutex::default(),
            attempts: AtomicU64::new(0),
            closed: watch::Sender::new(false),
        }
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

    async fn connection(&self) -> Result<Arc<Connection>, TransportError> {
        let mut closed = self.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(self.lost("it was closed by this process")),
            connection = self.open_connection() => connection,
        }
    }

    /// The open connection, or a new one.
    async fn open_connection(&self) -> Result<Arc<Connection>, TransportError> {
        let seen = self.attempts.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        if let Some(connection) = state
            .connection
            .as_ref()
            .filter(|connection| connection.status().connected())
        {
            return Ok(Arc::clone(connection));
        }
        if self.attempts.load(Ordering::Acquire) != seen
            && let Some(failure) = &state.failure
        {
            return Err(failure.clone());
        }
        state.connection = None;
        if let Some(retry_at) = state.retry_at {
            sleep_until(retry_at).await;
        }
        let outcome = self.connect().await;
        self.attempts.fetch_add(1, Ordering::AcqRel);
        match outcome {
            Ok(connection) => {
                let connection = Arc::new(connection);
                *state = State {
                    connection: Some(Arc::clone(&connection)),
                    ..State::default()
                };
                Ok(connection)
            }
            Err(failure) => {
                state.retry_at = Some(Instant::now() + backoff(state.failures));
                state.failures = state.failures.saturating_add(1);
                state.failure = Some(failure.clone());
                Err(failure)
            }
        }
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
        match timeout(
            CONNECT_TIMEOUT,
            Connection::connect_uri(address.uri(), properties),
        )
        .await
        {
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

    /// Closes the connection in order and refuses to open another.
    pub(super) async fn close(&self) {
        // Whoever is about to open a connection stops, and releases the lock.
        self.closed.send_replace(true);
        let connection = self.state.lock().await.connection.take();
        if let Some(connection) = connection {
            // A connection that is gone, or that does not answer, needs no goodbye.
            let _ = timeout(CONNECT_TIMEOUT, connection.close(200, "OK".into())).await;
        }
    }
}

/// Doubles with every failure up to a bound; each pause is cut by up to a half, so that clients do not come back as one.
fn backoff(failures: u32) -> Duration {
    let full = FIRST_BACKOFF
        .saturating_mul(1 << failures.min(16))
        .min(LONGEST_BACKOFF);
    let cut = u32::try_from(RandomState::new().hash_one(failures) % 500).unwrap_or_default();
    full * (1000 - cut) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_to_its_bound_and_varies() {
        for failures in 0..40 {
            let full = FIRST_BACKOFF
                .saturating_mul(1 << failures.min(16))
                .min(LONGEST_BACKOFF);
            let pause = backoff(failures);
            assert!(
                pause <= full && pause >= full / 2,
                "{failures}: {pause:?} of {full:?}"
            );
        }
        let first = backoff(20);
        assert!(
            (0..100).any(|_| backoff(20) != first),
            "clients would come back as one"
        );
    }

    #[tokio::test]
    async fn a_close_ends_an_attempt_at_once() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let url = format!("amqp://{}", silent.local_addr().expect("it is bound"));
        let address = Address::parse(&url, CONNECT_TIMEOUT).expect("a URL");
        let link = Arc::new(Link::new(Arc::new(address), "test".to_owned()));
        let attempt = tokio::spawn({
            let link = Arc::clone(&link);
            async move {
                link.channel()
                    .await
                    .expect_err("nobody answers")
                    .to_string()
            }
        });
        silent.accept().await.expect("the attempt has begun");
        let started = Instant::now();
        link.close().await;
        let why = attempt.await.expect("it ends");
        assert!(why.contains("closed by this process"), "{why}");
        assert!(
            started.elapsed() < CONNECT_TIMEOUT / 2,
            "took {:?}",
            started.elapsed()
        );
    }
}
