//! Dead letters as they come.

use std::fmt;

use super::{DeadLetter, DeadLetterError};
use crate::bus::Bus;
use crate::topology::own_dead_letter_queue;
use crate::transport::{self, Subscription};

/// The dead letters of one queue, oldest first, and then those that come: for monitors and tests. It removes nothing: those that were read
/// go back when they, or this, are dropped. It holds 256 at most, and waits while the caller keeps them; what is there already is
/// read with [`Bus::dead_letter_queue`].
pub struct DeadLetters {
    queue: String,
    subscription: Box<dyn Subscription>,
}

/// How many letters are held at a time.
const WINDOW: u16 = 256;

impl Bus {
    /// Waits for the dead letters of `queue`, which are in `<queue>.dead`. Where the catalog names another queue with `dead_letter`, read that
    /// with [`dead_letters_in`](Self::dead_letters_in).
    ///
    /// # Errors
    ///
    /// When there is no such queue, or no connection.
    pub async fn dead_letters(&self, queue: &str) -> Result<DeadLetters, DeadLetterError> {
        self.dead_letters_in(&own_dead_letter_queue(queue)).await
    }

    /// Waits for the dead letters in a queue that the catalog names with `dead_letter`. [`DeadLetter::queue`] says which queue each comes from.
    ///
    /// # Errors
    ///
    /// When there is no such queue, or no connection.
    pub async fn dead_letters_in(
        &self,
        dead_letter_queue: &str,
    ) -> Result<DeadLetters, DeadLetterError> {
        match self.consume(dead_letter_queue, WINDOW).await {
            Ok(subscription) => Ok(DeadLetters {
                queue: dead_letter_queue.to_owned(),
                subscription,
            }),
            Err(error) => Err(DeadLetterError::new(dead_letter_queue, &error)),
        }
    }
}

impl DeadLetters {
    /// The next dead letter; waits for one where there is none yet.
    ///
    /// # Errors
    ///
    /// When the connection is lost or the queue is deleted.
    pub async fn next(&mut self) -> Result<DeadLetter, DeadLetterError> {
        match transport::next(&mut *self.subscription).await {
            Some(Ok(delivered)) => Ok(DeadLetter::new(&self.queue, delivered)),
            Some(Err(error)) => Err(DeadLetterError::new(&self.queue, &error)),
            None => {
                let why = &"the broker has ended the subscription";
                Err(DeadLetterError::new(&self.queue, why))
            }
        }
    }
}

impl fmt::Debug for DeadLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetters")
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}
