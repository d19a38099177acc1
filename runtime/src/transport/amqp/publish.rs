//! The publisher: one task that owns the publishing channel.
//!
//! One task at a time publishes, because order matters: lapin numbers a publish and queues its frames in two steps, and two tasks that publish on one channel
//! could come between them; the confirms would then speak of each other's messages. Where it has nothing to do, the task lends the channel to a caller
//! that is [`alone`](super::alone).

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;

use lapin::options::ConfirmSelectOptions;
use lapin::{Channel, Error};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::alone::{Back, Lent};
use super::carried::Carried;
use super::confirms::Outcome;
use super::connection::{CONNECT_TIMEOUT, Link};
use super::flight::{Batch, Flight};
use super::renewal::Renewal;
use super::request::Request;
use super::words::{ACCESS_REFUSED, NOT_FOUND, Refusal, answer, is_channel_error, refusal, words};
use crate::transport::{Publish, PublishFailure, TransportError, Turn};

type Result<T, E = PublishFailure> = std::result::Result<T, E>;

/// Publishes with confirms, pipelined. Dropping it ends its task.
#[derive(Debug)]
pub(super) struct Publisher {
    jobs: mpsc::Sender<Job>,
    lent: Arc<Lent>,
    task: JoinHandle<()>,
}

/// A publish and the caller that waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) message: Carried,
    /// Whether it was ever handed to a channel: then the broker may have it.
    pub(super) launched: bool,
    done: oneshot::Sender<Result<()>>,
}

impl Publisher {
    /// Starts the task. At most `max_in_flight` publishes wait for their confirms at the same time; others queue.
    pub(super) fn start(link: Arc<Link>, channel: Channel, max_in_flight: usize) -> Self {
        let max_in_flight = max_in_flight.max(1);
        let (jobs, queue) = mpsc::channel(max_in_flight);
        let lent = Arc::<Lent>::default();
        let worker = Worker {
            link,
            queue,
            lent: Arc::clone(&lent),
            replays: VecDeque::new(),
            one_by_one: 0,
            refused_at: None,
            renewal: Renewal::default(),
            max_in_flight,
        };
        Self {
            jobs,
            lent,
            task: tokio::spawn(worker.run(channel)),
        }
    }

