//! Giving back what was taken by `basic.get`, so that it stands in its queue in the order in which it was.
//!
//! To a quorum queue every `basic.get` is a consumer of its own. Of what a channel returns, RabbitMQ hands so much at a time to the queue and
//! lets the rest wait in the channel; where the channel ends before, the queue takes that back in no order at all. So each batch is
//! waited for. This is about the order only: the messages go back in any case.

use std::time::Duration;

use lapin::Channel;
use lapin::options::{BasicNackOptions, QueueDeclareOptions};
use lapin::types::{DeliveryTag, FieldTable, ShortString};
use tokio::time::timeout;

use super::request::Request;
use super::words::answer;
use crate::topology::Object;
use crate::transport::TransportError;

/// Half of what RabbitMQ hands to a queue at a time (`quorum_commands_soft_limit`, 32).
const BATCH: usize = 16;
/// How long to wait for a batch to be back, and how often to look. Others may take from the queue meanwhile, so that the wait must end.
const PATIENCE: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// The delivery tag that stands for all that are unsettled.
const ALL: DeliveryTag = 0;

/// Gives back these, in order.
pub(super) async fn give_back_in_order(
    channel: &Channel,
    queue: &ShortString,
    tags: &[DeliveryTag],
) -> Result<(), TransportError> {
    let requeue = BasicNackOptions {
        requeue: true,
        ..BasicNackOptions::default()
    };
    let mut batches = tags.chunks(BATCH).peekable();
    while let Some(batch) = batches.next() {
        let before = ready(channel, queue).await?;
        for tag in batch {
            let given_back = channel.basic_nack(*tag, requeue);
            answer(Request::GiveBack(queue.as_str()), given_back).await?;
        }
        if batches.peek().is_none() {
            // The queue gets the last ones before it hears of the end of the channel.
            break;
        }
        let back = async {
            while ready(channel, queue).await? < before + BATCH {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Ok(())
        };
        match timeout(PATIENCE, back).await {
            Ok(looked) => looked?,
            // Somebody else takes them as they come: there is no order left to keep, and the end of the channel gives back the rest.
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}

/// Gives back all that a channel holds.
pub(super) async fn give_back_all(channel: &Channel) -> lapin::Result<()> {
    let all = BasicNackOptions {
        multiple: true,
        requeue: true,
    };
    channel.basic_nack(ALL, all).await
}

/// How many messages a queue has ready.
async fn ready(channel: &Channel, queue: &ShortString) -> Result<usize, TransportError> {
    let object = Object::Queue(queue.to_string().into());
    let options = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let looked = channel.queue_declare(queue.clone(), options, FieldTable::default());
    let count = answer(Request::Look(&object), looked)
        .await?
        .message_count();
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}
