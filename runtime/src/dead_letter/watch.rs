//! Dead letters as they come.

use std::fmt;

use super::{DeadLetter, DeadLetterError};
use crate::bus::Bus;
use crate::topology::own_dead_letter_queue;
use crate::transport::{self, Settle, Subscription};

/// The dead letters of one queue, oldest first, and then those that come: for tests, and to watch what happens for a while. It removes nothing: what
/// was read goes back when this is dropped. It reads 256 letters at most, and then waits for ever; what is there already, however much, is
/// read with [`Bus::dead_letter_queue`].
pub struct DeadLetters {
    queue: String,
    /// What was read. Given back earlier, it would come again.
    held: Vec<Box<dyn Settle>>,
    subscription: Box<dyn Subscription>,
    /// The connection ends with the last bus.
    _bus: Bus,
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
                held: Vec::new(),
                subscription,
                _bus: self.clone(),
            }),
            Err(error) => Err(DeadLetterError::new(dead_letter_queue, &error)),
        }
    }
}

impl DeadLetters {
    /// The next dead letter; waits for one where there is none yet, and for ever once it has read 256.
    ///
    /// # Errors
    ///
    /// When the connection is lost or the queue is deleted.
    pub async fn next(&mut self) -> Result<DeadLetter, DeadLetterError> {
        match transport::next(&mut *self.subscription).await {
            Some(Ok(delivered)) => {
                let (letter, right) = DeadLetter::lent(&self.queue, delivered);
                self.held.push(right);
                Ok(letter)
            }
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
