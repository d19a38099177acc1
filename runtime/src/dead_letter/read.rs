//! Reading what is in a dead-letter queue, to its end.

use std::fmt;

use super::{DeadLetter, DeadLetterError, DeadLetterFilter};
use crate::bus::Bus;
use crate::transport::Pull;

/// The letters that were in a dead-letter queue when the reading began, the oldest first. Reading removes nothing.
///
/// While it lasts they are in its hands, also those that were dropped: no letter comes twice, and another reader finds those that are left.
/// They go back in their order when it is [closed](Self::close). Where it is only dropped, or the process is killed, they go back as well, but a
/// quorum queue may then have them in another order.
pub struct DeadLetterReading {
    queue: String,
    filter: DeadLetterFilter,
    pull: Box<dyn Pull>,
    read: u64,
    /// The connection ends with the last bus.
    _bus: Bus,
}

impl DeadLetterReading {
    pub(super) fn new(
        bus: &Bus,
        queue: &str,
        filter: DeadLetterFilter,
        pull: Box<dyn Pull>,
    ) -> Self {
        Self {
            queue: queue.to_owned(),
            filter,
            pull,
            read: 0,
            _bus: bus.clone(),
        }
    }

    /// How many letters were there when it began, whether the filter means them or not.
    pub fn total(&self) -> u64 {
        self.pull.ready()
    }

    /// How many letters were looked at.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// The next letter that the filter means; `None` at the end. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// When the connection is lost or the queue is deleted.
    pub async fn next(&mut self) -> Result<Option<DeadLetter>, DeadLetterError> {
        loop {
            match self.step().await? {
                None => return Ok(None),
                Some(letter) if self.filter.matches(&letter) => return Ok(Some(letter)),
                Some(_) => {}
            }
        }
    }

    /// The next letter, whether the filter means it or not.
    pub(super) async fn step(&mut self) -> Result<Option<DeadLetter>, DeadLetterError> {
        // What comes back while we read is not read again: a replayed message may fail at once.
        if self.read >= self.total() {
            return Ok(None);
        }
        let taken = self.pull.next().await;
        let taken = taken.map_err(|error| DeadLetterError::new(&self.queue, &error))?;
        Ok(taken.map(|delivered| {
            self.read += 1;
            DeadLetter::new(&self.queue, delivered)
        }))
    }

    pub(super) fn filter(&self) -> &DeadLetterFilter {
        &self.filter
    }

    /// Gives the letters back and waits until the broker has them. Dropping it gives them back soon.
    pub async fn close(self) {
        // A channel that is gone has given them back.
        let _ = self.settled().await;
    }

    /// As [`close`](Self::close); an error says that the broker may not have taken note of what was removed.
    pub(super) async fn settled(self) -> Result<(), DeadLetterError> {
        let closed = self.pull.close().await;
        closed.map_err(|error| {
            let why = format!(
                "{error}; the broker may not have noted the last letters that were done with, which are then there again"
            );
            DeadLetterError::new(&self.queue, &why)
        })
    }
}

impl fmt::Debug for DeadLetterReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetterReading")
            .field("queue", &self.queue)
            .field("filter", &self.filter)
            .field("total", &self.total())
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}
