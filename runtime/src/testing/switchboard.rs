//! The way from the bus of a test to the broker in memory: here publishes fail on request, and messages that reach nobody are taken.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

use super::journal::Journal;
use crate::topology::Topology;
use crate::transport::memory::MemoryTransport;
use crate::transport::{
    Loss, Publish, PublishFailure, PublishingState, Pull, Subscription, Transport, TransportError,
};
use crate::wire::{self, headers};

/// How a publish is to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishFault {
    /// The broker refuses it: [`PublishErrorKind::Refused`](crate::PublishErrorKind::Refused).
    Refused,
    /// It reaches no queue: [`PublishErrorKind::Unroutable`](crate::PublishErrorKind::Unroutable). It does not strike what is
    /// published for later, since nobody knows then whom it will reach.
    Unroutable,
    /// No confirm comes: [`PublishErrorKind::Timeout`](crate::PublishErrorKind::Timeout) after the deadline of the publish, 10 seconds
    /// unless its options say otherwise; the timeout of a handler that settles its delivery itself may be over before. With a paused clock that takes no time.
    Timeout,
    /// The connection is lost before the confirm: [`PublishErrorKind::ConfirmLost`](crate::PublishErrorKind::ConfirmLost). What a handler has
    /// staged is then sent again, as on a broker, and so is what is published with [`OnDisconnect::Resend`](crate::OnDisconnect::Resend).
    ConfirmLost,
}

/// A broker in memory behind a switchboard.
#[derive(Debug, Clone)]
pub(super) struct Switchboard {
    pub(super) broker: MemoryTransport,
    pub(super) journal: Arc<Journal>,
    /// Whether what reaches nobody is an error where the broker says so.
    pub(super) strict: bool,
    /// What is to fail, by type id, the first first.
    faults: Arc<Mutex<Vec<(&'static str, PublishFault)>>>,
}

impl Switchboard {
    pub(super) fn new(journal: Arc<Journal>, strict: bool) -> Self {
        Self {
            broker: MemoryTransport::new(),
            journal,
            strict,
            faults: Arc::default(),
        }
    }

    /// Lets the next publish of a type fail that no earlier fault lets fail.
    pub(super) fn fail_next(&self, type_id: &'static str, fault: PublishFault) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.push((type_id, fault));
    }

    fn take_fault(&self, publish: &Publish, way: Way) -> Option<PublishFault> {
        let type_id = wire::text(publish.properties.kind().as_ref())?;
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let strikes = |(of, fault): &(&str, PublishFault)| {
            *of == type_id && (*fault != PublishFault::Unroutable || way == Way::Direct)
        };
        let found = faults.iter().position(strikes)?;
        Some(faults.remove(found).1)
    }

    /// Publishes to an exchange of the catalog. The broker is asked whether it reaches anybody, also where the publisher does not ask.
    async fn publish_directly(&self, publish: Publish) -> Result<(), PublishFailure> {
        let must_reach = publish.mandatory && self.strict;
        let message_id = wire::text(publish.properties.message_id().as_ref()).map(str::to_owned);
        let asked = Publish {
            mandatory: true,
            ..publish
        };
        match self.broker.publish(asked).await {
            Err(PublishFailure::Unroutable) if !must_reach => {
                self.journal.reached_nobody(message_id);
                Ok(())
            }
            result => result,
        }
    }
}

/// How a publish travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To the exchange of its message.
    Direct,
    /// Into the delay cascade, for later.
    Later,
    /// As a copy of a delivery: a retry or a dead letter. That is the worker's business, and behaves as on the broker.
    Copy,
}

impl Way {
    fn of(publish: &Publish) -> Self {
        let headers = publish.properties.headers().as_ref();
        // Copies count their attempts; whatever does not go to its own exchange says which that is.
        if headers::count(headers, headers::ATTEMPTS).is_some() {
            Self::Copy
        } else if headers::text(headers, headers::EXCHANGE).is_some() {
            Self::Later
        } else {
            Self::Direct
        }
    }
}

impl PublishFault {
    async fn strike(self) -> PublishFailure {
        let why = "the test lets this publish fail".to_owned();
        match self {
            Self::Refused => PublishFailure::Nacked(why),
            Self::Unroutable => PublishFailure::Unroutable,
            Self::ConfirmLost => PublishFailure::Lost(why),
            // The bus keeps the deadline.
            Self::Timeout => std::future::pending().await,
        }
    }
}

impl Transport for Switchboard {
    fn declare<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<(), TransportError>> {
        self.broker.declare(topology)
    }

    fn verify<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<(), TransportError>> {
        self.broker.verify(topology)
    }

    fn look<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<(), TransportError>> {
        self.broker.look(queue)
    }

    fn open_publishing(&self) -> BoxFuture<'_, Result<Loss, TransportError>> {
        self.broker.open_publishing()
    }

    fn room(&self) -> Option<BoxFuture<'_, ()>> {
        self.broker.room()
    }

    fn frame_max(&self) -> usize {
        self.broker.frame_max()
    }

    fn publishing(&self) -> PublishingState {
        self.broker.publishing()
    }

    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<(), PublishFailure>> {
        let way = Way::of(&publish);
        if way == Way::Copy {
            return self.broker.publish(publish);
        }
        if let Some(fault) = self.take_fault(&publish, way) {
            return Box::pin(async move { Err(fault.strike().await) });
        }
        match way {
            Way::Direct => Box::pin(self.publish_directly(publish)),
            Way::Later | Way::Copy => self.broker.publish(publish),
        }
    }

    fn consume<'a>(
        &'a self,
        queue: &'a str,
        prefetch: u16,
    ) -> BoxFuture<'a, Result<Box<dyn Subscription>, TransportError>> {
        self.broker.consume(queue, prefetch)
    }

    fn pull<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<Box<dyn Pull>, TransportError>> {
        self.broker.pull(queue)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.broker.close()
    }
}
