//! How an attempt ends on the broker. Whatever must survive is confirmed before the original is let go.

use futures_util::future::BoxFuture;
use futures_util::stream::StreamExt;
use lapin::types::{AMQPValue, FieldArray};
use std::time::Duration;

use super::attempt::Attempt;
use super::copies::{self, CopyError, HELD_FOR, UnderWay};
use crate::failure::DeadReason;
use crate::observe::{Happened, SettledAs};
use crate::outgoing::{Deadline, send_in_order};
use crate::publish::{OnDisconnect, PublishError};
use crate::spec::QueueKind;
use crate::topology::dead_letter_queue;
use crate::transport::Stale;
use crate::wire::{self, Copy, headers};

/// What is to become of a delivery. `chain` is the error and its causes, where there was one.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    /// It is done.
    Ack,
    /// It is forgotten: no handler takes it, or the service's hook wants no more of a failed attempt.
    Forget { chain: Vec<String> },
    /// Another attempt at once, while there are any left.
    Requeue { chain: Vec<String> },
    /// Another attempt after this delay, or that of the retry policy, while there are any left.
    Retry {
        delay: Option<Duration>,
        chain: Vec<String>,
    },
    /// No further attempt.
    Dead {
        reason: DeadReason,
        chain: Vec<String>,
    },
}

/// A delivery could not be settled as asked. It is not lost: it comes back, or the worker settles it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettleError {
    /// A message that the handler staged was not published.
    #[error(
        "the delivery is not acknowledged, since a message staged by its handler was not published: {0}"
    )]
    Publish(PublishError),
    /// The copy for a later attempt could not be stored.
    #[error("no later attempt could be stored in the broker: {0}")]
    Retry(String),
    /// The copy for the dead-letter queue could not be stored.
    #[error("the dead letter could not be stored in `{queue}`: {why}")]
    DeadLetter {
        /// The dead-letter queue.
        queue: String,
        /// Why not.
        why: String,
    },
    /// The delivery's channel is gone: the broker has taken the message back and delivers it again.
    #[error("the channel of the delivery is gone; the broker delivers the message again")]
    Stale,
    /// The attempt is over: its handler has ended without settling, or its time was up, and the worker settles the delivery. What was staged since is not
    /// published.
    #[error(
        "it is too late to settle the delivery: its handler had ended or its time was up, and the worker settles it; what was staged since is not published"
    )]
    TooLate,
}

impl Attempt {
    /// Carries out a verdict. On an error this has not settled the delivery. A copy that it needs is stored `within` this time, or may still be stored after it.
    pub(crate) async fn settle(
        &self,
        verdict: Verdict,
        within: Duration,
    ) -> Result<(), SettleError> {
        let settled = self.carry_out(verdict, within).await;
        self.bus.tell(|| match &settled {
            Ok(how) => Happened::Settled { attempt: self, how },
            Err(error) => Happened::NotSettled {
                attempt: self,
                error,
            },
        });
        settled.map(drop)
    }

    async fn carry_out(
        &self,
        verdict: Verdict,
        within: Duration,
    ) -> Result<SettledAs, SettleError> {
        if self.is_settled() {
            return Err(SettleError::TooLate);
        }
        // To let a delivery go is to find out.
        let only_lets_go = matches!(verdict, Verdict::Ack) && !self.has_staged();
        if !only_lets_go && self.is_stale() {
            // Whatever went out now would go out again with the next delivery.
            return Err(SettleError::Stale);
        }
        // Its handler has sent a copy, and stopped waiting before it was stored: another one beside it would come as well.
        if let Some(copy) = self.copy_under_way() {
            return self.store(copy, within).await;
        }
        match verdict {
            Verdict::Ack => {
                self.flush().await?;
                self.let_go().await?;
                Ok(SettledAs::Acked)
            }
            Verdict::Forget { chain } => {
                self.let_go().await?;
                Ok(SettledAs::Forgotten { chain })
            }
            Verdict::Dead { reason, chain } => self.bury(reason, chain, within).await,
            Verdict::Requeue { chain } | Verdict::Retry { chain, .. } if !self.may_try_again() => {
                self.bury(DeadReason::AttemptsExhausted, chain, within)
                    .await
            }
            Verdict::Requeue { chain } => {
                let settles_as = SettledAs::Requeued { chain };
                match self.queue.kind {
                    QueueKind::Quorum => self.give_back().await.map(|()| settles_as),
                    // A classic queue does not count deliveries: without a copy that carries the count it would loop for ever.
                    QueueKind::Classic => self.come_back(Duration::ZERO, settles_as, within).await,
                }
            }
            Verdict::Retry { delay, chain } => {
                let delay = delay
                    .unwrap_or_else(|| self.handler.retry.delay_after(self.received.attempt()));
                let settles_as = SettledAs::Retried { delay, chain };
                self.come_back(delay, settles_as, within).await
            }
        }
    }

