//! Which dead letters are meant.

use std::time::Duration;

use super::DeadLetter;

/// Which dead letters are meant: all, unless it says more. Several values of one kind mean any of them; several kinds must all agree.
///
/// ```
/// # use std::time::Duration;
/// use urutu::DeadLetterFilter;
///
/// let filter = DeadLetterFilter::new()
///     .reason("attempts-exhausted")
///     .type_id("shop.payments.CapturePayment")
///     .newer_than(Duration::from_secs(24 * 3_600));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    types: Vec<String>,
    reasons: Vec<String>,
    queues: Vec<String>,
    ids: Vec<String>,
    older_than: Option<Duration>,
    newer_than: Option<Duration>,
}

impl DeadLetterFilter {
    /// Means all dead letters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of messages with this type id.
    #[must_use]
    pub fn type_id(mut self, type_id: impl Into<String>) -> Self {
        self.types.push(type_id.into());
        self
    }

    /// Those with this [reason](DeadLetter::reason).
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reasons.push(reason.into());
        self
    }

    /// Those that were given up in this queue, which tells the letters in a shared dead-letter queue apart.
    #[must_use]
    pub fn queue(mut self, queue: impl Into<String>) -> Self {
        self.queues.push(queue.into());
        self
    }

    /// Those of the message with this id.
    #[must_use]
    pub fn message_id(mut self, id: impl Into<String>) -> Self {
        self.ids.push(id.into());
        self
    }

    /// Those that died longer ago. A letter whose [age](DeadLetter::age) nobody knows is neither older nor newer than anything.
    #[must_use]
    pub fn older_than(mut self, age: Duration) -> Self {
        self.older_than = Some(age);
        self
    }

    /// Those that died since.
    #[must_use]
    pub fn newer_than(mut self, age: Duration) -> Self {
        self.newer_than = Some(age);
        self
    }

    /// Whether a letter is meant.
    pub fn matches(&self, letter: &DeadLetter) -> bool {
        let is_one_of = |wanted: &[String], value: Option<&str>| {
            wanted.is_empty()
                || value.is_some_and(|value| wanted.iter().any(|wanted| wanted == value))
        };
        is_one_of(&self.types, letter.type_id())
            && is_one_of(&self.reasons, Some(letter.reason()))
            && is_one_of(&self.queues, letter.queue())
            && is_one_of(&self.ids, letter.message_id())
            && self.agrees_with_age(letter)
    }

    fn agrees_with_age(&self, letter: &DeadLetter) -> bool {
        if self.older_than.is_none() && self.newer_than.is_none() {
            return true;
        }
        letter.age().is_some_and(|age| {
            self.older_than.is_none_or(|limit| age > limit)
                && self.newer_than.is_none_or(|limit| age <= limit)
        })
    }
}
