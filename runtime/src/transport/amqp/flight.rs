//! What is published on one channel and not yet confirmed.

use std::borrow::Cow;
use std::pin::Pin;
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
/// It is driven by one task at a time: the order in which it publishes is the order of the numbers that confirms speak of.
pub(super) struct Flight {
    channel: Arc<Channel>,
    launched: u64,
    waiting: FuturesUnordered<InFlight>,
    attribution: Attribution<Launched>,
    /// Those that the end of the channel has left undecided.
    lost: Vec<Launched>,
}

/// A job and its place among all of its channel.
struct Launched {
    number: u64,
    job: Job,
}

/// A publish that waits for its confirm.
struct InFlight {
    /// Taken out when it has landed.
    launched: Option<Launched>,
    confirm: BoxFuture<'static, Result<Confirmation, Error>>,
}

/// A publish whose confirm, or whose failure, has come.
struct Landed {
    launched: Launched,
    result: Result<Confirmation, Error>,
}

/// What came to an end at one moment.
pub(super) struct Batch {
    pub(super) decided: Vec<(Job, Outcome)>,
    /// Set when the channel is gone.
    pub(super) errors: Vec<Error>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.decided.is_empty() && self.errors.is_empty()
    }
}

impl Flight {
    pub(super) fn new(channel: Channel) -> Self {
        Self {
            channel: Arc::new(channel),
            launched: 0,
            waiting: FuturesUnordered::new(),
            attribution: Attribution::default(),
            lost: Vec::new(),
        }
    }

    /// How many publishes are not decided.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.attribution.held() + self.lost.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the channel still takes publishes.
    pub(super) fn is_open(&self) -> bool {
        self.channel.status().connected()
    }

    /// Publishes at the next [`poll_batch`](Self::poll_batch), after what was launched before.
    pub(super) fn launch(&mut self, mut job: Job) {
        job.launched = true;
        let number = self.launched;
        self.launched += 1;
        let channel = Arc::clone(&self.channel);
        let message = job.message.clone();
        let confirm = Box::pin(async move {
            let options = BasicPublishOptions {
                mandatory: message.mandatory(),
                ..BasicPublishOptions::default()
            };
            let confirm = channel.basic_publish(
                message.exchange(),
                message.routing_key(),
                options,
                message.body(),
                message.properties(),
            );
            confirm.await?.await
        });
        self.waiting.push(InFlight {
            launched: Some(Launched { number, job }),
            confirm,
        });
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
        for Landed { launched, result } in landed {
            let (nack, returned) = match result {
                Ok(Confirmation::Ack(returned)) => (false, returned),
                Ok(Confirmation::Nack(returned)) => (true, returned),
                // Only on a channel without confirms, which this one never is.
                Ok(Confirmation::NotRequested) => (false, None),
                Err(error) => {
                    errors.push(error);
                    self.lost.push(launched);
                    continue;
                }
            };
            let returned = returned.map(|message| Mark {
                properties: Arc::new(message.delivery.properties),
                exchange: Cow::Owned(message.delivery.exchange.into()),
                routing_key: Cow::Owned(message.delivery.routing_key.into()),
            });
            confirmed.push(Confirmed {
                mark: launched.job.message.mark(),
                mandatory: launched.job.message.mandatory(),
                item: launched,
                nack,
                returned,
            });
        }
        let complete = self.waiting.is_empty() && errors.is_empty();
        let decided = self.attribution.decide(confirmed, complete);
        Poll::Ready(Batch {
            decided: decided
                .into_iter()
                .map(|(launched, outcome)| (launched.job, outcome))
                .collect(),
            errors,
        })
    }

    /// Whether confirms are still to come. After an error of the channel the rest comes as errors, too.
    pub(super) fn awaits_confirms(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The undecided, in the order in which they were launched, when the channel is gone.
    pub(super) fn abandon(self) -> Vec<Job> {
        let mut rest = self.lost;
        rest.extend(self.attribution.abandon());
        rest.extend(self.waiting.into_iter().filter_map(|one| one.launched));
        rest.sort_unstable_by_key(|launched| launched.number);
        rest.into_iter().map(|launched| launched.job).collect()
    }

    /// Takes all that has landed: [`Attribution`] builds on batches that leave nothing behind.
    fn drain(&mut self, cx: &mut Context<'_>) -> Vec<Landed> {
        let mut landed = Vec::new();
        let noticed = Arc::new(Noticed {
            woken: AtomicBool::new(false),
            draining: AtomicBool::new(true),
            task: cx.waker().clone(),
        });
        let waker = Waker::from(Arc::clone(&noticed));
        let mut cx = Context::from_waker(&waker);
        loop {
            match self.waiting.poll_next_unpin(&mut cx) {
                Poll::Ready(Some(one)) => landed.push(one),
                // It also pauses to let other tasks run, and then wakes us at once: there may be more.
                Poll::Pending if noticed.goes_on() => {}
                Poll::Ready(None) | Poll::Pending => return landed,
            }
        }
    }
}

impl Future for InFlight {
    type Output = Landed;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Landed> {
        let result = std::task::ready!(self.confirm.as_mut().poll(cx));
        let launched = self.launched.take();
        Poll::Ready(Landed {
            launched: launched.expect("a future is not polled after its end"),
            result,
        })
    }
}

/// A waker that remembers that it was called, and wakes the task only after the draining: it need not come back for what was seen.
struct Noticed {
    woken: AtomicBool,
    draining: AtomicBool,
    task: Waker,
}

impl Noticed {
    /// Whether there may be more; else the draining is over.
    fn goes_on(&self) -> bool {
        if self.woken.swap(false, Ordering::SeqCst) {
            return true;
        }
        self.draining.store(false, Ordering::SeqCst);
        // Who called before that has only left a note, which is seen here: both sides write, then read what the other writes.
        let goes_on = self.woken.swap(false, Ordering::SeqCst);
        self.draining.store(goes_on, Ordering::SeqCst);
        goes_on
    }
}

impl Wake for Noticed {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        if !self.draining.load(Ordering::SeqCst) {
            self.task.wake_by_ref();
        }
    }
}