    fn may_try_again(&self) -> bool {
        self.handler.retry.allows_another(self.received.attempt())
    }

    /// Publishes what was staged, in order and pipelined, and waits for every confirm.
    async fn flush(&self) -> Result<(), SettleError> {
        let mut staged = self.take_staged();
        if staged.is_empty() {
            return Ok(());
        }
        for (_, options) in &mut staged {
            // A message that comes twice under one id does less harm than a handler that runs twice.
            options.on_disconnect.get_or_insert(OnDisconnect::Resend);
        }
        let mut sending = send_in_order(&self.bus, staged, Deadline::OfEach);
        while let Some(sent) = sending.next().await {
            sent.map_err(SettleError::Publish)?;
        }
        Ok(())
    }

    async fn let_go(&self) -> Result<(), SettleError> {
        match self.take_right() {
            Some(right) => self.used(right.ack().await),
            None => Err(SettleError::TooLate),
        }
    }

    async fn give_back(&self) -> Result<(), SettleError> {
        match self.take_right() {
            Some(right) => self.used(right.reject(true).await),
            None => Err(SettleError::TooLate),
        }
    }

    /// Says of a right whether it was still there. If not, the delivery is not settled.
    fn used(&self, right: Result<(), Stale>) -> Result<(), SettleError> {
        right.map_err(|Stale| {
            self.has_no_right();
            SettleError::Stale
        })
    }

    /// Stores a copy that comes back to the queue after `delay`, then lets the original go.
    async fn come_back(
        &self,
        delay: Duration,
        settles_as: SettledAs,
        within: Duration,
    ) -> Result<SettledAs, SettleError> {
        let (bus, copy, queue) = (
            self.bus.clone(),
            self.copy(settles_as.chain()),
            self.queue.name,
        );
        let sending = async move { copies::send_later(&bus, copy, delay, queue, HELD_FOR).await };
        self.store(UnderWay::new(settles_as, sending), within).await
    }

    /// Stores a copy in the dead-letter queue, then lets the original go.
    async fn bury(
        &self,
        reason: DeadReason,
        chain: Vec<String>,
        within: Duration,
    ) -> Result<SettledAs, SettleError> {
        let queue = dead_letter_queue(self.queue).into_owned();
        let copy = self
            .copy(&chain)
            .set(headers::DEAD_REASON, headers::string(reason.as_str()));
        let bus = self.bus.clone();
        let sending = async move { copies::send(&bus, copy, queue, HELD_FOR).await };
        let settles_as = SettledAs::Dead { reason, chain };
        self.store(UnderWay::new(settles_as, sending), within).await
    }

    /// Waits until a copy is stored, then lets the original go. Whoever stops waiting leaves it to the next one who settles.
    ///
    /// Boxed: the future of each handler would have room for what few of them need.
    fn store(
        &self,
        copy: UnderWay,
        within: Duration,
    ) -> BoxFuture<'_, Result<SettledAs, SettleError>> {
        Box::pin(async move {
            self.keep_copy(&copy);
            let stored = tokio::time::timeout(within, copy.stored.clone()).await;
            let why = match stored {
                Ok(Ok(())) => {
                    let let_go = self.let_go().await;
                    self.forget_copy(&copy);
                    return let_go.map(|()| copy.settles_as);
                }
                Ok(Err(error)) => {
                    self.forget_copy(&copy);
                    error
                }
                Err(_) => CopyError::Timeout(within),
            };
            Err(match copy.settles_as {
                SettledAs::Dead { .. } => SettleError::DeadLetter {
                    queue: dead_letter_queue(self.queue).into_owned(),
                    why: why.to_string(),
                },
                _ => SettleError::Retry(why.to_string()),
            })
        })
    }

    /// A copy that says where the message comes from, how often it failed, when and why.
    pub(crate) fn copy(&self, chain: &[String]) -> Copy {
        let received = &self.received;
        let now = wire::now_text();
        let first = headers::time(received.headers(), headers::FIRST_FAILED_AT)
            .map_or_else(|| now.clone(), |time| time.to_string());
        let mut copy = Copy::of(&received.properties, &received.body)
            // Whoever has published it may have written anything there.
            .without(&[headers::DEAD_REASON])
            .set(
                headers::ATTEMPTS,
                AMQPValue::LongLongInt(received.attempt().into()),
            )
            .set(headers::QUEUE, headers::string(self.queue.name))
            .set(headers::TOPIC, headers::string(received.topic()))
            .set(headers::EXCHANGE, headers::string(received.exchange()))
            .set(headers::LAST_FAILED_AT, headers::string(now.as_str()))
            .set(headers::FIRST_FAILED_AT, headers::string(first));
        if !chain.is_empty() {
            let chain: Vec<AMQPValue> = chain
                .iter()
                .map(|link| headers::string(link.as_str()))
                .collect();
            copy = copy.set(
                headers::ERROR_CHAIN,
                AMQPValue::FieldArray(FieldArray::from(chain)),
            );
        }
        copy
    }
}