    /// Publishes and waits for the broker's decision; passes the turn on when the message is in line. The caller may drop the future at any time.
    pub(super) async fn publish(&self, publish: Publish, turn: Option<Turn>) -> Result<()> {
        let ended =
            || PublishFailure::Closed("the publisher has ended with its runtime".to_owned());
        let (done, outcome) = oneshot::channel();
        let job = Job {
            message: Carried::new(publish)?,
            launched: false,
            done,
        };
        let outcome = match self.lent.publish(job, &self.jobs) {
            Ok(drive) => {
                drop(turn);
                drive.until(outcome).await
            }
            Err(job) => {
                self.jobs.send(job).await.map_err(|_| ended())?;
                drop(turn);
                outcome.await
            }
        };
        outcome.unwrap_or_else(|_| Err(ended()))
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Job {
    pub(super) fn finish(self, result: Result<()>) {
        // A caller that is gone has stopped waiting, nothing more.
        let _ = self.done.send(result);
    }

    /// Whether the broker's words blame the exchange of this publish.
    fn blamed(&self, refusal: &Refusal) -> Option<PublishFailure> {
        let name = self.message.exchange_name();
        let called = if name.is_empty() {
            DEFAULT_EXCHANGE
        } else {
            name
        };
        let exchange = format!("exchange '{called}'");
        match refusal.code {
            _ if !refusal.words.contains(&exchange) => None,
            NOT_FOUND => Some(PublishFailure::NoExchange),
            ACCESS_REFUSED => {
                let denied = Request::Publish(name).denied(&refusal.words);
                let why = denied.unwrap_or_else(|| refusal.words.clone());
                Some(PublishFailure::Refused(why))
            }
            _ => None,
        }
    }
}

/// What the broker calls the exchange without a name.
const DEFAULT_EXCHANGE: &str = "amq.default";

struct Worker {
    link: Arc<Link>,
    queue: mpsc::Receiver<Job>,
    lent: Arc<Lent>,
    /// Publishes that a refused neighbour took down with the channel: their fate is unknown, they are published again.
    replays: VecDeque<Job>,
    /// How many replays go one at a time, because the broker did not say which publish it refused.
    one_by_one: usize,
    /// When the last channel was refused. Soon after, the connection may be closed for what was still written on that channel after its end: lapin writes its
    /// goodbye before what waits. It says nothing about any message.
    refused_at: Option<Instant>,
    renewal: Renewal,
    max_in_flight: usize,
}

impl Worker {
    async fn run(mut self, first: Channel) {
        let mut channel = Some(first);
        loop {
            if self.replays.is_empty() {
                let Some(job) = self.queue.recv().await else {
                    return;
                };
                self.replays.push_back(job);
            }
            let opened = match channel
                .take()
                .filter(|channel| channel.status().connected())
            {
                Some(channel) => Ok(channel),
                None => open(&self.link).await,
            };
            match opened {
                Ok(opened) => self.serve(Flight::new(opened)).await,
                // The next attempt opens a new connection.
                Err(_) if self.was_just_refused() => {}
                Err(error) => self.fail_waiting(&error),
            }
        }
    }

    /// Publishes on one channel for as long as it is there, or until it is left for another one.
    async fn serve(&mut self, mut flight: Flight) {
        let mut look = interval(CONNECT_TIMEOUT);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let rest = self.renewal.rests_until();
            if rest.is_none() {
                self.launch_waiting(&mut flight);
            } else if flight.is_empty() {
                self.renewal.rested();
                return;
            }
            if flight.is_empty() && (!flight.is_open() || self.queue.is_closed()) {
                return;
            }
            let rests = rest.is_some();
            if flight.is_empty() && !rests && self.one_by_one == 0 {
                let (back, why) = self.lent.lend(flight, &mut self.queue).await;
                flight = back;
                match why {
                    Back::Job(Some(job)) => self.replays.push_back(job),
                    Back::Job(None) => return,
                    Back::Left(None) => {}
                    Back::Left(Some(batch)) => {
                        let errors = self.settle(batch);
                        if !errors.is_empty() {
                            return self.lose(flight, errors).await;
                        }
                    }
                }
                continue;
            }
            let takes_more = !rests && self.replays.is_empty() && flight.len() < self.window();
            tokio::select! {
                biased;
                batch = poll_fn(|cx| flight.poll_batch(cx)), if !flight.is_empty() => {
                    let errors = self.settle(batch);
                    if !errors.is_empty() {
                        return self.lose(flight, errors).await;
                    }
                }
                job = self.queue.recv(), if takes_more => match job {
                    Some(job) => self.replays.push_back(job),
                    None if flight.is_empty() => return,
                    None => {}
                },
                () = sleep_until(rest.unwrap_or_else(Instant::now)), if rests => self.renewal.rested(),
                // A channel that is gone tells each of them so, unless it has forgotten one.
                _ = look.tick(), if !flight.is_empty() => if !flight.is_open() {
                    return self.lose(flight, Vec::new()).await;
                },
            }
        }
    }

    /// Says so once for each refusal.
    fn was_just_refused(&mut self) -> bool {
        let refused_at = self.refused_at.take();
        refused_at.is_some_and(|at| at.elapsed() < CONNECT_TIMEOUT)
    }

    fn launch_waiting(&mut self, flight: &mut Flight) {
        while flight.is_open() && flight.len() < self.window() {
            let Some(job) = self
                .replays
                .pop_front()
                .or_else(|| self.queue.try_recv().ok())
            else {
                return;
            };
            if job.done.is_closed() {
                self.one_by_one = self.one_by_one.saturating_sub(1);
            } else {
                flight.launch(job);
            }
        }
    }

    fn window(&self) -> usize {
        if self.one_by_one > 0 {
            1
        } else {
            self.max_in_flight
        }
    }

    /// Tells the callers; gives back the channel's errors.
    fn settle(&mut self, batch: Batch) -> Vec<Error> {
        for (job, outcome) in batch.decided {
            self.one_by_one = self.one_by_one.saturating_sub(1);
            if outcome == Outcome::Nacked {
                self.renewal.refused();
            }
            job.finish(match outcome {
                Outcome::Stored => Ok(()),
                Outcome::Unroutable => Err(PublishFailure::Unroutable),
                Outcome::Nacked => Err(PublishFailure::Nacked(
                    "the broker refused the message (nack): a queue that it is routed to is full, or could not store it".to_owned(),
                )),
            });
        }
        batch.errors
    }

    /// The channel is gone: decides what its end has decided, and lines up the rest to be published again.
    async fn lose(&mut self, mut flight: Flight, mut errors: Vec<Error>) {
        // Confirms that came before the end still count; the rest follows as errors, at once.
        let rest = async {
            while flight.awaits_confirms() {
                let batch = poll_fn(|cx| flight.poll_batch(cx)).await;
                errors.extend(self.settle(batch));
            }
        };
        let _ = timeout(CONNECT_TIMEOUT, rest).await;
        let lost = flight.abandon();

        let Some(refusal) = errors.iter().find_map(refusal) else {
            if errors.iter().any(is_channel_error) && self.was_just_refused() {
                return self.send_again(lost);
            }
            let why = errors
                .first()
                .map_or_else(|| "its channel is gone".to_owned(), words);
            let why = format!("the connection to RabbitMQ went away before the confirm ({why})");
            for job in lost {
                job.finish(Err(PublishFailure::Lost(why.clone())));
            }
            return;
        };
        self.refused_at = Some(Instant::now());
        let (count, mut rest) = (lost.len(), Vec::with_capacity(lost.len()));
        for job in lost {
            match job.blamed(&refusal) {
                Some(failure) => job.finish(Err(failure)),
                None => rest.push(job),
            }
        }
        if rest.len() == count {
            // The words name none of them, and may be about something else. One that is refused when it is sent again, alone on a channel of its own, is guilty.
            if self.one_by_one > 0 && count == 1 {
                for job in rest.drain(..) {
                    job.finish(Err(PublishFailure::Refused(refusal.words.clone())));
                }
                self.one_by_one = self.one_by_one.saturating_sub(1);
            } else {
                self.one_by_one = count;
            }
        }
        self.send_again(rest);
    }

    /// In their order, before all that wait.
    fn send_again(&mut self, jobs: Vec<Job>) {
        for job in jobs.into_iter().rev() {
            self.replays.push_front(job);
        }
    }

    /// There is no broker: everyone who waits hears it now and may try again.
    fn fail_waiting(&mut self, error: &TransportError) {
        self.one_by_one = 0;
        while let Some(job) = self
            .replays
            .pop_front()
            .or_else(|| self.queue.try_recv().ok())
        {
            let (launched, why) = (job.launched, error.to_string());
            job.finish(Err(match error {
                _ if launched => PublishFailure::Lost(why),
                TransportError::Closed(_) => PublishFailure::Closed(why),
                TransportError::Disconnected(_)
                | TransportError::Refused(_)
                | TransportError::Missing(_) => PublishFailure::Disconnected(why),
            }));
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.lent.end();
    }
}

/// A channel in confirm mode.
pub(super) async fn open(link: &Arc<Link>) -> Result<Channel, TransportError> {
    let channel = link.channel().await?;
    let confirms = channel.confirm_select(ConfirmSelectOptions::default());
    answer(Request::ConfirmPublishes, confirms).await?;
    Ok(channel)
}
