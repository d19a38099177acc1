//! How the dead letters of a queue cannot be read.

/// The dead letters of a queue cannot be read, or be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the dead-letter queue `{queue}` cannot be read: {why}")]
pub struct DeadLetterError {
    queue: String,
    why: String,
}

impl DeadLetterError {
    pub(super) fn new(queue: &str, why: &impl ToString) -> Self {
        Self {
            queue: queue.to_owned(),
            why: why.to_string(),
        }
    }

    /// The dead-letter queue.
    pub fn queue(&self) -> &str {
        &self.queue
    }
}
