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
    /// Why letters failed, and how many for each reason.
    pub failures: BTreeMap<String, u64>,
    /// Whether it was told to stop before the end.
    pub stopped: bool,
}

/// So many different reasons are kept: letters can name any number of queues.
const REASONS: usize = 32;

impl DeadLetterReport {
    pub(super) fn note(&mut self, outcome: Result<(), String>) {
        let Err(why) = outcome else {
            self.progress.done += 1;
            return;
        };
        self.progress.failed += 1;
        let why = if self.failures.len() < REASONS || self.failures.contains_key(&why) {
            why
        } else {
            "for other reasons".to_owned()
        };
        *self.failures.entry(why).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_by_their_reasons_and_no_more_reasons_are_kept_than_someone_reads() {
        let mut report = DeadLetterReport::default();
        for number in 0..100 {
            report.note(Err(format!("the queue `{number}` does not exist")));
        }
        report.note(Err("the queue `0` does not exist".to_owned()));
        report.note(Ok(()));
        assert_eq!((report.progress.failed, report.progress.done), (101, 1));
        assert_eq!(report.failures["the queue `0` does not exist"], 2);
        assert_eq!(report.failures["for other reasons"], 68);
        assert_eq!(report.failures.len(), 33);
    }
}
