//! The names of what belongs to a queue.

/// The queue that keeps the dead letters of `queue`.
pub(crate) fn dead_letter_queue(queue: &str) -> String {
    format!("{queue}.dead")
}
