//! What a bus sees to on the broker before it uses it: declaring, verifying, or nothing, as its topology mode says.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Bus;
use super::under_way::UnderWay;
use crate::publish::PublishErrorKind;
use crate::topology::{Topology, TopologyMode};
use crate::transport::{Pull, Subscription, TransportError};

/// The exchanges that a bus has seen to, so that a publisher needs no worker beside it.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// A few: a search takes less than a hash.
    exchanges: Mutex<Vec<&'static str>>,
    declaring: UnderWay<&'static str>,
}

impl Declared {
    fn exchanges(&self) -> MutexGuard<'_, Vec<&'static str>> {
        self.exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bus {
    /// Declares or verifies a topology, or does nothing, as the bus's mode says.
    pub(crate) async fn declare(&self, topology: &Topology) -> Result<(), TransportError> {
        let seen_to = match self.topology_mode() {
            TopologyMode::Declare => self.transport().declare(topology).await,
            TopologyMode::Verify => self.transport().verify(topology).await,
            TopologyMode::Off => Ok(()),
        };
        self.advised(seen_to)
    }

    /// Subscribes to a queue. One that is missing is an error with what to do about it in the bus's mode.
    pub(crate) async fn consume(
        &self,
        queue: &str,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, TransportError> {
        self.advised(self.transport().consume(queue, prefetch).await)
    }

    /// Begins to take what is in a queue; otherwise as [`consume`](Self::consume).
    pub(crate) async fn pull(&self, queue: &str) -> Result<Box<dyn Pull>, TransportError> {
        self.advised(self.transport().pull(queue).await)
    }

    /// Whether a queue is there. One that is missing is an error as with [`consume`](Self::consume).
    pub(crate) async fn look(&self, queue: &str) -> Result<(), TransportError> {
        self.advised(self.transport().look(queue).await)
    }

    /// Says what to do about what is missing.
    fn advised<T>(&self, result: Result<T, TransportError>) -> Result<T, TransportError> {
        result.map_err(|error| match error {
            TransportError::Missing(what) => {
                TransportError::Missing(format!("{what}; {}", self.topology_mode().advice()))
            }
            error => error,
        })
    }

    /// Somebody has deleted an exchange: the next publish declares it again.
    pub(crate) fn forget_exchange(&self, exchange: &'static str) {
        let mut declared = self.inner.declared.exchanges();
        declared.retain(|declared| *declared != exchange);
    }

    /// Declares an exchange (or what the mode says) unless this bus has done so before.
    pub(crate) async fn ensure_exchange(
        &self,
        exchange: &'static str,
    ) -> Result<(), PublishErrorKind> {
        if self.inner.declared.exchanges().contains(&exchange) {
            return Ok(());
        }
        let bus = self.clone();
        let declared = self.inner.declared.declaring.join(exchange, || async move {
            bus.declare(&Topology::of_exchanges([exchange])).await?;
            let mut exchanges = bus.inner.declared.exchanges();
            if !exchanges.contains(&exchange) {
                exchanges.push(exchange);
            }
            Ok(())
        });
        declared
            .await
            .map_err(|error| PublishErrorKind::of_declaration(error, PublishErrorKind::Exchange))
    }
}
