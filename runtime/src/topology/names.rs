//! The names of what belongs to a queue.

use std::borrow::Cow;

use crate::spec::QueueSpec;

/// The queue that keeps the dead letters of a queue.
pub(crate) fn dead_letter_queue(spec: &QueueSpec) -> Cow<'static, str> {
    kept_in(spec.name, spec.dead_letter.map(Cow::Borrowed))
}

/// The queue that keeps the dead letters of `queue`, where the catalog names one for that, or none.
pub(super) fn kept_in(queue: &str, named: Option<Cow<'static, str>>) -> Cow<'static, str> {
    named.unwrap_or_else(|| Cow::Owned(own_dead_letter_queue(queue)))
}

/// The queue that keeps the dead letters of `queue` where the catalog names no other.
pub(crate) fn own_dead_letter_queue(queue: &str) -> String {
    format!("{queue}.dead")
}
