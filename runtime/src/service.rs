//! What the worker runs: a service, that is handlers behind a dispatch that generated code writes.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;

use crate::delivery::{Attempt, Context, Delivery, Settled};
use crate::failure::{BoxError, Failure};
use crate::message::Message;
use crate::spec::ServiceSpec;

/// A service of a catalog, ready for a [`Worker`](crate::Worker). Made by the generated `into_service`.
pub trait Service: Send + Sync + 'static {
    /// What the catalog says about it.
    fn spec(&self) -> &'static ServiceSpec;

    /// Reads the delivery as the message of its type and runs that message's handler.
    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled>;
}

/// A delivery that is not read yet, with the handler that takes it.
pub struct Inbound {
    attempt: Arc<Attempt>,
}

/// How a handler ended.
pub type Handled = Result<Done, Failed>;

/// A handler ended well.
#[derive(Debug)]
pub struct Done(pub(crate) Settlement);

/// Who settles a delivery whose handler ended well.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// The worker acknowledges it.
    ByWorker,
    /// The handler has settled it.
    ByHandler,
}

/// A handler, or reading its message, failed.
#[derive(Debug)]
pub struct Failed(pub(crate) Failure);

impl Inbound {
    pub(crate) fn new(attempt: Arc<Attempt>) -> Self {
        Self { attempt }
    }

    /// The type id of the message that the delivery was dispatched as.
    pub fn type_id(&self) -> &'static str {
        self.attempt.handler.message.type_id
    }

    /// Reads and checks the message, for a handler whose delivery the worker settles.
    pub fn decode<M: Message + DeserializeOwned>(self) -> Result<(M, Context), Failed> {
        let message = self.attempt.received.decode().map_err(Failed)?;
        Ok((message, Context::new(self.attempt)))
    }

    /// Reads and checks the message, for a handler that settles its delivery itself.
    pub fn delivery<M: Message + DeserializeOwned>(self) -> Result<Delivery<M>, Failed> {
        let (message, context) = self.decode()?;
        Ok(Delivery::new(message, context))
    }

    /// A type that the service's dispatch does not know.
    pub fn unhandled<'a>(self) -> BoxFuture<'a, Handled> {
        let text = format!("the service has no handler for {}", self.type_id());
        Box::pin(std::future::ready(Err(Failed(Failure::Unknown(text)))))
    }
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound")
            .field("type_id", &self.type_id())
            .finish_non_exhaustive()
    }
}

/// The result of a handler whose delivery the worker settles.
pub fn finished<E: Into<BoxError>>(result: Result<(), E>) -> Handled {
    match result {
        Ok(()) => Ok(Done(Settlement::ByWorker)),
        Err(error) => Err(Failed(Failure::Handler(error.into()))),
    }
}

/// The result of a handler that settles its delivery itself.
pub fn settled<E: Into<BoxError>>(result: Result<Settled, E>) -> Handled {
    match result {
        Ok(Settled { .. }) => Ok(Done(Settlement::ByHandler)),
        Err(error) => Err(Failed(Failure::Handler(error.into()))),
    }
}
