//! The static description of a service that generated code holds: its queues, bindings and handlers.
//!
//! Plain data without behaviour, so that a catalog of a thousand messages costs the compiler little. It is exported through
//! [`crate::codegen`] only: its shape may change with any release, and the contract version makes a mismatch a compile error.

use std::time::Duration;

use crate::message::Contract;

/// One service of the catalog.
#[derive(Debug)]
pub struct ServiceSpec {
    /// The service's name in the catalog.
    pub name: &'static str,
    /// The messages that it says it publishes.
    pub publishes: &'static [&'static Contract],
    /// The queues that it consumes.
    pub queues: &'static [QueueSpec],
}

/// One queue of a service.
#[derive(Debug)]
pub struct QueueSpec {
    /// The queue's name on the broker.
    pub name: &'static str,
    /// Which implementation of a queue the broker uses.
    pub kind: QueueKind,
    /// The limits that the broker keeps.
    pub arguments: QueueArguments,
    /// The bindings by which messages reach it.
    pub bindings: &'static [BindingSpec],
    /// How many handlers of one worker may run at the same time.
    pub concurrency: u16,
    /// How many unsettled deliveries the broker may send to one worker; at least `concurrency`.
    pub prefetch: u16,
    /// What happens to a message that no handler of this queue takes.
    pub on_unknown: OnUnknown,
    /// The quorum queue that keeps its dead letters, also those of other queues; `None` for one of its own, of its kind.
    pub dead_letter: Option<&'static str>,
    /// The handlers, at least one, each with a message of its own.
    pub handlers: &'static [HandlerSpec],
}

/// A binding of a queue to a topic exchange.
#[derive(Debug)]
pub struct BindingSpec {
    /// The exchange's name.
    pub exchange: &'static str,
    /// The binding key; `*` stands for one word, `#` for any number of words.
    pub key: &'static str,
}

/// One handler: which message it takes and what happens when it fails.
#[derive(Debug)]
pub struct HandlerSpec {
    /// The name of the handler, which is that of the trait's method.
    pub name: &'static str,
    /// The message that it takes.
    pub message: &'static Contract,
    /// The names on the wire of the field by whose value messages are handled in order: today's, then older ones. Empty where they are not.
    pub ordered_by: &'static [&'static str],
    /// How long one attempt may take.
    pub timeout: Duration,
    /// What happens after an error, a panic or a timeout.
    pub on_error: OnError,
    /// How often and after which delays an attempt is repeated.
    pub retry: RetrySpec,
}

/// Which implementation of a queue the broker uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueKind {
    /// Replicated, durable, counts deliveries; see <https://www.rabbitmq.com/docs/quorum-queues>.
    Quorum,
    /// One copy on one node, durable.
    Classic,
}

/// The limits that the broker keeps for a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueArguments {
    /// `x-max-length`: most messages that wait in it.
    pub max_length: Option<u32>,
    /// `x-max-length-bytes`: most bytes of the bodies that wait in it.
    pub max_length_bytes: Option<u64>,
    /// `x-overflow`: what happens to a message for which there is no room.
    pub overflow: Overflow,
    /// `x-message-ttl`: how long a message may wait in it.
    pub message_ttl: Option<Duration>,
    /// `x-delivery-limit`: how often a message may come back to it; quorum queues only.
    pub delivery_limit: Option<u32>,
    /// `x-single-active-consumer`: one consumer at a time gets its messages.
    pub single_active_consumer: bool,
    /// `x-max-priority`: the highest priority that it tells from lower ones; classic queues only.
    pub max_priority: Option<u8>,
}

impl QueueArguments {
    /// No limits.
    pub const NONE: Self = Self {
        max_length: None,
        max_length_bytes: None,
        overflow: Overflow::RejectPublish,
        message_ttl: None,
        delivery_limit: None,
        single_active_consumer: false,
        max_priority: None,
    };

    /// A time to live, and no limits.
    pub(crate) const fn expiring(message_ttl: Duration) -> Self {
        Self {
            message_ttl: Some(message_ttl),
            ..Self::NONE
        }
    }

    /// Whether there is a limit that new messages may meet.
    pub(crate) const fn is_bounded(&self) -> bool {
        self.max_length.is_some() || self.max_length_bytes.is_some()
    }
}

/// What happens to a message for which a queue has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// Its publish is refused.
    RejectPublish,
    /// The oldest message makes room and goes to the dead-letter queue.
    DropHead,
}

/// What happens to a message that no handler of its queue takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnknown {
    /// It goes to the dead-letter queue with the reason.
    DeadLetter,
    /// It is acknowledged and forgotten: for queues that listen by wildcard.
    Ignore,
}

/// What happens after an error, a panic or a timeout of a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// It comes back after the delay of the retry policy, until the attempts are spent.
    Retry,
    /// It goes back to its queue at once, until the attempts are spent.
    Requeue,
    /// It goes to the dead-letter queue.
    DeadLetter,
}

/// The retry policy of a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySpec {
    /// The number of attempts in all, the first one included; at least 1.
    pub attempts: u32,
    /// How the delay grows.
    pub backoff: Backoff,
    /// The delay before the second attempt.
    pub initial: Duration,
    /// The longest delay.
    pub max: Duration,
    /// How much of a delay may be left out at random, in percent; at most 100.
    pub jitter: u8,
}

impl RetrySpec {
    /// One attempt.
    pub const NONE: Self = Self {
        attempts: 1,
        backoff: Backoff::Fixed,
        initial: Duration::ZERO,
        max: Duration::ZERO,
        jitter: 0,
    };
}

/// How the delay between attempts grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backoff {
    /// Always the initial delay.
    Fixed,
    /// The initial delay, twice that, three times that, ...
    Linear,
    /// Doubles with every attempt.
    Exponential,
}
