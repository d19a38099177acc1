//! The way into the delay cascade: declared (or what the topology mode says) as far as it is needed, and once more where somebody has removed it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::bus::Bus;
use crate::topology::{Outlet, TopologyMode, delay};
use crate::transport::{Publish, PublishFailure, TransportError};

/// What a bus has declared of the cascade.
#[derive(Debug, Default)]
pub(crate) struct Cascade {
    /// How many levels, from the lowest.
    levels: AtomicU8,
    outlets: Mutex<HashSet<Outlet<'static>>>,
}

/// The cascade did not take a message.
#[derive(Debug)]
pub(crate) enum NotHeld {
    /// It could not be declared.
    Declare(TransportError),
    /// A part of it is missing, also after it was declared again where that is the mode; the text says what to do.
    Missing(String),
    Publish(PublishFailure),
}

impl Bus {
    /// Publishes into the cascade and waits for the confirm: on `level`, with `outlet` as the way out where that is not a queue of a service.
    pub(crate) async fn hold(
        &self,
        level: u8,
        outlet: Option<Outlet<'static>>,
        publish: Publish,
    ) -> Result<(), NotHeld> {
        self.ensure_cascade(level, outlet).await?;
        match self.transport().publish(publish.clone()).await {
            // Somebody has removed it since we declared it. Trying again costs a channel where an exchange is missing, and so is done only where it may
            // help.
            Err(PublishFailure::NoExchange | PublishFailure::Unroutable)
                if self.topology_mode() != TopologyMode::Off =>
            {
                self.cascade().forget();
                self.ensure_cascade(level, outlet).await?;
                self.transport().publish(publish).await
            }
            result => result,
        }
        .map_err(|failure| match failure {
            PublishFailure::NoExchange | PublishFailure::Unroutable => NotHeld::Missing(format!(
                "a part of the delay cascade is missing (`urutu.delay.*`, or the way out of it); {}{}",
                self.topology_mode().advice(),
                outlet.map_or("", |_| self.with_later())
            )),
            failure => NotHeld::Publish(failure),
        })
    }

    /// Completes the advice of the mode where outlets are missing.
    fn with_later(&self) -> &'static str {
        match self.topology_mode() {
            TopologyMode::Declare => "",
            TopologyMode::Verify | TopologyMode::Off => " with `--later`",
        }
    }

    async fn ensure_cascade(
        &self,
        level: u8,
        outlet: Option<Outlet<'static>>,
    ) -> Result<(), NotHeld> {
        let cascade = self.cascade();
        // The outlet first: what enters the cascade must find the way out.
        if let Some(outlet) = outlet
            && !cascade.outlets().contains(&outlet)
        {
            let declared = self.declare(&outlet.topology()).await;
            declared.map_err(|error| {
                NotHeld::Declare(match error {
                    TransportError::Missing(what) => {
                        TransportError::Missing(what + self.with_later())
                    }
                    error => error,
                })
            })?;
            cascade.outlets().insert(outlet);
        }
        if cascade.levels.load(Ordering::Acquire) <= level {
            let declared = self.declare(&delay::cascade(level)).await;
            declared.map_err(NotHeld::Declare)?;
            cascade.levels.fetch_max(level + 1, Ordering::AcqRel);
        }
        Ok(())
    }
}

impl Cascade {
    fn forget(&self) {
        self.levels.store(0, Ordering::Release);
        // Whoever has removed the levels may have removed these too.
        self.outlets().clear();
    }

    fn outlets(&self) -> MutexGuard<'_, HashSet<Outlet<'static>>> {
        self.outlets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
