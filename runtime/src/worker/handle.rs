//! One delivery, from its bytes to its settlement.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tracing::Instrument;

use super::routes::Routes;
use crate::backoff::Backoff;
use crate::bus::Bus;
use crate::delivery::{Attempt, Received, SettleError, Verdict};
use crate::failure::{DeadReason, Failure};
use crate::service::{Done, Failed, Inbound, Service, Settlement};
use crate::shutdown::Draining;
use crate::spec::{OnError, OnUnknown, QueueSpec};
use crate::transport::Settle;

/// What every delivery of one queue has in common.
pub(super) struct Handling {
    pub(super) bus: Bus,
    pub(super) service: Arc<dyn Service>,
    pub(super) queue: &'static QueueSpec,
    pub(super) routes: Routes,
    pub(super) draining: Draining,
}

impl Handling {
    /// Handles one delivery. However the handler ends, the delivery is settled, or its channel is gone.
    pub(super) async fn handle(self: Arc<Self>, received: Received, right: Box<dyn Settle>) {
        let route = self.routes.find(&received);
        // A message without a handler is settled by the rules of the queue; any of its handlers lends the retry policy, which is not used.
        // There is one: a queue is in a service for what it handles.
        let handler = route.as_ref().copied().unwrap_or(&self.queue.handlers[0]);
        let span = tracing::info_span!(
            "handle",
            message = match &route {
                Ok(handler) => handler.message.type_id,
                Err(_) => received.type_id().unwrap_or("of no type"),
            },
            message_id = received.message_id(),
            queue = self.queue.name,
            attempt = received.attempt(),
        );
        let attempt = Arc::new(Attempt::new(
            self.bus.clone(),
            self.queue,
            handler,
            received,
            right,
            self.draining.clone(),
        ));
        async {
            match route {
                Ok(_) if attempt.received.has_expired() => {
                    self.fail(&attempt, Failure::Expired).await;
                }
                Ok(_) => self.run_handler(&attempt).await,
                Err(_) if self.queue.on_unknown == OnUnknown::Ignore => {
                    self.settle(&attempt, Verdict::Ack).await;
                }
                Err(what) => self.fail(&attempt, Failure::Unknown(what)).await,
            }
        }
        .instrument(span)
        .await;
    }

    async fn run_handler(&self, attempt: &Arc<Attempt>) {
        let result = self.call(attempt).await;
        match result {
            Ok(Done(Settlement::ByHandler)) if attempt.is_settled() => {
                tracing::debug!("settled by its handler");
            }
            Ok(Done(Settlement::ByHandler)) => self.fail(attempt, Failure::NotSettled).await,
            Ok(Done(Settlement::ByWorker)) => match attempt.settle(Verdict::Ack).await {
                Ok(()) => tracing::debug!("acknowledged"),
                Err(SettleError::Stale) => report_stale(),
                // The work is not done before what it publishes is stored.
                Err(error) => self.fail(attempt, Failure::Handler(error.into())).await,
            },
            Err(Failed(failure)) if attempt.is_settled() => {
                // The handler's own settlement stands: a second one could only make a duplicate.
                tracing::warn!(
                    error = failure.chain().join(": "),
                    "the handler failed after it had settled its delivery"
                );
            }
            Err(Failed(failure)) => self.fail(attempt, failure).await,
        }
    }

    /// Runs the handler within its timeout; a panic becomes a failure.
    async fn call(&self, attempt: &Arc<Attempt>) -> Result<Done, Failed> {
        let limit = attempt.handler.timeout;
        let handled = AssertUnwindSafe(async {
            self.service.handle(Inbound::new(Arc::clone(attempt))).await
        })
        .catch_unwind();
        match tokio::time::timeout(limit, handled).await {
            Ok(Ok(handled)) => handled,
            Ok(Err(panic)) => Err(Failed(Failure::Panic(panic_message(&*panic)))),
            Err(_) => Err(Failed(Failure::Timeout(limit))),
        }
    }

    /// Settles a failed attempt as its kind of failure and the handler's `on_error` say.
    async fn fail(&self, attempt: &Attempt, failure: Failure) {
        let chain = failure.chain();
        tracing::warn!(error = chain.join(": "), "the attempt failed");
        let verdict = match (failure.permanent(), attempt.handler.on_error) {
            (Some(reason), _) => Verdict::Dead { reason, chain },
            (None, OnError::Retry) => Verdict::Retry { delay: None, chain },
            (None, OnError::Requeue) => Verdict::Requeue { chain },
            (None, OnError::DeadLetter) => Verdict::Dead {
                reason: DeadReason::Failed,
                chain,
            },
        };
        self.settle(attempt, verdict).await;
    }

    /// Carries out a verdict. While the broker does not take the copy that it needs, the delivery is held, which keeps its place in the prefetch
    /// window and so slows the worker down; giving it back to the queue instead would only loop.
    async fn settle(&self, attempt: &Attempt, verdict: Verdict) {
        let mut backoff = Backoff::of_worker();
        loop {
            match attempt.settle(verdict.clone()).await {
                Ok(()) => return,
                Err(SettleError::Stale) => return report_stale(),
                Err(error) => {
                    let delay = backoff.next();
                    tracing::error!(%error, ?delay, "the delivery could not be settled; trying again");
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }
}

fn report_stale() {
    tracing::warn!(
        "the channel of the delivery is gone before it was settled; the broker delivers the message again"
    );
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    crate::failure::bounded(text.unwrap_or("(a value that is not text)"))
}
