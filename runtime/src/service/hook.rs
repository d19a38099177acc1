//! A hook that hears of failed attempts and may choose what becomes of them.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Failed, Handled, Inbound, Service};
use crate::delivery::Context;
use crate::spec::ServiceSpec;

/// What is to become of a delivery whose attempt has failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// What its failure and the catalog say: no further attempt after a [permanent](Failed::is_permanent) failure, else the handler's
    /// `on_error`.
    #[default]
    AsDeclared,
    /// It is done all the same. What the handler staged is not published.
    Ack,
    /// It comes back after the delay of the retry policy.
    Retry,
    /// It comes back after this delay, rounded up to a tenth of a second; 310 days at most.
    RetryLater(Duration),
    /// It goes back to its queue at once.
    Requeue,
    /// It goes to the dead-letter queue.
    DeadLetter,
}

/// A service with a hook; made by [`Service::on_failure`].
pub struct OnFailure<S, F> {
    service: S,
    hook: F,
}

impl<S, F> OnFailure<S, F> {
    pub(super) fn new(service: S, hook: F) -> Self {
        Self { service, hook }
    }
}

impl<S, F> Service for OnFailure<S, F>
where
    S: Service,
    F: Fn(&Failed, &Context) -> Outcome + Send + Sync + 'static,
{
    fn spec(&self) -> &'static ServiceSpec {
        self.service.spec()
    }

    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
        self.service.handle(inbound)
    }

    fn failed(&self, failed: &Failed, cx: &Context) -> Outcome {
        match (self.hook)(failed, cx) {
            Outcome::AsDeclared => self.service.failed(failed, cx),
            outcome => outcome,
        }
    }
}

impl<S: Service, F> fmt::Debug for OnFailure<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnFailure")
            .field("service", &self.service.spec().name)
            .finish_non_exhaustive()
    }
}
