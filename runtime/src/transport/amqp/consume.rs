//! A subscription: a channel of its own with its own prefetch, and the right to settle what it delivers.

use std::borrow::Cow;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Consumer};
use tokio::time::timeout;

use super::connection::CONNECT_TIMEOUT;
use super::declare::short;
use super::give_back::give_back_all;
use super::request::Request;
use super::settle::{Custody, Unsettled};
use super::spent::Spent;
use super::words::{answer, failed};
use crate::transport::{Delivered, Subscription, TransportError};

/// So many frames that settle something are passed on to a quorum queue at once, in any case.
const FEW: usize = 16;

/// The reply code of a close without an error.
const REPLY_SUCCESS: u16 = 200;

/// Deliveries of one queue. Dropping it closes the channel, and what is unsettled goes back.
#[derive(Debug)]
pub(super) struct AmqpSubscription {
    queue: String,
    prefetch: u16,
    channel: Channel,
    consumer: Consumer,
    state: State,
    keeps_order: bool,
    custody: Arc<Custody>,
    spent: Spent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    /// Asked to end: deliveries that are here still come out.
    Cancelled,
    Over,
}

impl AmqpSubscription {
    pub(super) async fn start(
        channel: Channel,
        queue: &str,
        prefetch: u16,
        spent: Spent,
    ) -> Result<Self, TransportError> {
        let request = Request::Consume(queue);
        answer(
            request,
            channel.basic_qos(prefetch, BasicQosOptions::default()),
        )
        .await?;
        let consumer = channel.basic_consume(
            short(queue)?,
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let consumer = answer(request, consumer).await?;
        Ok(Self {
            queue: queue.to_owned(),
            prefetch,
            custody: Custody::of_consumer(channel.clone(), prefetch),
            channel,
            consumer,
            state: State::Running,
            keeps_order: false,
            spent,
        })
    }

    /// Waits until the broker has carried out all that was sent.
    async fn carried_out(&self) -> lapin::Result<()> {
        let channel = &self.channel;
        if self.custody.frames() > FEW {
            // Beyond 32, RabbitMQ's channel keeps what settles messages of a quorum queue for itself until the queue has carried out what it has, and its end
            // drops what it keeps: what a drain gives back one by one would cost it the acknowledgements behind that. The queue answers whoever begins to
            // consume, or ends, in its turn; after the first answer the channel passes on what it has kept.
            channel.basic_qos(1, BasicQosOptions::default()).await?;
            let mut last = FieldTable::default();
            last.insert("x-priority".into(), AMQPValue::LongInt(-1));
            let (queue, options) = (self.queue.as_str(), BasicConsumeOptions::default());
            let asking = channel.basic_consume(queue.into(), "".into(), options, last);
            let asking = asking.await?;
            let options = BasicCancelOptions::default();
            channel.basic_cancel(asking.tag(), options).await?;
            if self.state != State::Running {
                // It may have got a message, though others are served first. Where order is kept, the consumer that is still there is the only one served.
                give_back_all(channel).await?;
            }
        }
        // Its answer comes behind all that was sent before. The prefetch of a consumer stays what it was when it began.
        channel
            .basic_qos(self.prefetch, BasicQosOptions::default())
            .await
    }
}

impl Drop for AmqpSubscription {
    fn drop(&mut self) {
        self.custody.end();
        if self.keeps_order && self.state == State::Running {
            // Otherwise lapin cancels the consumer before it closes the channel, and the broker serves the next consumer before what is unsettled
            // here is back. Where order does not matter that is better: the cancel goes through a quorum queue, behind the acknowledgements
            // that its client in the broker still holds, and which the end of a channel would drop. The first poll hands the frame to lapin's own
            // thread.
            let closed = self.channel.close(REPLY_SUCCESS, "".into());
            let _ = closed.now_or_never();
        }
    }
}

impl Subscription for AmqpSubscription {
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Delivered, TransportError>>> {
        self.custody.poll_give_back(cx);
        loop {
            if self.state == State::Over {
                return Poll::Ready(None);
            }
            let queue = &self.queue;
            let (end, was) = match std::task::ready!(self.consumer.poll_next_unpin(cx)) {
                // It came before the channel ended and nobody can settle it any more: the broker delivers it again.
                Some(Ok(delivery)) if delivery.acker.poisoned() => continue,
                Some(Ok(delivery)) => {
                    let delivered = delivered(delivery, &self.custody, &self.spent);
                    return Poll::Ready(Some(Ok(delivered)));
                }
                Some(Err(error)) => (
                    Some(failed(Request::GoOnConsuming(queue), &error)),
                    self.state,
                ),
                None => (None, self.state),
            };
            self.state = State::Over;
            let cancelled_by_broker = || {
                TransportError::Refused(format!(
                    "the broker ended the consumer of the queue `{queue}`: the queue was deleted, or its node is gone"
                ))
            };
            return Poll::Ready(match (end, was) {
                (Some(error), _) => Some(Err(error)),
                (None, State::Running) => Some(Err(cancelled_by_broker())),
                (None, _) => None,
            });
        }
    }

    fn is_lost(&self) -> bool {
        !self.channel.status().connected()
    }

    fn keep_order(&mut self) {
        self.keeps_order = true;
    }

    fn cancel(&mut self) -> BoxFuture<'_, Result<(), TransportError>> {
        Box::pin(async move {
            if self.state != State::Running {
                return Ok(());
            }
            self.state = State::Cancelled;
            // What is settled from now on may come behind the cancel.
            let before = self.custody.frames();
            let options = BasicCancelOptions::default();
            let cancel = self.channel.basic_cancel(self.consumer.tag(), options);
            answer(Request::Cancel(&self.queue), cancel).await?;
            self.custody.carried_out(before);
            Ok(())
        })
    }

    fn all_settled(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.custody.send_all();
            let _ = timeout(CONNECT_TIMEOUT, self.carried_out()).await;
        })
    }
}

pub(super) fn delivered(delivery: Delivery, custody: &Arc<Custody>, spent: &Spent) -> Delivered {
    Delivered {
        exchange: Cow::Owned(delivery.exchange.into()),
        routing_key: Cow::Owned(delivery.routing_key.into()),
        redelivered: delivery.redelivered,
        properties: Arc::new(delivery.properties),
        body: spent.lend(delivery.data),
        settle: Box::new(Unsettled::new(delivery.delivery_tag, Arc::clone(custody))),
    }
}
