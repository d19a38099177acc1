//! How often a worker tries to get a consumer back, and who hears that it has given up.

use tokio::sync::watch;

use super::error::WorkerError;
use crate::transport::TransportError;

/// How often consumers try, and where they say that they have stopped trying.
#[derive(Debug, Clone)]
pub(super) struct Persistence {
    /// `None`: for ever.
    attempts: Option<u32>,
    gave_up: watch::Sender<Option<GaveUp>>,
}

/// The first consumer that has given up.
#[derive(Debug, Clone)]
struct GaveUp {
    queue: &'static str,
    why: String,
}

impl Persistence {
    pub(super) fn new(attempts: Option<u32>) -> Self {
        let (gave_up, _) = watch::channel(None);
        Self { attempts, gave_up }
    }

    /// Whether attempt number `attempt` in a row was the last.
    pub(super) fn is_spent(&self, attempt: u32) -> bool {
        self.attempts.is_some_and(|most| attempt >= most)
    }

    /// Said by a consumer that does not come back.
    pub(super) fn give_up(&self, queue: &'static str, error: &TransportError) {
        tracing::error!(queue, %error, "no subscription after the last attempt; the worker gives up");
        self.gave_up.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert_with(|| GaveUp {
                queue,
                why: error.to_string(),
            });
            is_first
        });
    }

    /// Waits until a consumer has given up; for ever where none does.
    pub(super) async fn ended(&self) -> WorkerError {
        let mut gave_up = self.gave_up.subscribe();
        // It cannot be closed: this holds a sender.
        let found = gave_up.wait_for(Option::is_some).await;
        match found.ok().and_then(|found| found.clone()) {
            Some(GaveUp { queue, why }) => WorkerError::GaveUp {
                queue,
                attempts: self.attempts.unwrap_or(u32::MAX),
                why,
            },
            None => std::future::pending().await,
        }
    }
}
