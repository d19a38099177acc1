//! A failed attempt, as layers and hooks see it.

use std::error::Error;
use std::fmt;

use crate::failure::{BoxError, Class, Failure, causes};

/// An attempt that failed: by its handler's error, a panic, a timeout, or since the message could not be read.
#[derive(Debug)]
pub struct Failed(pub(crate) Failure);

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The body cannot be read as the message.
    Undecodable,
    /// It was read, and breaks a constraint of the catalog.
    Invalid,
    /// No handler of the queue takes it.
    Unknown,
    /// It came after the time that its contract gives it.
    Expired,
    /// It came back to its queue so often, without being settled, that it may be what ends its workers.
    CameBack,
    /// The handler, or a layer around it, returned an error.
    Error,
    /// The handler panicked.
    Panic,
    /// The handler took longer than its timeout.
    Timeout,
    /// A manual handler ended with proof of settling another delivery.
    NotSettled,
}

impl Failed {
    /// How it failed.
    pub fn kind(&self) -> FailureKind {
        match self.0 {
            Failure::Undecodable(_) => FailureKind::Undecodable,
            Failure::Invalid(_) => FailureKind::Invalid,
            Failure::Unknown(_) => FailureKind::Unknown,
            Failure::Expired => FailureKind::Expired,
            Failure::CameBack(_) => FailureKind::CameBack,
            Failure::Handler(_) => FailureKind::Error,
            Failure::Panic(_) => FailureKind::Panic,
            Failure::Timeout(_) => FailureKind::Timeout,
            Failure::NotSettled => FailureKind::NotSettled,
        }
    }

    /// Whether another attempt cannot mend it: unless a hook says otherwise, the message goes to the dead-letter queue.
    pub fn is_permanent(&self) -> bool {
        matches!(self.0.class(), Class::Permanent(_))
    }

    /// The error of the handler or of a layer, where it was one.
    pub fn error(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Failure::Handler(error) => Some(&**error),
            _ => None,
        }
    }

    /// The first error of type `E` in the chain of the handler's error and its causes.
    pub fn find<E: Error + 'static>(&self) -> Option<&E> {
        causes(self.error()?).find_map(|error| error.downcast_ref())
    }

    /// What a stack of layers returned: a failure that came through it, or a layer's own error.
    pub(super) fn from_layer(error: impl Into<BoxError>) -> Self {
        match error.into().downcast() {
            Ok(failed) => *failed,
            Err(error) => Self(Failure::Handler(error)),
        }
    }
}

/// The error, what caused it, what caused that, ...
impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.chain().join(": "))
    }
}

/// Without a source: the text tells the causes, and [`find`](Failed::find) looks among them.
impl Error for Failed {}
