//! Why an attempt failed, and why a message is dead.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::service::Failed;
use crate::validate::Invalid;
use crate::wire::Undecodable;

/// Any error, boxed. `anyhow::Error`, every `std::error::Error`, `String` and `&str` become one.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Marks an error that no further attempt can mend: the message goes to the dead-letter queue at once.
///
/// The worker finds it anywhere in the chain of an error's sources.
///
/// ```
/// let error = urutu::Permanent::new("the card was stolen");
/// assert_eq!(error.to_string(), "the card was stolen");
/// ```
#[derive(Debug)]
pub struct Permanent(BoxError);

impl Permanent {
    /// Marks `error` as permanent.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for Permanent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Permanent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// Marks an error that a further attempt may mend: while attempts are left, the message comes back later, whatever the handler's `on_error`
/// is.
///
/// The worker finds it anywhere in the chain of an error's sources. Where that also holds a [`Permanent`], the outer one counts.
///
/// ```
/// use std::time::Duration;
///
/// let error = urutu::Transient::after("the bank is closed", Duration::from_secs(3_600));
/// assert_eq!(error.to_string(), "the bank is closed");
/// ```
#[derive(Debug)]
pub struct Transient {
    error: BoxError,
    delay: Option<Duration>,
}

impl Transient {
    /// Marks `error` as transient: the message comes back after the delay of the handler's retry policy.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self {
            error: error.into(),
            delay: None,
        }
    }

    /// Marks `error` as transient: the message comes back after `delay`, rounded up to a tenth of a second; 310 days at most.
    pub fn after(error: impl Into<BoxError>, delay: Duration) -> Self {
        Self {
            error: error.into(),
            delay: Some(delay),
        }
    }

    /// The delay, where it has one of its own.
    pub fn delay(&self) -> Option<Duration> {
        self.delay
    }
}

impl fmt::Display for Transient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Transient {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// What a failure says about further attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// None can mend it; the reason that the dead letter gets.
    Permanent(DeadReason),
    /// Another one may, after this delay or else that of the retry policy.
    Transient(Option<Duration>),
    /// Nothing: the handler's `on_error` decides.
    Unmarked,
}

/// The outermost mark in the chain.
fn class(error: &(dyn Error + 'static)) -> Class {
    causes(error)
        .find_map(|error| {
            // A layer may have wrapped what came out of the handler.
            if let Some(Failed(inner)) = error.downcast_ref::<Failed>() {
                return Some(inner.class());
            }
            if error.is::<Permanent>() {
                return Some(Class::Permanent(DeadReason::PermanentError));
            }
            let transient = error.downcast_ref::<Transient>()?;
            Some(Class::Transient(transient.delay))
        })
        .unwrap_or(Class::Unmarked)
}

/// Why an attempt at a message failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The body cannot be read as the message.
    Undecodable(Undecodable),
    /// It was read, and breaks a constraint of the catalog.
    Invalid(Invalid),
    /// No handler of the queue takes it; the text says what it is.
    Unknown(String),
    /// It came after the time that its contract gives it.
    Expired,
    /// It came back to its queue so often, and nobody has settled it.
    CameBack(u32),
    /// The handler returned an error.
    Handler(BoxError),
    /// The handler panicked, with this message.
    Panic(String),
    /// The handler took longer than its timeout.
    Timeout(Duration),
    /// A manual handler ended with proof of settling another delivery.
    NotSettled,
}

impl Failure {
    /// What it says about further attempts.
    pub(crate) fn class(&self) -> Class {
        match self {
            Self::Undecodable(_) => Class::Permanent(DeadReason::Undecodable),
            Self::Invalid(_) => Class::Permanent(DeadReason::Invalid),
            Self::Unknown(_) => Class::Permanent(DeadReason::UnknownMessage),
            Self::Expired => Class::Permanent(DeadReason::Expired),
            Self::CameBack(_) => Class::Permanent(DeadReason::AttemptsExhausted),
            Self::Handler(error) => class(&**error),
            Self::Panic(_) | Self::Timeout(_) | Self::NotSettled => Class::Unmarked,
        }
    }

    /// The error, what caused it, what caused that, ...
    pub(crate) fn chain(&self) -> Vec<String> {
        match self {
            Self::Undecodable(error) => vec![bounded(&error.to_string())],
            Self::Invalid(error) => vec![bounded(&error.to_string())],
            Self::Unknown(text) => vec![bounded(text)],
            Self::Expired => {
                vec!["it waited in the queue for longer than its contract allows".to_owned()]
            }
            Self::CameBack(times) => vec![format!(
                "it came back to its queue {times} times and was never settled: whoever began with it was lost"
            )],
            Self::Handler(error) => chain(&**error),
            Self::Panic(message) => vec![format!("the handler panicked: {message}")],
            Self::Timeout(limit) => vec![format!(
                "the handler took longer than its timeout of {limit:?}"
            )],
            Self::NotSettled => {
                vec!["the handler returned the `Settled` of another delivery, this one was not settled".to_owned()]
            }
        }
    }
}

