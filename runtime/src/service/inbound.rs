//! A delivery on its way to its handler.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;

use super::{Failed, Handled};
use crate::delivery::{Attempt, Context, Delivery};
use crate::failure::Failure;
use crate::message::Message;

/// A delivery that is not read yet, with the handler that takes it: what a layer gets.
pub struct Inbound {
    attempt: Arc<Attempt>,
}

impl Inbound {
    pub(crate) fn new(attempt: Arc<Attempt>) -> Self {
        Self { attempt }
    }

    /// The type id of the message that the delivery was dispatched as.
    pub fn type_id(&self) -> &'static str {
        self.attempt.handler.message.type_id
    }

    /// What is known about the delivery: its attempt, ids, topic, queue.
    pub fn context(&self) -> Context {
        Context::new(Arc::clone(&self.attempt))
    }

    /// Hands a value to the handler, which finds it with [`Context::get`]; it replaces one of the same type.
    pub fn insert<T: Send + Sync + 'static>(&self, value: T) {
        self.attempt.extensions.insert(value);
    }

    /// Reads and checks the message, for a handler whose delivery the worker settles.
    #[doc(hidden)]
    pub fn decode<M: Message + DeserializeOwned>(self) -> Result<(M, Context), Failed> {
        self.attempt.clock.start();
        let message = self.attempt.received.decode().map_err(Failed)?;
        Ok((message, Context::new(self.attempt)))
    }

    /// Reads and checks the message, for a handler that settles its delivery itself.
    #[doc(hidden)]
    pub fn delivery<M: Message + DeserializeOwned>(self) -> Result<Delivery<M>, Failed> {
        let (message, context) = self.decode()?;
        Ok(Delivery::new(message, context))
    }

    /// A type that the service's dispatch does not know.
    #[doc(hidden)]
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
