//! Messages of publishers that are not urutu: without a type, or with bytes that nobody can read. RabbitMQ only, since they come through
//! another client.

use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use tokio::time::timeout;
use urutu::Bus;
use urutu_test_broker::Broker;

use crate::service::{Seen, start};

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn broker_foreign_messages_are_known_by_their_topic_and_poison_is_dead_at_once() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (worker, mut seen) = start(&bus, |delivery| async move { Ok(delivery.ack().await?) }).await;
    let connection = Connection::connect(&broker.url(), ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    let publish = async |body: &[u8], properties: BasicProperties| {
        let (exchange, topic) = ("shop".into(), "tasks.capture".into());
        channel
            .basic_publish(
                exchange,
                topic,
                BasicPublishOptions::default(),
                body,
                properties,
            )
            .await
            .unwrap();
    };

    publish(
        br#"{"order": 5, "unknown": true}"#,
        BasicProperties::default(),
    )
    .await;
    let first = timeout(PATIENCE, seen.recv()).await.unwrap();
    assert_eq!(
        first,
        Some(Seen::Capture {
            order: 5,
            attempt: 1
        })
    );

    let typed = |type_id: &str| BasicProperties::default().with_type(type_id.into());
    // Well-formed, and one byte too long.
    let mut oversized = vec![b' '; 16 * 1024 * 1024 - 10];
    oversized.extend(b"{\"order\":1}");
    let mut letters = bus.dead_letters("billing.capture").await.unwrap();
    let mut read = Vec::new();
    for (body, properties, reason, error) in [
        (
            &b"\xff\xfe"[..],
            BasicProperties::default(),
            "undecodable",
            "is not a shop.Capture",
        ),
        (
            b"",
            BasicProperties::default(),
            "undecodable",
            "is not a shop.Capture",
        ),
        (
            b"{\"order\": -1}",
            typed("shop.Capture"),
            "undecodable",
            "is not a shop.Capture",
        ),
        (b"{\"order\": 0}", typed("shop.Capture"), "invalid", "order"),
        (
            b"{\"order\": 1}",
            typed("shop.Other"),
            "unknown-message",
            "shop.Other",
        ),
        (
            b"{\"order\": 1}",
            BasicProperties::default().with_content_type("application/x-protobuf".into()),
            "undecodable",
            "application/x-protobuf",
        ),
        (
            b"[[[[[[[[",
            typed("shop.Capture"),
            "undecodable",
            "is not a shop.Capture",
        ),
        (
            &*oversized,
            typed("shop.Capture"),
            "undecodable",
            "this worker takes at most 16777216",
        ),
    ] {
        publish(body, properties).await;
        let letter = timeout(PATIENCE, letters.next()).await.unwrap().unwrap();
        assert_eq!(
            (letter.reason(), letter.attempts(), letter.body()),
            (reason, 1, body)
        );
        assert!(
            letter.errors().join(": ").contains(error),
            "{:?}",
            letter.errors()
        );
        read.push(letter);
    }
    assert!(seen.try_recv().is_err(), "no handler saw any of it");
    worker.stop().await;
}
