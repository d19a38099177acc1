//! The transport on a private RabbitMQ node. Nodes take seconds to start, so the tests of one file share one.

mod arguments;
mod attribution;
mod conflicts;
mod connecting;
mod consuming;
mod faults;
mod network;
mod publishing;
#[cfg(feature = "tls")]
mod tls;
mod verifying;

use std::collections::BTreeSet;
use std::time::Duration;

use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};

use super::AmqpTransport;
use crate::spec::{QueueArguments, QueueKind};
use crate::topology::{Binding, DeadLetter, Destination, Exchange, Queue, Topology};
use crate::transport::{Delivered, Publish, Subscription, Transport, TransportError, next};

/// Far more than any single step takes.
const LIMIT: Duration = Duration::from_secs(20);

/// Waits for a step that must come soon.
async fn soon<F: Future>(what: &str, step: F) -> F::Output {
    tokio::time::timeout(LIMIT, step)
        .await
        .unwrap_or_else(|_| panic!("{what}: not within {LIMIT:?}"))
}

async fn connect(url: &str) -> AmqpTransport {
    soon("connect", AmqpTransport::connect(url)).await.unwrap()
}

/// A raw channel, for what the transport itself never does.
async fn raw_channel(url: &str) -> (Connection, Channel) {
    let connection = Connection::connect(url, ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

fn queue(name: &'static str, kind: QueueKind) -> Queue {
    Queue {
        name: name.into(),
        kind,
        arguments: QueueArguments::NONE,
        dead_letter: None,
    }
}

/// The exchange `shop` with one queue, bound by its own name.
fn bound(queue: Queue) -> Topology {
    let binding = Binding {
        exchange: "shop".into(),
        key: queue.name.clone(),
        to: Destination::Queue(queue.name.clone()),
    };
    Topology {
        exchanges: vec![Exchange::new("shop")],
        queues: vec![queue],
        bindings: vec![binding],
    }
}

async fn declare(transport: &AmqpTransport, topology: &Topology) {
    soon("declare", transport.declare(topology)).await.unwrap();
}

/// A mandatory, durable message to the exchange `shop`, known by its id.
fn message(routing_key: &'static str, id: &str) -> Publish {
    Publish {
        exchange: "shop".into(),
        routing_key: routing_key.into(),
        mandatory: true,
        properties: BasicProperties::default()
            .with_message_id(id.into())
            .with_delivery_mode(2)
            .into(),
        body: id.to_owned().into(),
    }
}

async fn publish_all(transport: &AmqpTransport, routing_key: &'static str, count: usize) {
    let publishes =
        (0..count).map(|number| transport.publish(message(routing_key, &number.to_string())));
    for outcome in soon("publish", futures_util::future::join_all(publishes)).await {
        assert_eq!(outcome, Ok(()));
    }
}

async fn subscribe(transport: &AmqpTransport, queue: &str, prefetch: u16) -> Box<dyn Subscription> {
    soon("subscribe", transport.consume(queue, prefetch))
        .await
        .unwrap()
}

/// The next delivery, which must come.
async fn delivery(subscription: &mut dyn Subscription) -> Delivered {
    soon("a delivery", next(subscription))
        .await
        .expect("the subscription runs")
        .unwrap()
}

/// Takes messages until every one of `ids` has come; others are an error, repeats are not.
async fn receive(subscription: &mut dyn Subscription, ids: impl IntoIterator<Item = String>) {
    let expected: BTreeSet<String> = ids.into_iter().collect();
    let mut missing = expected.clone();
    while !missing.is_empty() {
        let delivered = delivery(subscription).await;
        let id = delivered
            .properties
            .message_id()
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(expected.contains(&id), "message {id} should not be here");
        missing.remove(&id);
        delivered.settle.ack().await.unwrap();
    }
}

/// What the broker counts for a queue, as soon as it agrees with what is expected.
async fn count_becomes(channel: &Channel, queue: &str, expected: u32) {
    let options = lapin::options::QueueDeclareOptions {
        passive: true,
        ..Default::default()
    };
    soon(&format!("{expected} ready messages in {queue}"), async {
        loop {
            let state = channel
                .queue_declare(queue.into(), options, FieldTable::default())
                .await
                .unwrap();
            if state.message_count() == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

fn refusal(result: Result<(), TransportError>) -> String {
    match result {
        Err(TransportError::Refused(why)) => why,
        other => panic!("a refusal was expected: {other:?}"),
    }
}

fn missing(result: Result<(), TransportError>) -> String {
    match result {
        Err(TransportError::Missing(why)) => why,
        other => panic!("something is missing: {other:?}"),
    }
}

fn only(queue: Queue) -> Topology {
    Topology {
        queues: vec![queue],
        ..Topology::default()
    }
}

fn only_exchange(name: &'static str) -> Topology {
    Topology::of_exchanges([name])
}

#[track_caller]
fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

/// Dead letters go straight to a queue.
fn to(queue: &'static str) -> DeadLetter {
    DeadLetter {
        exchange: "".into(),
        routing_key: Some(queue.into()),
    }
}
