//! Sending dead letters back to where they died.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::sweep::Failed;
use super::{DeadLetter, DeadLetterError, DeadLetterQueue, DeadLetterReport, DeadLetterSweep};
use crate::bus::Bus;
use crate::delivery::copies::{self, CopyError, HELD_FOR};
use crate::transport::PublishingState;
use crate::wire::{self, Copy, headers};

pub(super) async fn replay(
    dead: &DeadLetterQueue,
    target: Option<&str>,
    sweep: DeadLetterSweep,
) -> Result<DeadLetterReport, DeadLetterError> {
    let reading = dead.read(sweep.filter.clone()).await?;
    // More copies for a queue that has taken none for minutes would come as well, once it takes them, and meanwhile be in everybody's way.
    let given_up = Mutex::new(BTreeSet::new());
    let given_up = || given_up.lock().unwrap_or_else(PoisonError::into_inner);
    sweep
        .run(
            reading,
            |letter| {
                let queue = destination(dead, target, letter)?;
                if given_up().contains(&queue) {
                    return Err(format!(
                        "the queue `{queue}` took nothing of others for {HELD_FOR:?}: nothing was sent to it"
                    ));
                }
                Ok(Some(queue))
            },
            |letter, queue| async move {
                let Some(queue) = queue else {
                    return Ok(());
                };
                match send(&dead.bus, letter, &queue).await {
                    Err(NotSent::Late(why)) => {
                        if dead.bus.transport().publishing() == PublishingState::Blocked {
                            return Err(Failed::All(why));
                        }
                        given_up().insert(queue);
                        Err(Failed::One(why))
                    }
                    Err(NotSent::Refused(why)) => Err(Failed::One(why)),
                    Ok(()) => Ok(()),
                }
            },
        )
        .await
}

/// The queue that is to get a letter. What the letter says counts only where it can be true: whoever may publish to a dead-letter queue can write into a
/// letter what he likes, and a replay has the rights of whoever replays.
fn destination(
    dead: &DeadLetterQueue,
    target: Option<&str>,
    letter: &DeadLetter,
) -> Result<String, String> {
    let queue = match (target, letter.queue(), dead.origin.as_deref()) {
        (Some(queue), ..) | (None, None, Some(queue)) => queue,
        (None, Some(noted), Some(own)) if noted != own => {
            return Err(format!(
                "it says that it died in the queue `{noted}`, but these are the dead letters of `{own}`: name the queue that is to get it"
            ));
        }
        // Nobody handles messages there, and from there they would go anywhere.
        (None, Some(noted), None) if noted.starts_with("urutu.") || noted.starts_with("amq.") => {
            return Err(format!(
                "it says that it died in `{noted}`, which is no queue of a service: name the queue that is to get it"
            ));
        }
        (None, Some(noted), _) => noted,
        (None, None, None) => {
            return Err(
                "nobody has noted in which queue it died: name the queue that is to get it"
                    .to_owned(),
            );
        }
    };
    if queue == dead.name {
        return Err(format!(
            "it is in the queue `{queue}` already: name another queue that is to get it"
        ));
    }
    Ok(queue.to_owned())
}

/// Why a letter is where it was.
enum NotSent {
    /// Its copy is on its way, and has been for too long.
    Late(String),
    Refused(String),
}

/// Stores a copy in a queue, then removes the letter. A copy that is on its way is waited for, through an alarm of the broker: it would come beside another
/// one.
async fn send(bus: &Bus, letter: DeadLetter, queue: &str) -> Result<(), NotSent> {
    let copy = copy(&letter);
    let (received, right) = letter.into_parts();
    // The publish has the body now.
    drop(received);
    let sent = copies::send(bus, copy, queue.to_owned(), HELD_FOR).await;
    sent.map_err(|error| match error {
        CopyError::Missing(_) => NotSent::Refused(format!(
            "the queue `{queue}` does not exist: start the service that consumes it, or name another queue"
        )),
        CopyError::Timeout(_) => NotSent::Late(format!(
            "the queue `{queue}` has not taken it: {error}, and may take it yet: replayed again it comes twice"
        )),
        error => NotSent::Refused(format!("the queue `{queue}` has not taken it: {error}")),
    })?;
    right.ack().await.map_err(|_| {
        NotSent::Refused(format!(
            "the queue `{queue}` has got it, but the connection was lost before it could be removed: replayed again it comes twice"
        ))
    })
}

/// The message as it was published, without what tells of its failure. A queue gets it past its exchange, so that its topic stands in a header.
fn copy(letter: &DeadLetter) -> Copy {
    let received = letter.received();
    let mut copy = Copy::of(&received.properties, &received.body)
        .without(&headers::OF_FAILURES)
        .set(headers::REPLAYED_AT, headers::string(wire::now_text()));
    for (name, value) in [
        (headers::TOPIC, letter.topic()),
        (headers::EXCHANGE, letter.exchange()),
    ] {
        if let Some(value) = value {
            copy = copy.set_once(name, || headers::string(value));
        }
    }
    copy
}
