//! Copies of a delivery on their way to a queue: back to its own after a delay, or to that of the dead letters.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use crate::bus::Bus;
use crate::cascade::NotHeld;
use crate::failure::panic_message;
use crate::observe::SettledAs;
use crate::publish::PublishErrorKind;
use crate::topology::delay::DelayRoute;
use crate::topology::{DelayTooLong, Outlet};
use crate::transport::{PublishFailure, TransportError};
use crate::wire::Copy;

/// How long a copy may be on its way before another one is sent in its place: longer than most alarms of a broker.
pub(crate) const HELD_FOR: Duration = Duration::from_secs(300);

/// A copy of a delivery on its way, and what it settles the delivery as once it is stored. A clone is the same copy: who waits for it may stop waiting, and
/// another one goes on.
#[derive(Debug, Clone)]
pub(crate) struct UnderWay {
    pub(super) settles_as: SettledAs,
    pub(super) stored: Shared<BoxFuture<'static, Result<(), CopyError>>>,
}

impl UnderWay {
    pub(super) fn new(
        settles_as: SettledAs,
        sending: impl Future<Output = Result<(), CopyError>> + Send + 'static,
    ) -> Self {
        // Everybody who waited for it would panic.
        let sending = AssertUnwindSafe(sending).catch_unwind().map(|sent| {
            sent.unwrap_or_else(|panic| Err(CopyError::Panicked(panic_message(panic))))
        });
        Self {
            settles_as,
            stored: sending.boxed().shared(),
        }
    }

    /// Whether they are the same copy.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.stored.ptr_eq(&other.stored)
    }
}

/// Why a copy could not be stored.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum CopyError {
    #[error(transparent)]
    TooLong(#[from] DelayTooLong),
    #[error("its delay queues could not be declared: {0}")]
    Topology(TransportError),
    #[error("{0}")]
    Missing(String),
    #[error("the broker did not confirm it within {0:?}")]
    Timeout(Duration),
    #[error("{}", PublishErrorKind::from(.0.clone()))]
    Failed(PublishFailure),
    #[error("sending it panicked: {0}")]
    Panicked(String),
}

/// Stores a copy that comes to `queue` after `delay`.
pub(super) async fn send_later(
    bus: &Bus,
    copy: Copy,
    delay: Duration,
    queue: &'static str,
    within: Duration,
) -> Result<(), CopyError> {
    let outlet = Outlet::Queue(queue);
    let Some(route) = DelayRoute::new(delay, &outlet.name())? else {
        return send(bus, copy, queue.to_owned(), within).await;
    };
    let copy = copy.fitting(bus.transport().frame_max());
    let held = bus.hold(route, outlet, copy);
    match tokio::time::timeout(within, held).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(NotHeld::Missing(why))) => Err(CopyError::Missing(why)),
        Ok(Err(NotHeld::Declare(error))) => Err(CopyError::Topology(error)),
        Ok(Err(NotHeld::Publish(failure))) => Err(CopyError::Failed(failure)),
        Err(_) => Err(CopyError::Timeout(within)),
    }
}

/// Stores a copy in `queue`.
pub(crate) async fn send(
    bus: &Bus,
    copy: Copy,
    queue: String,
    within: Duration,
) -> Result<(), CopyError> {
    let copy = copy.fitting(bus.transport().frame_max());
    let sent = bus.transport().publish(copy.into_queue(queue.clone()));
    match tokio::time::timeout(within, sent).await {
        Ok(Err(PublishFailure::Unroutable)) => Err(CopyError::Missing(format!(
            "the queue `{queue}` does not exist; {}",
            bus.topology_mode().advice()
        ))),
        Ok(outcome) => outcome.map_err(CopyError::Failed),
        Err(_) => Err(CopyError::Timeout(within)),
    }
}
