//! What the worker runs: a service, that is handlers behind a dispatch that generated code writes; and what users put around it.

mod failed;
mod hook;
mod inbound;
mod layered;

use futures_util::future::BoxFuture;

use crate::delivery::{Context, Settled};
use crate::failure::{BoxError, Failure};
use crate::spec::ServiceSpec;

pub use failed::{Failed, FailureKind};
pub use hook::{OnFailure, Outcome};
pub use inbound::Inbound;
pub use layered::{Handlers, Layered};

/// A service of a catalog, ready for a [`Worker`](crate::Worker). Made by the generated `into_service`.
pub trait Service: Send + Sync + 'static {
    /// What the catalog says about it.
    fn spec(&self) -> &'static ServiceSpec;

    /// Reads the delivery as the message of its type and runs that message's handler.
    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled>;

    /// What is to become of a delivery whose attempt has failed. [`Outcome::AsDeclared`] unless a hook was set.
    fn failed(&self, failed: &Failed, cx: &Context) -> Outcome {
        let _ = (failed, cx);
        Outcome::AsDeclared
    }

    /// Asks `hook` about every failed attempt of this service: it may report the failure, and choose what becomes of the delivery.
    ///
    /// It sees errors, panics and timeouts of handlers, and what no handler saw: messages that cannot be read, break their contract, are unknown
    /// or have expired. Attempts are still counted: when they are spent, a retry becomes a dead letter. It must not block; where it
    /// panics, what the catalog declares holds. Where a service has several hooks, the one that was set last is asked first, and the next one
    /// where that says [`Outcome::AsDeclared`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// use urutu::{Outcome, Service};
    ///
    /// # #[derive(Debug, thiserror::Error)] #[error("too many requests")] struct TooManyRequests { retry_after: Duration }
    /// # fn example(billing: impl urutu::Service) -> impl urutu::Service {
    /// billing.on_failure(|failed, cx| {
    ///     eprintln!("attempt {} of {} failed: {failed}", cx.attempt(), cx.max_attempts());
    ///     match failed.find::<TooManyRequests>() {
    ///         Some(error) => Outcome::RetryLater(error.retry_after),
    ///         None => Outcome::AsDeclared,
    ///     }
    /// })
    /// # }
    /// ```
    fn on_failure<F>(self, hook: F) -> OnFailure<Self, F>
    where
        Self: Sized,
        F: Fn(&Failed, &Context) -> Outcome + Send + Sync + 'static,
    {
        OnFailure::new(self, hook)
    }

    /// Puts a [tower](https://docs.rs/tower) layer around the handlers of this service: a limit of concurrency or rate, tracing, a database
    /// transaction, your own. The layer that is added last sees a delivery first.
    ///
    /// One stack serves all deliveries of the service, each by a clone of it; what is not `Clone`, such as a limit of the rate, goes behind a
    /// buffer: `ServiceBuilder::new().buffer(16).rate_limit(100, second)`, which is one layer. The handler's timeout begins when the handler does: waiting for a limit does not count. A layer may hand values to the
    /// handler ([`Inbound::insert`]), must pass the delivery on or give an error, and cannot make the [`Done`] that it returns. What runs behind the
    /// handler runs before the acknowledgement.
    ///
    /// ```
    /// use urutu::Service;
    ///
    /// # fn example(billing: impl urutu::Service) -> impl urutu::Service {
    /// billing.layer(tower::limit::ConcurrencyLimitLayer::new(4))
    /// # }
    /// ```
    fn layer<L>(self, layer: L) -> Layered<Self, L::Service>
    where
        Self: Sized,
        L: tower_layer::Layer<Handlers<Self>>,
    {
        Layered::new(self, &layer)
    }
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
