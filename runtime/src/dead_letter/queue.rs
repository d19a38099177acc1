//! A dead-letter queue, and what can be done with what is in it.

use super::{
    DeadLetterError, DeadLetterFilter, DeadLetterReading, DeadLetterReport, DeadLetterSweep,
};
use super::{purge, replay};
use crate::bus::Bus;
use crate::topology::own_dead_letter_queue;

/// A dead-letter queue: what is in it can be read, replayed and purged.
///
/// ```no_run
/// use urutu::{DeadLetterFilter, DeadLetterSweep};
///
/// # async fn example(bus: urutu::Bus) -> Result<(), urutu::DeadLetterError> {
/// let dead = bus.dead_letter_queue("billing.capture_payment");
/// let mut reading = dead.read(DeadLetterFilter::new()).await?;
/// while let Some(letter) = reading.next().await? {
///     println!("{:?}: {} {:?}", letter.died_at(), letter.reason(), letter.errors());
/// }
/// reading.close().await;
///
/// let refused = DeadLetterFilter::new().reason("rejected");
/// let report = dead.replay(DeadLetterSweep::new().filter(refused).limit(100)).await?;
/// println!("{} replayed, {} could not be", report.progress.done, report.progress.failed);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct DeadLetterQueue {
    pub(super) bus: Bus,
    pub(super) name: String,
    /// The queue whose letters these are where nobody has noted another.
    pub(super) origin: Option<String>,
}

impl Bus {
    /// The dead letters of `queue`, which are in `<queue>.dead`. Where the catalog names another queue with `dead_letter`, that is
    /// [`dead_letter_queue_named`](Self::dead_letter_queue_named). Nothing is asked of the broker yet.
    pub fn dead_letter_queue(&self, queue: &str) -> DeadLetterQueue {
        DeadLetterQueue {
            bus: self.clone(),
            name: own_dead_letter_queue(queue),
            origin: Some(queue.to_owned()),
        }
    }

    /// The dead letters in a queue that the catalog names with `dead_letter`. Nothing is asked of the broker yet.
    pub fn dead_letter_queue_named(&self, dead_letter_queue: &str) -> DeadLetterQueue {
        DeadLetterQueue {
            bus: self.clone(),
            name: dead_letter_queue.to_owned(),
            origin: None,
        }
    }
}

impl DeadLetterQueue {
    /// Its name on the broker.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads the letters that are there now and that the filter means.
    ///
    /// # Errors
    ///
    /// When there is no such queue, or no connection.
    pub async fn read(
        &self,
        filter: DeadLetterFilter,
    ) -> Result<DeadLetterReading, DeadLetterError> {
        match self.bus.pull(&self.name).await {
            Ok(pull) => Ok(DeadLetterReading::new(&self.bus, &self.name, filter, pull)),
            Err(error) => Err(DeadLetterError::new(&self.name, &error)),
        }
    }

    /// Sends the messages back to the queues in which they died, past all exchanges, so that no other queue of an event gets them again.
    ///
    /// A letter is removed when the broker has confirmed the copy. Whatever ends the replay half-way makes duplicates at most, of the 64 letters
    /// that are in flight at a time. The copy is the message as it was published, persistent, with its ids, its headers and its priority, and
    /// begins with attempt 1; `expiration` and everything that told of the failure is left out, and the header
    /// `urutu-replayed-at` says when.
    ///
    /// A letter that cannot be replayed stays, and the report says why: its queue is gone or full, or nobody has noted which it was. Who may publish to a
    /// dead-letter queue can write into a letter what he likes. So the letters of one queue go back to that queue alone, and one that names
    /// another stays; those in a dead-letter queue that several share go to the queues that they name, but never to one of urutu's own or of the broker's, and
    /// [`DeadLetterReport::queues`] tells them, also in a dry run.
    ///
    /// # Errors
    ///
    /// When there is no such dead-letter queue, or the connection is lost. Then those in flight have ended, and the error has the
    /// [report](DeadLetterError::report). A broker that takes nothing for five minutes (an alarm) ends it as well: then the report says so
    /// ([`gave_up`](DeadLetterReport::gave_up)), and that those in flight may come all the same.
    pub async fn replay(
        &self,
        sweep: DeadLetterSweep,
    ) -> Result<DeadLetterReport, DeadLetterError> {
        replay::replay(self, None, sweep).await
    }

    /// As [`replay`](Self::replay), but all of them go to `queue`.
    ///
    /// # Errors
    ///
    /// As [`replay`](Self::replay).
    pub async fn replay_into(
        &self,
        queue: &str,
        sweep: DeadLetterSweep,
    ) -> Result<DeadLetterReport, DeadLetterError> {
        replay::replay(self, Some(queue), sweep).await
    }

    /// Removes letters. They are gone.
    ///
    /// # Errors
    ///
    /// When there is no such queue, or the connection is lost; the error then has the [report](DeadLetterError::report).
    pub async fn purge(&self, sweep: DeadLetterSweep) -> Result<DeadLetterReport, DeadLetterError> {
        purge::purge(self, sweep).await
    }
}
