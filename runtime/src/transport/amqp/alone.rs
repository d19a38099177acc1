//! A publish that finds none before it: its caller drives the flight. Else it would wait until the publisher's task is woken, to send it and to hear of its
//! confirm.
//!
//! The task lends the flight while it has nothing to do. A caller that comes second goes to the task, which takes the flight back.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::{mpsc, oneshot};

use super::confirms::Outcome;
use super::flight::{Batch, Flight};
use super::publish::Job;

/// What the publisher's task lends to callers.
#[derive(Default)]
pub(super) struct Lent(Mutex<State>);

#[derive(Default)]
struct State {
    flight: Option<Flight>,
    stage: Stage,
    /// How many callers have driven it: each knows its own number.
    drives: u64,
    /// The task, which waits.
    task: Option<Waker>,
}

#[derive(Default)]
enum Stage {
    /// Nothing is in flight.
    #[default]
    Idle,
    /// The caller of this number drives it.
    Driven(u64),
    /// That caller has left it to the task, with what only the task can settle.
    Left(Option<Batch>),
}

/// Why the task has its flight back.
pub(super) enum Back {
    /// There is another publish; or, with `None`, there will be no more.
    Job(Option<Job>),
    /// A caller has left it to the task, with what only the task can settle.
    Left(Option<Batch>),
}

impl Lent {
    /// Lends a flight with nothing in it, until there is something to do for the task.
    pub(super) async fn lend(
        &self,
        flight: Flight,
        queue: &mut mpsc::Receiver<Job>,
    ) -> (Flight, Back) {
        self.state().flight = Some(flight);
        poll_fn(|cx| self.poll_back(cx, queue)).await
    }

    fn poll_back(
        &self,
        cx: &mut Context<'_>,
        queue: &mut mpsc::Receiver<Job>,
    ) -> Poll<(Flight, Back)> {
        // The queue is looked at under the lock, here and by callers: what was put there first is published first.
        let mut state = self.state();
        let back = if let Stage::Left(batch) = &mut state.stage {
            Back::Left(batch.take())
        } else if let Poll::Ready(job) = queue.poll_recv(cx) {
            Back::Job(job)
        } else {
            state.task = Some(cx.waker().clone());
            return Poll::Pending;
        };
        state.stage = Stage::Idle;
        let flight = state.flight.take();
        // The task takes it only here, and `end` only after the task.
        let flight = flight.expect("`lend` has put it there");
        Poll::Ready((flight, back))
    }

    /// Publishes, if nothing is before it; gives the job back if something is.
    pub(super) fn publish(&self, job: Job, queue: &mpsc::Sender<Job>) -> Result<Drive<'_>, Job> {
        let mut state = self.state();
        let alone = matches!(state.stage, Stage::Idle) && queue.capacity() == queue.max_capacity();
        let number = state.drives;
        match &mut state.flight {
            Some(flight) if alone && flight.is_open() => flight.launch(job),
            _ => return Err(job),
        }
        state.drives += 1;
        state.stage = Stage::Driven(number);
        Ok(Drive { lent: self, number })
    }

    /// The task has ended, and with it what is in flight.
    pub(super) fn end(&self) {
        let ended = std::mem::take(&mut *self.state());
        // Whoever waits for it is woken after the lock.
        drop(ended);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").finish_non_exhaustive()
    }
}

/// Leaves it to the task, which is woken after the lock.
fn leave(mut state: MutexGuard<'_, State>, batch: Option<Batch>) {
    state.stage = Stage::Left(batch);
    let task = state.task.take();
    drop(state);
    task.into_iter().for_each(Waker::wake);
}

/// A publish whose caller drives the flight, unless the task has taken it back.
pub(super) struct Drive<'a> {
    lent: &'a Lent,
    number: u64,
}

impl Drive<'_> {
    /// Waits for the outcome of the publish.
    pub(super) async fn until<T>(
        self,
        mut outcome: oneshot::Receiver<T>,
    ) -> Result<T, oneshot::error::RecvError> {
        poll_fn(|cx| {
            // It may come of this, or from the task.
            self.drive(cx);
            Pin::new(&mut outcome).poll(cx)
        })
        .await
    }

    /// Looks for the confirm. What it wakes under the lock are tasks that wait for tokio's channels or for lapin, which only puts them in line.
    fn drive(&self, cx: &mut Context<'_>) {
        let mut state = self.lent.state();
        if !self.has_it(&state) {
            return;
        }
        let Some(flight) = &mut state.flight else {
            return;
        };
        let Poll::Ready(mut batch) = flight.poll_batch(cx) else {
            return;
        };
        match batch.decided.pop() {
            Some((job, Outcome::Stored)) if batch.is_empty() => {
                state.stage = Stage::Idle;
                drop(state);
                job.finish(Ok(()));
            }
            decided => {
                batch.decided.extend(decided);
                leave(state, Some(batch));
            }
        }
    }

    fn has_it(&self, state: &State) -> bool {
        matches!(state.stage, Stage::Driven(number) if number == self.number)
    }
}

impl Drop for Drive<'_> {
    fn drop(&mut self) {
        let state = self.lent.state();
        if self.has_it(&state) {
            leave(state, None);
        }
    }
}
