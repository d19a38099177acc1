//! One delivery, from its bytes to its settlement.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tracing::Instrument;

use super::routes::Routes;
use crate::backoff::Backoff;
use crate::bus::{Bus, PUBLISH_DEADLINE};
use crate::delivery::copies::HELD_FOR;
use crate::delivery::{Attempt, Context, Received, SettleError, Verdict};
use crate::failure::{Class, DeadReason, Failure, panic_message};
use crate::observe::Begun;
use crate::service::{Done, Failed, Inbound, Outcome, Service, Settlement};
use crate::shutdown::Draining;
use crate::spec::{HandlerSpec, OnError, OnUnknown, QueueSpec};
use crate::topology::delay;
use crate::transport::Settle;

/// How often a message may come back to a quorum queue that has no limit of its own: as often as RabbitMQ 4.x lets it by default.
const MOST_RETURNS: u32 = 20;

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
    pub(super) async fn handle(&self, received: Received, right: Box<dyn Settle>) {
        let route = self.routes.find(&received);
        // A message without a handler is settled by the rules of the queue; any of its handlers lends the retry policy, which counts only where a hook asks for
        // another attempt.
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
        let _begun = Begun::with(&attempt, route.is_ok());
        let whole = async {
            let settled = AssertUnwindSafe(self.end(&attempt, route)).catch_unwind();
            // A handler that is dropped may panic as well. Nothing that is not settled may end here: a classic queue would bring it again for ever.
            if let Err(panic) = settled.await
                && !attempt.is_settled()
            {
                self.fail(&attempt, Failure::Panic(panic_message(panic)))
                    .await;
            }
        };
        whole.instrument(span).await;
    }

    async fn end(&self, attempt: &Arc<Attempt>, route: Result<&'static HandlerSpec, String>) {
        match route {
            Ok(_) if attempt.received.has_expired() => self.fail(attempt, Failure::Expired).await,
            Ok(handler) if self.came_back_too_often(handler, &attempt.received) => {
                let failure = Failure::CameBack(attempt.received.returns());
                self.fail(attempt, failure).await;
            }
            Ok(_) => self.run_handler(attempt).await,
            Err(_) if self.queue.on_unknown == OnUnknown::Ignore => {
                let verdict = Verdict::Forget { chain: Vec::new() };
                settle(attempt, verdict).await;
            }
            Err(what) => self.fail(attempt, Failure::Unknown(what)).await,
        }
    }

    /// Whether it would only end one more worker. RabbitMQ 3.x lets a message come back for ever where its queue has no limit.
    fn came_back_too_often(&self, handler: &HandlerSpec, received: &Received) -> bool {
        self.queue.arguments.delivery_limit.is_none()
            && received.returns() > MOST_RETURNS.max(handler.retry.attempts)
    }

    async fn run_handler(&self, attempt: &Arc<Attempt>) {
        let result = self.call(attempt).await;
        match result {
            Ok(Done(Settlement::ByHandler)) if attempt.is_settled() => {
                tracing::debug!("settled by its handler");
            }
            Ok(Done(Settlement::ByHandler)) => self.fail(attempt, Failure::NotSettled).await,
            Ok(Done(Settlement::ByWorker)) => match attempt.settle(Verdict::Ack, HELD_FOR).await {
                Ok(()) => tracing::debug!("acknowledged"),
                Err(SettleError::Stale) => report_stale(),
                Err(SettleError::TooLate) => {}
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
        match attempt.clock.keep(limit, handled).await {
            Some(Ok(handled)) => handled,
            Some(Err(panic)) => Err(Failed(Failure::Panic(panic_message(panic)))),
            None => Err(Failed(Failure::Timeout(limit))),
        }
    }

    /// Settles a failed attempt as its kind of failure, the service's hook and the handler's `on_error` say.
    async fn fail(&self, attempt: &Arc<Attempt>, failure: Failure) {
        // Whatever becomes of the delivery, a failed attempt publishes nothing.
        attempt.fail();
        let failed = Failed(failure);
        tracing::warn!(error = %failed, "the attempt failed");
        let outcome = self.outcome(attempt, &failed);
        let verdict = verdict(outcome, &failed.0, attempt.handler.on_error);
        settle(attempt, verdict).await;
    }

    /// What the service's hook says. A panic in it is no reason to lose the delivery.
    fn outcome(&self, attempt: &Arc<Attempt>, failed: &Failed) -> Outcome {
        let cx = Context::new(Arc::clone(attempt));
        let asked = AssertUnwindSafe(|| self.service.failed(failed, &cx));
        std::panic::catch_unwind(asked).unwrap_or_else(|panic| {
            tracing::error!(
                panic = panic_message(panic),
                "the failure hook of the service panicked; the catalog decides"
            );
            Outcome::AsDeclared
        })
    }
}

/// Carries out a verdict. While the broker does not take the copy that it needs, the delivery is held, which keeps its place in the prefetch
/// window and so slows the worker down; giving it back to the queue instead would only loop. A copy that is on its way is waited for: another one beside
/// it would come as well, once the broker takes them.
///
/// Boxed, so that a handler that ends well takes no room for it.
fn settle(attempt: &Attempt, verdict: Verdict) -> BoxFuture<'_, ()> {
    Box::pin(async move {
        let mut backoff = Backoff::of_worker();
        loop {
            let mut settling = std::pin::pin!(attempt.settle(verdict.clone(), HELD_FOR));
            let settled = loop {
                match tokio::time::timeout(PUBLISH_DEADLINE, &mut settling).await {
                    Ok(settled) => break settled,
                    Err(_) if attempt.is_stale() => break Err(SettleError::Stale),
                    Err(_) => tracing::warn!(
                        "the broker has not taken yet what the delivery needs to be settled; it is held"
                    ),
                }
            };
            match settled {
                Ok(()) | Err(SettleError::TooLate) => return,
                Err(SettleError::Stale) => {
                    attempt.give_up_copy();
                    return report_stale();
                }
                Err(error) => {
                    let delay = backoff.next();
                    tracing::error!(%error, ?delay, "the delivery could not be settled; trying again");
                    tokio::time::sleep(delay).await;
                }
            }
        }
    })
}

