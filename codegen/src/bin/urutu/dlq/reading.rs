//! Going through the letters of a queue and printing each.

use std::pin::pin;

use urutu::{DeadLetter, DeadLetterFilter};

use super::interrupt::interrupted;
use super::target::Dead;
use crate::failure::Failure;
use crate::terminal;

/// How far it came.
pub(super) struct Printed {
    pub(super) printed: u64,
    /// How many letters there were, whether the filter means them or not.
    pub(super) total: u64,
}

/// Prints the letters that the filter means, up to `limit`.
pub(super) async fn print(
    dead: &Dead,
    filter: DeadLetterFilter,
    limit: Option<u64>,
    text: impl Fn(&DeadLetter) -> String,
) -> Result<Printed, Failure> {
    let mut stop = pin!(interrupted());
    let reading = dead.queue.read(filter).await;
    let mut reading = reading.map_err(|error| dead.unable(&error))?;
    let total = reading.total();
    let mut printed = 0;
    let ended = loop {
        if limit == Some(printed) {
            break Ok(());
        }
        let letter = tokio::select! {
            () = &mut stop => {
                break Err(Failure::Findings(format!(
                    "interrupted when {} of {total} dead letters had been read",
                    reading.read()
                )));
            }
            letter = reading.next() => letter,
        };
        match letter {
            Ok(Some(letter)) => {
                printed += 1;
                if terminal::put(&text(&letter)).is_err() {
                    // The reader has what it wanted (`| head`).
                    break Ok(());
                }
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(dead.unable(&error)),
        }
    };
    reading.close().await;
    ended.map(|()| Printed { printed, total })
}
