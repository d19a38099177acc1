//! A consumer of the in-memory broker and its deliveries, as the bus sees them.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::future::BoxFuture;
use lapin::BasicProperties;
use lapin::types::AMQPValue;

use super::broker::{Broker, Next};
use super::consumer::{ConsumerId, Delivery, DeliveryTag};
use super::shell::Shell;
use crate::transport::{Delivered, Settle, Stale, Subscription, TransportError};

/// How often a quorum queue delivered a message before. RabbitMQ leaves it out the first time.
const DELIVERY_COUNT: &str = "x-delivery-count";

pub(super) struct MemorySubscription {
    shell: Arc<Shell>,
    consumer: ConsumerId,
    /// It has said that it is over.
    ended: bool,
}

impl MemorySubscription {
    pub(super) fn new(shell: Arc<Shell>, consumer: ConsumerId) -> Self {
        Self {
            shell,
            consumer,
            ended: false,
        }
    }
}

impl Subscription for MemorySubscription {
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Delivered, TransportError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        // A full queue must not keep other tasks from running.
        let turn = ready!(tokio::task::coop::poll_proceed(cx));
        let next = self
            .shell
            .step_or_wait(self.consumer, cx.waker(), |broker| {
                Some(broker.next(self.consumer)).filter(|next| !matches!(next, Next::Nothing))
            });
        let next = match next {
            None | Some(Next::Nothing) => return Poll::Pending,
            Some(Next::Delivery(delivery)) => Some(Ok(delivered(
                &self.shell,
                self.consumer,
                delivery,
                WhenDropped::GiveBack,
            ))),
            Some(Next::Finished) => None,
            Some(Next::Gone) => Some(Err(super::closed())),
        };
        turn.made_progress();
        self.ended = !matches!(next, Some(Ok(_)));
        Poll::Ready(next)
    }

    fn is_lost(&self) -> bool {
        self.shell
            .look(|broker| !broker.has_consumer(self.consumer))
    }

    fn keep_order(&mut self) {
        // What goes back takes its old place here, before anybody is served.
    }

    fn cancel(&mut self) -> BoxFuture<'_, Result<(), TransportError>> {
        Box::pin(async {
            self.shell
                .step(|broker, now| broker.cancel(self.consumer, now));
            Ok(())
        })
    }

    fn all_settled(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl Drop for MemorySubscription {
    fn drop(&mut self) {
        self.shell
            .step(|broker, now| broker.remove_consumer(self.consumer, now));
        self.shell.forget(self.consumer);
    }
}

/// A delivery as the bus sees it.
pub(super) fn delivered(
    shell: &Arc<Shell>,
    consumer: ConsumerId,
    delivery: Delivery,
    when_dropped: WhenDropped,
) -> Delivered {
    let Delivery {
        tag,
        message,
        returns,
        counts,
    } = delivery;
    let mut properties = Arc::clone(&message.properties);
    if counts && returns > 0 {
        properties = Arc::new(count_deliveries(
            BasicProperties::clone(&properties),
            returns,
        ));
    }
    let settle = MemorySettle {
        shell: Arc::clone(shell),
        consumer,
        tag,
        gives_back: when_dropped == WhenDropped::GiveBack,
    };
    Delivered {
        exchange: message.exchange.clone(),
        routing_key: message.routing_key.clone(),
        redelivered: returns > 0,
        properties,
        body: message.body.clone(),
        settle: Box::new(settle),
    }
}

/// What becomes of a delivery that nobody settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenDropped {
    /// It goes back to its queue.
    GiveBack,
    /// It stays with its consumer until that ends.
    Keep,
}

fn count_deliveries(properties: BasicProperties, returns: u32) -> BasicProperties {
    let mut headers = properties.headers().clone().unwrap_or_default();
    headers.insert(
        DELIVERY_COUNT.into(),
        AMQPValue::LongLongInt(returns.into()),
    );
    properties.with_headers(headers)
}

struct MemorySettle {
    shell: Arc<Shell>,
    consumer: ConsumerId,
    tag: DeliveryTag,
    /// Whether it goes back to its queue when it is dropped.
    gives_back: bool,
}

impl Settle for MemorySettle {
    fn ack(mut self: Box<Self>) -> BoxFuture<'static, Result<(), Stale>> {
        Box::pin(async move {
            self.gives_back = false;
            let step = |broker: &mut Broker, now| broker.ack(self.consumer, self.tag, now);
            // The message is dropped here, not under the lock.
            self.shell.step(step).map(drop)
        })
    }

    fn is_stale(&self) -> bool {
        self.shell
            .look(|broker| !broker.has_consumer(self.consumer))
    }

    fn reject(mut self: Box<Self>, requeue: bool) -> BoxFuture<'static, Result<(), Stale>> {
        Box::pin(async move {
            self.gives_back = false;
            self.shell
                .step(|broker, now| broker.reject(self.consumer, self.tag, requeue, now))
        })
    }
}

impl Drop for MemorySettle {
    fn drop(&mut self) {
        if self.gives_back {
            // Where the consumer is gone, the message is back in its queue already.
            let _: Result<(), Stale> = self
                .shell
                .step(|broker, now| broker.reject(self.consumer, self.tag, true, now));
        }
    }
}

impl fmt::Debug for MemorySettle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySettle")
            .field("consumer", &self.consumer)
            .field("tag", &self.tag)
            .finish_non_exhaustive()
    }
}
