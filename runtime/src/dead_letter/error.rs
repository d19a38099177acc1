//! How the dead letters of a queue cannot be read.

use super::DeadLetterReport;

/// The dead letters of a queue cannot be read, or be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the dead-letter queue `{queue}` cannot be read: {why}")]
pub struct DeadLetterError {
    queue: String,
    why: String,
    report: Option<Box<DeadLetterReport>>,
}

impl DeadLetterError {
    pub(super) fn new(queue: &str, why: &impl ToString) -> Self {
        Self {
            queue: queue.to_owned(),
            why: why.to_string(),
            report: None,
        }
    }

    /// It happened in the midst of a replay or a purge.
    pub(super) fn with_report(self, report: DeadLetterReport) -> Self {
        Self {
            report: Some(Box::new(report)),
            ..self
        }
    }

    /// The dead-letter queue.
    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// What became of the letters until then, where a replay or a purge had begun.
    pub fn report(&self) -> Option<&DeadLetterReport> {
        self.report.as_deref()
    }
}
