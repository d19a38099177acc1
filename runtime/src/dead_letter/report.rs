//! How far a sweep came.

use std::collections::BTreeMap;

/// How far a replay or a purge has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetterProgress {
    /// The letters that were in the queue when it began.
    pub total: u64,
    /// Those of them that were looked at.
    pub read: u64,
    /// Those that the filter means, up to the limit.
    pub matched: u64,
    /// Those that were replayed or purged. A dry run does nothing.
    pub done: u64,
    /// Those that could not be, and are still there.
    pub failed: u64,
}

/// What became of a replay or a purge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it tells of letters that could not be replayed"]
pub struct DeadLetterReport {
    /// How far it came.
    pub progress: DeadLetterProgress,
    /// Why letters failed, and how many for each reason: 32 of them at most, the rest as `for other reasons`.
    pub failures: BTreeMap<String, u64>,
    /// Which queues got letters in a replay, and how many; in a dry run, which would get them. 32 of them at most, the
    /// rest as `other queues`.
    pub queues: BTreeMap<String, u64>,
    /// Whether it was told to stop before the end.
    pub stopped: bool,
    /// Whether it ended because the broker took nothing for minutes.
    pub gave_up: bool,
}

/// So many different reasons and queues are kept: letters can name any number of queues.
const KEPT: usize = 32;

impl DeadLetterReport {
    /// Something was done with a letter, or could not be; a queue has got it, where that is what was done.
    pub(super) fn note(&mut self, queue: Option<String>, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => {
                self.progress.done += 1;
                self.note_queue(queue);
            }
            Err(why) => {
                self.progress.failed += 1;
                count(&mut self.failures, why, "for other reasons");
            }
        }
    }

    /// A queue got a letter, or would get it.
    pub(super) fn note_queue(&mut self, queue: Option<String>) {
        if let Some(queue) = queue {
            count(&mut self.queues, queue, "other queues");
        }
    }
}

fn count(counts: &mut BTreeMap<String, u64>, what: String, others: &str) {
    let what = if counts.len() < KEPT || counts.contains_key(&what) {
        what
    } else {
        others.to_owned()
    };
    *counts.entry(what).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_by_their_reasons_and_no_more_reasons_are_kept_than_someone_reads() {
        let mut report = DeadLetterReport::default();
        for number in 0..100 {
            report.note(None, Err(format!("the queue `{number}` does not exist")));
        }
        report.note(None, Err("the queue `0` does not exist".to_owned()));
        report.note(Some("q".to_owned()), Ok(()));
        report.note_queue(Some("q".to_owned()));
        assert_eq!((report.progress.failed, report.progress.done), (101, 1));
        assert_eq!(report.failures["the queue `0` does not exist"], 2);
        assert_eq!(report.failures["for other reasons"], 68);
        assert_eq!(report.failures.len(), 33);
        assert_eq!(report.queues["q"], 2);
    }
}