/// The verdict: what the hook has chosen, else what the failure and the catalog say.
fn verdict(outcome: Outcome, failure: &Failure, on_error: OnError) -> Verdict {
    let chain = failure.chain();
    let class = failure.class();
    let dead = |chain| Verdict::Dead {
        reason: match class {
            Class::Permanent(reason) => reason,
            Class::Transient(_) | Class::Unmarked => DeadReason::Failed,
        },
        chain,
    };
    let retry = |delay: Option<Duration>, chain| Verdict::Retry {
        // Nobody is there to hear that a delay is too long for the broker.
        delay: delay.map(|delay| delay.min(delay::longest())),
        chain,
    };
    match outcome {
        Outcome::Ack => Verdict::Forget { chain },
        Outcome::Retry => retry(None, chain),
        Outcome::RetryLater(delay) => retry(Some(delay), chain),
        Outcome::Requeue => Verdict::Requeue { chain },
        Outcome::DeadLetter => dead(chain),
        Outcome::AsDeclared => match (class, on_error) {
            (Class::Permanent(_), _) | (Class::Unmarked, OnError::DeadLetter) => dead(chain),
            (Class::Transient(delay), _) => retry(delay, chain),
            (Class::Unmarked, OnError::Retry) => retry(None, chain),
            (Class::Unmarked, OnError::Requeue) => Verdict::Requeue { chain },
        },
    }
}

fn report_stale() {
    tracing::warn!(
        "the channel of the delivery is gone before it was settled; the broker delivers the message again"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{Permanent, Transient};

    const HOUR: Duration = Duration::from_secs(3_600);

    /// The verdict in a word.
    fn word(outcome: Outcome, error: crate::BoxError, on_error: OnError) -> String {
        match verdict(outcome, &Failure::Handler(error), on_error) {
            Verdict::Ack => "ack".to_owned(),
            Verdict::Forget { .. } => "forget".to_owned(),
            Verdict::Requeue { .. } => "requeue".to_owned(),
            Verdict::Retry { delay: None, .. } => "retry".to_owned(),
            Verdict::Retry {
                delay: Some(delay), ..
            } => format!("retry after {delay:?}"),
            Verdict::Dead { reason, .. } => format!("dead: {reason}"),
        }
    }

    #[test]
    fn without_a_hook_the_mark_of_the_error_counts_then_the_catalog() {
        let declared = |error, on_error| word(Outcome::AsDeclared, error, on_error);
        for (on_error, plain) in [
            (OnError::Retry, "retry"),
            (OnError::Requeue, "requeue"),
            (OnError::DeadLetter, "dead: failed"),
        ] {
            assert_eq!(declared("busy".into(), on_error), plain);
            let stolen = Permanent::new("stolen");
            assert_eq!(declared(stolen.into(), on_error), "dead: permanent-error");
            assert_eq!(declared(Transient::new("busy").into(), on_error), "retry");
            let later = Transient::after("busy", HOUR);
            assert_eq!(declared(later.into(), on_error), "retry after 3600s");
        }
    }

    #[test]
    fn a_hook_outdoes_them_all() {
        for (outcome, expected) in [
            (Outcome::Ack, "forget"),
            (Outcome::Retry, "retry"),
            (Outcome::RetryLater(HOUR), "retry after 3600s"),
            (Outcome::Requeue, "requeue"),
            (Outcome::DeadLetter, "dead: permanent-error"),
        ] {
            let stolen = Permanent::new("stolen");
            assert_eq!(word(outcome, stolen.into(), OnError::DeadLetter), expected);
        }
    }

    #[test]
    fn no_delay_is_longer_than_the_broker_can_hold() {
        let longest = format!("retry after {:?}", delay::longest());
        let error = Transient::after("busy", Duration::MAX);
        assert_eq!(
            word(Outcome::AsDeclared, error.into(), OnError::Retry),
            longest
        );
        let hook = Outcome::RetryLater(Duration::MAX);
        assert_eq!(word(hook, "busy".into(), OnError::Retry), longest);
    }
}