/// The error, then what caused it, then what caused that.
pub(crate) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// At most this many links of an error chain are kept, and this many bytes of each: headers must stay small.
const CHAIN_LINKS: usize = 16;
const CHAIN_BYTES: usize = 1024;

fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let told = AssertUnwindSafe(|| {
        causes(error)
            .take(CHAIN_LINKS)
            .map(|error| bounded(&error.to_string()))
            .collect()
    });
    // The words of an error are its author's code.
    catch_unwind(told).unwrap_or_else(|panic| {
        vec![format!(
            "the error panicked when it was asked what it is: {}",
            panic_message(panic)
        )]
    })
}

/// What a panic says.
pub(crate) fn panic_message(panic: Box<dyn Any + Send>) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = bounded(text.unwrap_or("(a value that is not text)"));
    if text.is_none() {
        // To drop it may be one more panic.
        std::mem::forget(panic);
    }
    message
}

/// The text, cut at a character boundary where it is too long for a header.
pub(crate) fn bounded(text: &str) -> String {
    if text.len() <= CHAIN_BYTES {
        return text.to_owned();
    }
    let mut end = CHAIN_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

/// Why a message is in a dead-letter queue: the header `urutu-dead-reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadReason {
    /// The handler rejected it.
    Rejected,
    /// Every attempt failed, or it came back to a quorum queue without a delivery limit more than 20 times.
    AttemptsExhausted,
    /// The handler's error was [`Permanent`].
    PermanentError,
    /// The handler failed, and its `on_error` is `dead_letter`, or the failure hook chose that.
    Failed,
    /// The body cannot be read: not JSON, another shape, another content type, too large.
    Undecodable,
    /// It was read, and breaks a constraint of the catalog.
    Invalid,
    /// No handler of the queue takes it.
    UnknownMessage,
    /// It was published for later, and waited in the queue for longer than its contract allows.
    Expired,
}

impl DeadReason {
    /// The word in the header `urutu-dead-reason`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::AttemptsExhausted => "attempts-exhausted",
            Self::PermanentError => "permanent-error",
            Self::Failed => "failed",
            Self::Undecodable => "undecodable",
            Self::Invalid => "invalid",
            Self::UnknownMessage => "unknown-message",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for DeadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("capturing the card")]
    struct Outer(#[source] Permanent);

    const PERMANENT: Class = Class::Permanent(DeadReason::PermanentError);

    #[test]
    fn a_mark_is_found_in_the_chain() {
        let wrapped = Failure::Handler(Box::new(Outer(Permanent::new("stolen"))));
        assert_eq!(wrapped.class(), PERMANENT);
        assert_eq!(wrapped.chain(), ["capturing the card", "stolen"]);
        let busy = Transient::after("busy", Duration::MAX);
        let busy = Failure::Handler(busy.into());
        assert_eq!(busy.class(), Class::Transient(Some(Duration::MAX)));
        assert_eq!(Failure::Handler("busy".into()).class(), Class::Unmarked);
    }

    #[test]
    fn the_outer_mark_counts() {
        let inner = Permanent::new(Transient::new("busy"));
        assert_eq!(Failure::Handler(inner.into()).class(), PERMANENT);
        let inner = Transient::new(Permanent::new("stolen"));
        assert_eq!(
            Failure::Handler(inner.into()).class(),
            Class::Transient(None)
        );
    }

    #[derive(Debug, thiserror::Error)]
    #[error("a layer")]
    struct Layer(#[source] Failed);

    #[test]
    fn a_layer_that_wraps_a_failure_does_not_change_its_class() {
        let unread = Failure::Unknown("shop.Other".to_owned());
        let wrapped = Failure::Handler(Box::new(Layer(Failed(unread))));
        assert_eq!(
            wrapped.class(),
            Class::Permanent(DeadReason::UnknownMessage)
        );
        assert_eq!(wrapped.chain(), ["a layer", "shop.Other"]);
    }

    #[test]
    fn a_long_error_is_cut_between_characters() {
        let cut = bounded(&"é".repeat(2_000));
        assert!(cut.len() <= CHAIN_BYTES + '…'.len_utf8());
        assert!(cut.ends_with("é…"));
    }
}
