//! Sending dead letters back to where they died.

use std::pin::pin;

use tokio::time::timeout;

use super::sweep::Failed;
use super::{DeadLetter, DeadLetterError, DeadLetterQueue, DeadLetterReport, DeadLetterSweep};
use crate::bus::{Bus, PUBLISH_DEADLINE};
use crate::delivery::copies::{self, CopyError, HELD_FOR};
use crate::transport::PublishingState;
use crate::wire::{self, Copy, headers};

pub(super) async fn replay(
    dead: &DeadLetterQueue,
    target: Option<&str>,
    sweep: DeadLetterSweep,
) -> Result<DeadLetterReport, DeadLetterError> {
    let reading = dead.read(sweep.filter.clone()).await?;
    sweep
        .run(
            reading,
            |letter| destination(dead, target, letter).map(Some),
            |letter, queue| async move {
                match queue {
                    Some(queue) => send(&dead.bus, letter, queue).await,
                    None => Ok(()),
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

/// Stores a copy in a queue, then removes the letter. A copy that is on its way is waited for, through an alarm of the broker: it would come beside another
/// one.
async fn send(bus: &Bus, letter: DeadLetter, queue: String) -> Result<(), Failed> {
    let copy = copy(&letter);
    let (received, right) = letter.into_parts();
    // The publish has the body now.
    drop(received);
    let mut sending = pin!(copies::send(bus, copy, queue.clone(), HELD_FOR));
    let sent = loop {
        match timeout(PUBLISH_DEADLINE, &mut sending).await {
            Ok(sent) => break sent,
            Err(_) if bus.transport().publishing() == PublishingState::Blocked => {}
            // It is this queue alone.
            Err(_) => break Err(CopyError::Timeout(PUBLISH_DEADLINE)),
        }
    };
    sent.map_err(|error| match error {
        CopyError::Missing(_) => Failed::One(format!(
            "the queue `{queue}` does not exist: start the service that consumes it, or name another queue"
        )),
        CopyError::Timeout(time) => {
            let why = format!(
                "the queue `{queue}` has not taken it: {error}, and may take it yet: replayed again it comes twice"
            );
            if time == HELD_FOR {
                Failed::All(why)
            } else {
                Failed::One(why)
            }
        }
        error => Failed::One(format!("the queue `{queue}` has not taken it: {error}")),
    })?;
    right.ack().await.map_err(|_| {
        Failed::One(format!(
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
