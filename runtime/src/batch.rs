//! Many messages in one go: checked before the first is sent, pipelined, each with an outcome of its own.

use std::fmt;

use futures_util::stream::StreamExt;

use crate::bus::Bus;
use crate::message::Message;
use crate::outgoing::{Deadline, Outgoing, send_in_order};
use crate::publish::{PublishError, PublishOptions, Receipt};

/// Messages that are published together; made by [`Bus::batch`].
///
/// They are checked and encoded as they are added, so that nothing is sent before all of them are fine. They are then sent in their order,
/// without waiting for one another, and each is confirmed for itself: a batch is no transaction, which RabbitMQ does not have across
/// queues.
///
/// ```
/// # async fn example(bus: &urutu::Bus, placed: impl urutu::Message, capture: impl urutu::Message) -> Result<(), Box<dyn std::error::Error>> {
/// let mut batch = bus.batch();
/// batch.add(&placed)?.add(&capture)?;
/// let receipts = batch.publish().await?;
/// assert_eq!(receipts.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent before `publish`"]
pub struct Batch {
    bus: Bus,
    outgoing: Vec<(Outgoing, PublishOptions)>,
}

/// Some messages of a batch were not published, or it is not known whether they were.
#[derive(Debug)]
pub struct BatchError {
    outcomes: Vec<Result<Receipt, PublishError>>,
}

impl Bus {
    /// Collects messages to publish them together.
    pub fn batch(&self) -> Batch {
        Batch {
            bus: self.clone(),
            outgoing: Vec::new(),
        }
    }
}

impl Batch {
    /// Adds a message.
    ///
    /// # Errors
    ///
    /// When it breaks its contract or is too large. It is then not in the batch; those before it are.
    pub fn add<M: Message>(&mut self, message: &M) -> Result<&mut Self, PublishError> {
        self.add_with(message, PublishOptions::new())
    }

    /// Adds a message with options of its own. Its deadline begins when the batch is published.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add), and when its delay is longer than 310 days.
    pub fn add_with<M: Message>(
        &mut self,
        message: &M,
        options: PublishOptions,
    ) -> Result<&mut Self, PublishError> {
        let outgoing = Outgoing::new(message, &options, None)?;
        self.outgoing.push((outgoing, options));
        Ok(self)
    }

    /// How many messages it holds.
    pub fn len(&self) -> usize {
        self.outgoing.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.outgoing.is_empty()
    }

    /// Publishes the messages and waits until the broker has confirmed each. The receipts are in the order of the messages.
    ///
    /// # Errors
    ///
    /// When any was not published: [`BatchError::outcomes`] tells of each what is known.
    pub async fn publish(self) -> Result<Vec<Receipt>, BatchError> {
        let Self { bus, outgoing } = self;
        let mut outcomes = Vec::with_capacity(outgoing.len());
        let mut sending = send_in_order(&bus, outgoing, Deadline::OfAll);
        while let Some(outcome) = sending.next().await {
            outcomes.push(outcome);
        }
        if outcomes.iter().all(Result::is_ok) {
            return Ok(outcomes.into_iter().flatten().collect());
        }
        Err(BatchError { outcomes })
    }
}

impl BatchError {
    /// What became of each message, in the order in which they were added.
    pub fn outcomes(&self) -> &[Result<Receipt, PublishError>] {
        &self.outcomes
    }

    /// The messages that were not published, by their place in the batch, from 0.
    pub fn failures(&self) -> impl Iterator<Item = (usize, &PublishError)> {
        let outcomes = self.outcomes.iter().enumerate();
        outcomes.filter_map(|(place, outcome)| Some((place, outcome.as_ref().err()?)))
    }

    /// What became of each message, to keep.
    pub fn into_outcomes(self) -> Vec<Result<Receipt, PublishError>> {
        self.outcomes
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (failed, all) = (self.failures().count(), self.outcomes.len());
        write!(f, "{failed} of {all} messages were not published")?;
        match self.failures().next() {
            Some((place, first)) => write!(f, "; the first, at place {place}: {first}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for BatchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let (_, first) = self.failures().next()?;
        Some(first)
    }
}
