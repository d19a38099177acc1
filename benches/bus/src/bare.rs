//! lapin by itself: the yardsticks.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer};

use crate::Result;
use crate::ours::encoded;
use crate::queue::{EXCHANGE, Queue};

const PREFETCH: u16 = 500;

async fn channel(url: &str) -> Result<Channel> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    Ok(connection.create_channel().await?)
}

async fn consumer(channel: &Channel, queue: Queue) -> Result<Consumer> {
    channel
        .basic_qos(PREFETCH, BasicQosOptions::default())
        .await?;
    let options = BasicConsumeOptions::default();
    Ok(channel
        .basic_consume(
            queue.name().into(),
            "".into(),
            options,
            FieldTable::default(),
        )
        .await?)
}

/// Takes so many messages and looks at none. Acknowledges `every` of them at once, and waits until that is sent.
pub(crate) async fn consume(url: &str, queue: Queue, count: u64, every: u64) -> Result<Duration> {
    let channel = channel(url).await?;
    let begun = Instant::now();
    let mut consumer = consumer(&channel, queue).await?;
    for number in 1..=count {
        let delivery = consumer.next().await.ok_or("the consumer has ended")??;
        std::hint::black_box(&delivery.data);
        if number % every == 0 || number == count {
            let multiple = every > 1;
            delivery.acker.ack(BasicAckOptions { multiple }).await?;
        }
    }
    Ok(begun.elapsed())
}

async fn publish(
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

fn stored(confirmation: Confirmation) -> Result<()> {
    match confirmation {
        Confirmation::Ack(None) => Ok(()),
        other => Err(format!("not stored: {other:?}").into()),
    }
}

/// Publishes so many messages, bytes that are there already, with so many unconfirmed at a time.
pub(crate) async fn publish_all(
    url: &str,
    queue: Queue,
    count: u64,
    window: usize,
    filling: usize,
) -> Result<Duration> {
    let channel = channel(url).await?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    let body = encoded(queue, filling);
    let begun = Instant::now();
    let mut unconfirmed = FuturesUnordered::new();
    for _ in 0..count {
        if unconfirmed.len() == window {
            stored(unconfirmed.next().await.ok_or("there is one")??)?;
        }
        unconfirmed.push(publish(&channel, queue, &body).await?);
    }
    while let Some(confirmation) = unconfirmed.next().await {
        stored(confirmation?)?;
    }
    Ok(begun.elapsed())
}
