//! Going through a dead-letter queue and doing something with each letter: several at a time, bounded, and to be stopped in order.

use std::fmt;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::{
    DeadLetter, DeadLetterError, DeadLetterFilter, DeadLetterProgress, DeadLetterReading,
    DeadLetterReport,
};

type OnProgress = dyn FnMut(&DeadLetterProgress) + Send;

/// Which letters a replay or a purge takes, and how: all of them, unless it says more.
#[derive(Default)]
pub struct DeadLetterSweep {
    pub(super) filter: DeadLetterFilter,
    limit: Option<u64>,
    dry_run: bool,
    on_progress: Option<Box<OnProgress>>,
    until: Option<BoxFuture<'static, ()>>,
}

/// How many letters are in flight at a time.
const IN_FLIGHT: usize = 64;
/// How many bytes their bodies may have together, unless it is one alone.
const BYTES_IN_FLIGHT: usize = 64 * 1024 * 1024;

impl DeadLetterSweep {
    /// Takes all letters that are there when it begins.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes those that the filter means.
    #[must_use]
    pub fn filter(mut self, filter: DeadLetterFilter) -> Self {
        self.filter = filter;
        self
    }

    /// Takes so many at most, the oldest first.
    #[must_use]
    pub fn limit(mut self, letters: u64) -> Self {
        self.limit = Some(letters);
        self
    }

    /// Counts them and does nothing.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Calls this after each letter. It should be quick.
    #[must_use]
    pub fn on_progress(mut self, call: impl FnMut(&DeadLetterProgress) + Send + 'static) -> Self {
        self.on_progress = Some(Box::new(call));
        self
    }

    /// Stops when this is ready: it begins with no further letter, and waits for those in flight.
    #[must_use]
    pub fn until(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.until = Some(Box::pin(stop));
        self
    }

    /// Goes through a reading. `choose` says which queue is to get a letter, if any is, and `act` why it could not do that.
    pub(super) async fn run<F>(
        mut self,
        mut reading: DeadLetterReading,
        choose: impl Fn(&DeadLetter) -> Result<Option<String>, String>,
        act: impl Fn(DeadLetter, Option<String>) -> F,
    ) -> Result<DeadLetterReport, DeadLetterError>
    where
        F: Future<Output = Result<(), String>>,
    {
        let mut until = self
            .until
            .take()
            .unwrap_or_else(|| std::future::pending().boxed())
            .fuse();
        let mut report = DeadLetterReport::default();
        report.progress.total = reading.total();
        self.tell(&report);
        let mut in_flight = FuturesUnordered::new();
        let mut bytes_in_flight = 0;
        let mut failure = None;
        let mut at_end = self.limit == Some(0);
        while !(at_end && in_flight.is_empty()) {
            let has_room = in_flight.len() < IN_FLIGHT
                && (bytes_in_flight < BYTES_IN_FLIGHT || in_flight.is_empty());
            tokio::select! {
                biased;
                () = &mut until, if !at_end => {
                    report.stopped = true;
                    at_end = true;
                }
                Some((queue, outcome, bytes)) = in_flight.next() => {
                    bytes_in_flight -= bytes;
                    report.note(queue, outcome);
                    self.tell(&report);
                }
                letter = reading.step(), if !at_end && has_room => {
                    let letter = match letter {
                        Ok(Some(letter)) => letter,
                        ended => {
                            failure = ended.err();
                            at_end = true;
                            continue;
                        }
                    };
                    report.progress.read += 1;
                    if reading.filter().matches(&letter) {
                        report.progress.matched += 1;
                        at_end = self.limit == Some(report.progress.matched);
                        match choose(&letter) {
                            Err(why) => report.note(None, Err(why)),
                            Ok(queue) if self.dry_run => report.note_queue(queue),
                            Ok(queue) => {
                                let bytes = letter.body().len();
                                bytes_in_flight += bytes;
                                let acting = act(letter, queue.clone());
                                in_flight.push(acting.map(move |outcome| (queue, outcome, bytes)));
                            }
                        }
                    }
                    self.tell(&report);
                }
            }
        }
        drop(in_flight);
        reading.close().await;
        failure.map_or(Ok(report), Err)
    }

    fn tell(&mut self, report: &DeadLetterReport) {
        if let Some(on_progress) = &mut self.on_progress {
            on_progress(&report.progress);
        }
    }
}

impl fmt::Debug for DeadLetterSweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetterSweep")
            .field("filter", &self.filter)
            .field("limit", &self.limit)
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}
