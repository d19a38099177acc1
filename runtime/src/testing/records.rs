//! What a test reads from the journal, with the messages read back into their types.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::journal::{Entry, Event, Publication, Taken};
use crate::message::Message;
use crate::observe::SettledAs;
use crate::wire;

/// A message that was published; see [`App::publications`](super::App::publications).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published<M> {
    /// The message.
    pub message: M,
    /// How long the broker was asked to hold it; zero where it was published at once.
    pub delay: Duration,
    /// The id that it travels under.
    pub message_id: Option<String>,
    /// The id that all messages of its conversation share.
    pub correlation_id: Option<String>,
    /// The id of the message whose handler published it; `None` where no handler did.
    pub causation_id: Option<String>,
    /// No service of this test takes it. Of a message for later this is not known.
    pub reached_nobody: bool,
}

/// A message that a handler has done: it was acknowledged, and everything that was staged is published.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handled<M> {
    /// The message.
    pub message: M,
    /// The name of the handler.
    pub handler: &'static str,
    /// The queue that it came from.
    pub queue: &'static str,
    /// The attempt that succeeded, from 1.
    pub attempt: u32,
    /// When it was acknowledged, counted from the start of the test.
    pub at: Duration,
}

/// An attempt after which another one follows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retried<M> {
    /// The message.
    pub message: M,
    /// The name of the handler.
    pub handler: &'static str,
    /// The queue that it came from, and comes back to.
    pub queue: &'static str,
    /// The attempt that did not succeed, from 1.
    pub attempt: u32,
    /// After which time the message comes back; zero is at once.
    pub delay: Duration,
    /// The error, then what caused it, then what caused that. Empty where the handler asked for another attempt without an error.
    pub errors: Vec<String>,
    /// When the attempt was over, counted from the start of the test.
    pub at: Duration,
}

/// What was published of a type, in order.
pub(super) fn publications<M: Message>(entries: &[Entry]) -> impl Iterator<Item = &Publication> {
    entries.iter().filter_map(|entry| match &entry.event {
        Event::Published(publication) if publication.contract.type_id == M::CONTRACT.type_id => {
            Some(&**publication)
        }
        _ => None,
    })
}

impl<M: Message + DeserializeOwned> Published<M> {
    pub(super) fn of(publication: &Publication) -> Self {
        Self {
            message: read(&publication.body),
            delay: publication.delay,
            message_id: publication.message_id.clone(),
            correlation_id: publication.correlation_id.clone(),
            causation_id: publication.causation_id.clone(),
            reached_nobody: publication.reached_nobody,
        }
    }
}

/// What was settled of a type, in order, with the handler that had it.
fn settled<M: Message>(
    entries: &[Entry],
) -> impl Iterator<Item = (Duration, &'static str, &Taken, &SettledAs)> {
    entries.iter().filter_map(|entry| match &entry.event {
        Event::Settled(taken, how) if taken.type_id.as_deref() == Some(M::CONTRACT.type_id) => {
            Some((entry.at, taken.handler?, &**taken, how))
        }
        _ => None,
    })
}

impl<M: Message + DeserializeOwned> Handled<M> {
    pub(super) fn all(entries: &[Entry]) -> Vec<Self> {
        let acked = settled::<M>(entries).filter(|(_, _, _, how)| matches!(how, SettledAs::Acked));
        let handled = acked.map(|(at, handler, taken, _)| Self {
            message: read(&taken.body),
            handler,
            queue: taken.queue,
            attempt: taken.attempt,
            at,
        });
        handled.collect()
    }
}

impl<M: Message + DeserializeOwned> Retried<M> {
    pub(super) fn all(entries: &[Entry]) -> Vec<Self> {
        let retried = settled::<M>(entries).filter_map(|(at, handler, taken, how)| {
            let (delay, chain) = match how {
                SettledAs::Retried { delay, chain } => (*delay, chain),
                SettledAs::Requeued { chain } => (Duration::ZERO, chain),
                SettledAs::Acked | SettledAs::Forgotten { .. } | SettledAs::Dead { .. } => {
                    return None;
                }
            };
            Some(Self {
                message: read(&taken.body),
                handler,
                queue: taken.queue,
                attempt: taken.attempt,
                delay,
                errors: chain.clone(),
                at,
            })
        });
        retried.collect()
    }
}

/// Reads a body as its type. What cannot be read is neither published by a typed bus, nor handled, nor retried.
fn read<M: Message + DeserializeOwned>(body: &[u8]) -> M {
    wire::decode(body)
        .unwrap_or_else(|error| panic!("{error}; does another type share the type id of this one?"))
}
