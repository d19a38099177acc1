//! What is published on one channel and not yet confirmed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use lapin::options::BasicPublishOptions;
use lapin::{Channel, Confirmation, Error};

use super::confirms::{Attribution, Confirmed, Mark, Outcome};
use super::publish::Job;

/// The publishes of one channel, from the first byte to the decision.
///
/// It is driven by one task alone: the order in which it publishes is the order of the broker's confirms.
pub(super) struct Flight {
    channel: Channel,
    /// By their number on this channel; a decision takes one out.
    jobs: HashMap<u64, Job>,
    next_number: u64,
    confirms: FuturesUnordered<BoxFuture<'static, Landed>>,
    attribution: Attribution<u64>,
}

/// A publish whose confirm, or whose failure, has come.
struct Landed {
    number: u64,
    mark: Mark,
    mandatory: bool,
    result: Result<Confirmation, Error>,
}

/// What came to an end at one moment.
pub(super) struct Batch {
    pub(super) decided: Vec<(Job, Outcome)>,
    /// Set when the channel is gone.
    pub(super) errors: Vec<Error>,
}

impl Flight {
    pub(super) fn new(channel: Channel) -> Self {
        Self {
            channel,
            jobs: HashMap::new(),
            next_number: 0,
            confirms: FuturesUnordered::new(),
            attribution: Attribution::default(),
        }
    }

    /// How many publishes are not decided.
    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Whether the channel still takes publishes.
    pub(super) fn is_open(&self) -> bool {
        self.channel.status().connected()
    }

    /// Publishes at the next [`poll_batch`](Self::poll_batch), after what was launched before.
    pub(super) fn launch(&mut self, job: Job) {
        let number = self.next_number;
        self.next_number += 1;
        let channel = self.channel.clone();
        let message = job.message.clone();
        self.jobs.insert(number, job);
        self.confirms.push(Box::pin(async move {
            let mark = Mark {
                message_id: message.properties.message_id().clone().unwrap_or_default(),
                exchange: message.exchange.clone(),
                routing_key: message.routing_key.clone(),
            };
            let mandatory = message.mandatory;
            let result = async {
                let options = BasicPublishOptions {
                    mandatory,
                    ..BasicPublishOptions::default()
                };
                let confirm = channel.basic_publish(
                    message.exchange,
                    message.routing_key,
                    options,
                    &message.body,
                    message.properties,
                );
                confirm.await?.await
            };
            Landed {
                number,
                mark,
                mandatory,
                result: result.await,
            }
        }));
    }

    /// Waits for confirms, takes every one that has come, and decides what they allow.
    ///
    /// Waits forever while nothing is in flight.
    pub(super) fn poll_batch(&mut self, cx: &mut Context<'_>) -> Poll<Batch> {
        let landed = self.drain(cx);
        if landed.is_empty() {
            return Poll::Pending;
        }
        let mut errors = Vec::new();
        let mut confirmed = Vec::with_capacity(landed.len());
        for Landed {
            number,
            mark,
            mandatory,
            result,
        } in landed
        {
            let (nack, returned) = match result {
                Ok(Confirmation::Ack(returned)) => (false, returned),
                Ok(Confirmation::Nack(returned)) => (true, returned),
                // Only on a channel without confirms, which this one never is.
                Ok(Confirmation::NotRequested) => (false, None),
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let returned = returned.map(|message| Mark {
                message_id: message
                    .delivery
                    .properties
                    .message_id()
                    .clone()
                    .unwrap_or_default(),
                exchange: message.delivery.exchange.clone(),
                routing_key: message.delivery.routing_key.clone(),
            });
            confirmed.push(Confirmed {
                item: number,
                mark,
                mandatory,
                nack,
                returned,
            });
        }
        let complete = self.confirms.is_empty() && errors.is_empty();
        let decided = self.attribution.decide(confirmed, complete);
        let decided = decided
            .into_iter()
            .filter_map(|(number, outcome)| Some((self.jobs.remove(&number)?, outcome)));
        Poll::Ready(Batch {
            decided: decided.collect(),
            errors,
        })
    }

    /// Whether confirms are still to come. After an error of the channel the rest comes as errors, too.
    pub(super) fn awaits_confirms(&self) -> bool {
        !self.confirms.is_empty()
    }

    /// The undecided, in the order in which they were launched, when the channel is gone.
    pub(super) fn abandon(mut self) -> Vec<Job> {
        self.attribution.abandon().for_each(drop);
        let mut rest: Vec<(u64, Job)> = self.jobs.drain().collect();
        rest.sort_unstable_by_key(|(number, _)| *number);
        rest.into_iter().map(|(_, job)| job).collect()
    }

    /// Takes all that has landed: [`Attribution`] builds on batches that leave nothing behind.
    fn drain(&mut self, cx: &mut Context<'_>) -> Vec<Landed> {
        let mut landed = Vec::new();
        let noticed = Arc::new(Noticed {
            woken: AtomicBool::new(false),
            task: cx.waker().clone(),
        });
        let waker = Waker::from(Arc::clone(&noticed));
        let mut cx = Context::from_waker(&waker);
        loop {
            match self.confirms.poll_next_unpin(&mut cx) {
                Poll::Ready(Some(one)) => landed.push(one),
                // It also pauses to let other tasks run, and then wakes us at once: there may be more.
                Poll::Pending if noticed.woken.swap(false, Ordering::AcqRel) => {}
                Poll::Ready(None) | Poll::Pending => return landed,
            }
        }
    }
}

/// A waker that remembers that it was called.
struct Noticed {
    woken: AtomicBool,
    task: Waker,
}

impl Wake for Noticed {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}
