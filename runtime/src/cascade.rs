//! The way into the delay cascade: declared as far as it is needed, and once more where somebody has removed it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::bus::Bus;
use crate::topology::{Outlet, delay};
use crate::transport::{Publish, PublishFailure, TransportError};

/// What a bus has declared of the cascade.
#[derive(Debug, Default)]
pub(crate) struct Cascade {
    /// How many levels, from the lowest.
    levels: AtomicU8,
    outlets: Mutex<HashSet<Outlet>>,
}

/// The cascade did not take a message.
#[derive(Debug)]
pub(crate) enum NotHeld {
    /// It could not be declared.
    Declare(TransportError),
    Publish(PublishFailure),
}

impl Bus {
    /// Publishes into the cascade and waits for the confirm: on `level`, with `outlet` as the way out where that is not a queue of a service.
    pub(crate) async fn hold(
        &self,
        level: u8,
        outlet: Option<Outlet>,
        publish: Publish,
    ) -> Result<(), NotHeld> {
        self.ensure_cascade(level, outlet).await?;
        match self.transport().publish(publish.clone()).await {
            // Somebody has removed it since we declared it.
            Err(PublishFailure::NoExchange | PublishFailure::Unroutable) => {
                self.cascade().forget();
                self.ensure_cascade(level, outlet).await?;
                self.transport().publish(publish).await
            }
            result => result,
        }
        .map_err(NotHeld::Publish)
    }

    async fn ensure_cascade(&self, level: u8, outlet: Option<Outlet>) -> Result<(), NotHeld> {
        let cascade = self.cascade();
        // The outlet first: what enters the cascade must find the way out.
        if let Some(outlet) = outlet
            && !cascade.outlets().contains(&outlet)
        {
            let declared = self.declare(&outlet.topology()).await;
            declared.map_err(NotHeld::Declare)?;
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

    fn outlets(&self) -> MutexGuard<'_, HashSet<Outlet>> {
        self.outlets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
