//! lapin by itself: the yardsticks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Result;
use crate::meter::{Meter, Spent};
use crate::order::{AnyOrder, order};
use crate::queue::{EXCHANGE, Queue};

const PREFETCH: u16 = 500;

pub(crate) async fn channel(url: &str) -> Result<Channel> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    Ok(connection.create_channel().await?)
}

/// A channel whose publishes are confirmed.
pub(crate) async fn confirming(url: &str) -> Result<Channel> {
    let channel = channel(url).await?;
    let options = ConfirmSelectOptions::default();
    channel.confirm_select(options).await?;
    Ok(channel)
}

pub(crate) async fn consumer(channel: &Channel, queue: &str) -> Result<Consumer> {
    channel
        .basic_qos(PREFETCH, BasicQosOptions::default())
        .await?;
    let options = BasicConsumeOptions::default();
    Ok(channel
        .basic_consume(queue.into(), "".into(), options, FieldTable::default())
        .await?)
}

/// In place of a broker: a channel of tokio. So many senders write the orders as JSON, and one receiver reads them.
pub(crate) async fn channel_of_tokio(
    queue: Queue,
    count: u64,
    senders: usize,
    filling: usize,
) -> Result<Spent> {
    let next = Arc::new(AtomicU64::new(0));
    let (sender, mut receiver) = mpsc::channel::<Vec<u8>>(1_024);
    let meter = Meter::begin();
    for _ in 0..senders {
        let (sender, next) = (sender.clone(), Arc::clone(&next));
        let mut message = AnyOrder::new(queue, order(filling));
        tokio::spawn(async move {
            loop {
                *message.number() = next.fetch_add(1, Ordering::Relaxed);
                let is_over = *message.number() >= count;
                if is_over || sender.send(message.json()).await.is_err() {
                    return;
                }
            }
        });
    }
    for _ in 0..count {
        let json = receiver.recv().await.ok_or("the senders have ended")?;
        std::hint::black_box(AnyOrder::read(queue, &json)?);
    }
    Ok(meter.spent())
}

/// In place of handlers: so many tasks wait for `each`, again and again, until it was `count` times in all.
pub(crate) async fn waits(tasks: u64, count: u64, each: Duration) -> Result<Spent> {
    let meter = Meter::begin();
    let mut waiting = JoinSet::new();
    for task in 0..tasks {
        waiting.spawn(async move {
            for _ in (task..count).step_by(usize::try_from(tasks)?) {
                tokio::time::sleep(each).await;
            }
            Ok::<_, std::num::TryFromIntError>(())
        });
    }
    while let Some(ended) = waiting.join_next().await {
        ended??;
    }
    Ok(meter.spent())
}

/// What is done with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// Bytes that are there already, or that nobody looks at.
    Raw,
    /// The JSON of the order is read, or written for each message.
    Json,
}

impl Body {
    /// Reads a message that has come, where that is to be done.
    pub(crate) fn look(self, queue: Queue, data: &[u8]) -> Result<()> {
        match self {
            Self::Raw => _ = std::hint::black_box(data),
            Self::Json => _ = std::hint::black_box(AnyOrder::read(queue, data)?),
        }
        Ok(())
    }
}

/// Takes so many messages. Acknowledges `every` of them at once, and waits until that is sent.
pub(crate) async fn consume(
    url: &str,
    queue: Queue,
    count: u64,
    every: u64,
    body: Body,
) -> Result<Spent> {
    let channel = channel(url).await?;
    let consumer = consumer(&channel, queue.name()).await?;
    take(consumer, count, every, |data| body.look(queue, data)).await
}

/// Takes so many messages of a consumer, as [`consume`] does. Measures from the first to the last.
pub(crate) async fn take(
    mut consumer: Consumer,
    count: u64,
    every: u64,
    mut read: impl FnMut(&[u8]) -> Result<()>,
) -> Result<Spent> {
    let mut meter = None;
    for number in 1..=count {
        let delivery = consumer.next().await.ok_or("the consumer has ended")??;
        meter.get_or_insert_with(Meter::begin);
        read(&delivery.data)?;
        if number % every == 0 || number == count {
            let multiple = every > 1;
            delivery.acker.ack(BasicAckOptions { multiple }).await?;
        }
    }
    Ok(meter.ok_or("nothing was handled")?.spent())
}

pub(crate) async fn publish(
    channel: &Channel,
    queue: Queue,
    body: &[u8],
) -> Result<impl Future<Output = lapin::Result<Confirmation>> + use<>> {
    let options = BasicPublishOptions {
        mandatory: true,
        ..BasicPublishOptions::default()
    };
    let properties = BasicProperties::default().with_delivery_mode(2);
    let topic = queue.topic().into();
    Ok(channel
        .basic_publish(EXCHANGE.into(), topic, options, body, properties)
        .await?)
}

pub(crate) fn stored(confirmation: Confirmation) -> Result<()> {
    match confirmation {
        Confirmation::Ack(None) => Ok(()),
        other => Err(format!("not stored: {other:?}").into()),
    }
}

/// Publishes so many messages, with so many unconfirmed at a time.
pub(crate) async fn publish_all(
    url: &str,
    queue: Queue,
    count: u64,
    window: usize,
    filling: usize,
    body: Body,
) -> Result<Spent> {
    let channel = confirming(url).await?;
    let mut order = AnyOrder::new(queue, order(filling));
    let raw = order.json();
    let meter = Meter::begin();
    let mut unconfirmed = FuturesUnordered::new();
    for number in 0..count {
        if unconfirmed.len() == window {
            stored(unconfirmed.next().await.ok_or("there is one")??)?;
        }
        let confirm = match body {
            Body::Raw => publish(&channel, queue, &raw).await?,
            Body::Json => {
                *order.number() = number;
                publish(&channel, queue, &order.json()).await?
            }
        };
        unconfirmed.push(confirm);
    }
    while let Some(confirmation) = unconfirmed.next().await {
        stored(confirmation?)?;
    }
    Ok(meter.spent())
}
