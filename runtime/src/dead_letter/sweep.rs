//! Going through a dead-letter queue and doing something with each letter: several at a time, bounded, and to be stopped in order.

use std::fmt;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::{
    DeadLetter, DeadLetterError, DeadLetterFilter, DeadLetterProgress, DeadLetterReading,
    DeadLetterReport,
};

/// Why something could not be done.
#[derive(Debug)]
pub(super) enum Failed {
    /// With one letter.
    One(String),
    /// With this one, nor will it be with those that follow.
    All(String),
}

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

impl Failed {
    fn into_reason(self) -> String {
        match self {
            Self::One(why) | Self::All(why) => why,
        }
    }
}

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
        F: Future<Output = Result<(), Failed>>,
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
                    if let Err(Failed::All(_)) = outcome {
                        report.gave_up = true;
                        at_end = true;
                    }
                    report.note(queue, outcome.map_err(Failed::into_reason));
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
        let unsettled = reading.settled().await.err();
        // What was removed last may be back.
        let unsettled = unsettled.filter(|_| report.progress.done > 0);
        match failure.or(unsettled) {
            None => Ok(report),
            Some(error) => Err(error.with_report(report)),
        }
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::sync::Arc;

    use bytes::Bytes;
    use lapin::BasicProperties;

    use super::*;
    use crate::bus::Bus;
    use crate::spec::{QueueArguments, QueueKind};
    use crate::topology::{Queue, Topology};
    use crate::transport::Publish;

    #[tokio::test]
    async fn what_concerns_all_letters_ends_the_sweep_and_the_rest_stay() {
        const LETTERS: u64 = 200;
        let bus = Bus::in_memory();
        let dead = bus.dead_letter_queue("q");
        let queue = Queue {
            name: Cow::Owned(dead.name().to_owned()),
            kind: QueueKind::Quorum,
            arguments: QueueArguments::NONE,
            dead_letter: None,
        };
        let topology = Topology {
            queues: vec![queue],
            ..Topology::default()
        };
        bus.declare(&topology).await.expect("it is declared");
        for _ in 0..LETTERS {
            let letter = Publish {
                exchange: Cow::Borrowed(""),
                routing_key: Cow::Owned(dead.name().to_owned()),
                mandatory: true,
                properties: Arc::new(BasicProperties::default()),
                body: Bytes::new(),
            };
            bus.transport().publish(letter).await.expect("it is stored");
        }
        let read = || dead.read(DeadLetterFilter::new());
        let reading = read().await.expect("it exists");
        let act = |_: DeadLetter, _: Option<String>| async {
            Err(Failed::All("nothing is taken".to_owned()))
        };
        let report = DeadLetterSweep::new().run(reading, |_| Ok(None), act).await;
        let report = report.expect("it was read");
        assert!(report.gave_up && !report.stopped, "{report:?}");
        let begun = u64::try_from(IN_FLIGHT).expect("a few");
        assert!(report.progress.read <= begun, "{report:?}");
        assert_eq!(report.progress.failed, report.progress.read);
        assert_eq!(report.failures["nothing is taken"], report.progress.read);
        assert_eq!(read().await.expect("it exists").total(), LETTERS);
    }
}
