//! The names of what belongs to a queue.

use std::borrow::Cow;

use crate::spec::QueueSpec;

/// The queue that keeps the dead letters of a queue.
pub(crate) fn dead_letter_queue(spec: &QueueSpec) -> Cow<'static, str> {
    match spec.dead_letter {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(own_dead_letter_queue(spec.name)),
    }
}

/// The queue that keeps the dead letters of `queue` where the catalog names no other.
pub(crate) fn own_dead_letter_queue(queue: &str) -> String {
    format!("{queue}.dead")
}
