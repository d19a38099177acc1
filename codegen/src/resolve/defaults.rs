//! What holds where a contract says nothing.

use std::time::Duration;

use crate::model::{AckMode, Backoff, OnError, OnUnknown, QueueKind, Retry};

pub(super) const QUEUE_KIND: QueueKind = QueueKind::Quorum;
pub(super) const ON_UNKNOWN: OnUnknown = OnUnknown::DeadLetter;
pub(super) const CONCURRENCY: u16 = 10;
pub(super) const ACK: AckMode = AckMode::Auto;
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);
pub(super) const ON_ERROR: OnError = OnError::Retry;
pub(super) const RETRY: Retry = Retry {
    attempts: 5,
    backoff: Backoff::Exponential,
    initial: Duration::from_secs(1),
    max: Duration::from_secs(5 * 60),
    // A delay is what the contract says. What comes back waits in a queue, which workers take from at their own pace anyway.
    jitter: 0,
};

/// Enough that the next message is there when a handler is done.
pub(super) fn prefetch(concurrency: u16) -> u16 {
    concurrency.saturating_mul(2)
}
