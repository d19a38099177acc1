//! The way into the delay cascade: declared (or what the topology mode says) as far as it is needed, and once more where somebody has removed it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::bus::{Bus, UnderWay};
use crate::topology::delay::{self, DelayRoute};
use crate::topology::{Outlet, TopologyMode};
use crate::transport::{PublishFailure, TransportError};
use crate::wire::Copy;

/// After this time a message is let go only after a look whether its outlet is still there: what comes out of the cascade and finds none is a stray, and
/// nobody hears of it.
const LOOKED_AT_FOR: Duration = Duration::from_secs(10);

/// How long a publish waits for the look.
const LOOK_LIMIT: Duration = Duration::from_secs(2);

/// What a bus has seen of the cascade.
#[derive(Debug, Default)]
pub(crate) struct Cascade {
    /// How many levels, from the lowest.
    levels: AtomicU8,
    /// Outlets that were there, and when to look at them again.
    outlets: Mutex<HashMap<Outlet<'static>, Instant>>,
    declaring: UnderWay<Part>,
}

/// What is declared together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    /// So many levels, from the lowest.
    Levels(u8),
    Outlet(Outlet<'static>),
}

/// The cascade did not take a message.
#[derive(Debug)]
pub(crate) enum NotHeld {
    /// It could not be declared.
    Declare(TransportError),
    /// A part of it is missing, and is not declared here, or was so in vain; the text says what to do.
    Missing(String),
    Publish(PublishFailure),
}

impl Bus {
    /// Publishes a copy into the cascade and waits for the confirm. It comes out at the outlet that its way leads to.
    pub(crate) async fn hold(
        &self,
        route: DelayRoute,
        outlet: Outlet<'static>,
        copy: Copy,
    ) -> Result<(), NotHeld> {
        // Levels begin with 0.
        let levels = route.level() + 1;
        let (exchange, routing_key) = route.into_address();
        let publish = copy.into_exchange(exchange, routing_key);
        self.ensure_cascade(levels, outlet).await?;
        match self.transport().publish(publish.clone()).await {
            // Somebody has removed it since we declared it. Trying again costs a channel where an exchange is missing, and so is done only where it may
            // help.
            Err(PublishFailure::NoExchange | PublishFailure::Unroutable)
                if self.topology_mode() != TopologyMode::Off =>
            {
                self.cascade().forget();
                self.ensure_cascade(levels, outlet).await?;
                self.transport().publish(publish).await
            }
            result => result,
        }
        .map_err(|failure| match failure {
            PublishFailure::NoExchange | PublishFailure::Unroutable => NotHeld::Missing(format!(
                "a part of the delay cascade is missing (`urutu.delay.*`); {}",
                self.topology_mode().advice()
            )),
            failure => NotHeld::Publish(failure),
        })
    }

    async fn ensure_cascade(&self, levels: u8, outlet: Outlet<'static>) -> Result<(), NotHeld> {
        // The outlet first: what enters the cascade must find the way out.
        let look_at = self.cascade().look_at(outlet);
        if look_at.is_none_or(|look_at| look_at <= Instant::now()) {
            let bus = self.clone();
            let was_there = look_at.is_some();
            let declaring = self
                .cascade()
                .declaring
                .join(Part::Outlet(outlet), || async move {
                    bus.see_to_outlet(outlet, was_there).await
                });
            let limit = if was_there { LOOK_LIMIT } else { Duration::MAX };
            // Where nobody answers, the publish, which has another connection, finds out for itself, and the look goes on.
            if let Ok(declared) = timeout(limit, declaring).await {
                declared?;
            }
        }
        if self.cascade().levels.load(Ordering::Acquire) < levels {
            let bus = self.clone();
            let declared = self
                .cascade()
                .declaring
                .join(Part::Levels(levels), || async move {
                    // All of them: whoever needs a higher one may find that the lower ones are gone.
                    bus.declare(&delay::cascade(levels)).await?;
                    bus.cascade().levels.fetch_max(levels, Ordering::AcqRel);
                    Ok(())
                });
            declared.await?;
        }
        Ok(())
    }

    /// Declares an outlet, or what the mode says; one that was there before is only looked at, as long as it still is.
    async fn see_to_outlet(
        &self,
        outlet: Outlet<'static>,
        was_there: bool,
    ) -> Result<(), TransportError> {
        if was_there {
            let again = match self.transport().look(&outlet.name()).await {
                Ok(()) => Some(LOOKED_AT_FOR),
                Err(TransportError::Missing(_)) => None,
                // It is not known.
                Err(_) => Some(LOOK_LIMIT),
            };
            if let Some(again) = again {
                self.cascade().look_after(outlet, again);
                return Ok(());
            }
        }
        let seen_to = match self.topology_mode() {
            TopologyMode::Off => self.look(&outlet.name()).await,
            TopologyMode::Declare | TopologyMode::Verify => self.declare(&outlet.topology()).await,
        };
        seen_to.map_err(|error| match error {
            TransportError::Missing(what) => {
                TransportError::Missing(what + self.with_later(outlet))
            }
            error => error,
        })?;
        self.cascade().look_after(outlet, LOOKED_AT_FOR);
        Ok(())
    }

    /// Completes the advice of the mode where an outlet is missing.
    fn with_later(&self, outlet: Outlet<'_>) -> &'static str {
        match (self.topology_mode(), outlet) {
            (TopologyMode::Declare, _) | (_, Outlet::Queue(_)) => "",
            (
                _,
                Outlet::Topic {
                    mandatory: false, ..
                },
            ) => " with `--later`",
            (_, Outlet::Topic { .. }) => {
                " with `--later` (that of a task; for an event which must reach a queue, only the mode `declare` creates it)"
            }
        }
    }
}

impl From<TransportError> for NotHeld {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Missing(why) => Self::Missing(why),
            error => Self::Declare(error),
        }
    }
}

impl Cascade {
    /// When to look at an outlet again.
    fn look_at(&self, outlet: Outlet<'static>) -> Option<Instant> {
        self.outlets().get(&outlet).copied()
    }

    fn look_after(&self, outlet: Outlet<'static>, time: Duration) {
        self.outlets().insert(outlet, Instant::now() + time);
    }

    fn forget(&self) {
        self.levels.store(0, Ordering::Release);
        // Whoever has removed the levels may have removed these too.
        self.outlets().clear();
    }

    fn outlets(&self) -> MutexGuard<'_, HashMap<Outlet<'static>, Instant>> {
        self.outlets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
