//! Which queues a message reaches, and that it arrives as it was sent.

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldArray, FieldTable};

use super::bench::{Bench, ack, text, texts, with_new_id};
use super::properties;
use crate::transport::PublishFailure;

fn every_header() -> FieldTable {
    let mut nested = FieldTable::default();
    nested.insert("deep".into(), AMQPValue::LongString("inside".into()));
    let array = vec![
        AMQPValue::LongLongInt(-1),
        AMQPValue::FieldTable(nested.clone()),
    ];
    let mut headers = FieldTable::default();
    for (key, value) in [
        ("text", AMQPValue::LongString("grüße, ☂".into())),
        ("long", AMQPValue::LongLongInt(i64::MIN)),
        ("int", AMQPValue::LongInt(-7)),
        ("yes", AMQPValue::Boolean(true)),
        ("real", AMQPValue::Double(0.1)),
        ("time", AMQPValue::Timestamp(1_700_000_000)),
        ("bytes", AMQPValue::ByteArray(vec![0, 255].into())),
        ("nothing", AMQPValue::Void),
        ("array", AMQPValue::FieldArray(FieldArray::from(array))),
        ("table", AMQPValue::FieldTable(nested)),
    ] {
        headers.insert(key.into(), value);
    }
    headers
}

async fn payload_and_properties_arrive_as_they_were_sent(bench: &Bench) {
    let client = bench.connect().await;
    client
        .declare(
            &["x"],
            [bench.queue("q")],
            [bench.binding("x", "orders.#", "q")],
        )
        .await;
    let full = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("identity".into())
        .with_headers(every_header())
        .with_delivery_mode(2)
        .with_priority(5)
        .with_correlation_id("correlation".into())
        .with_reply_to("answers".into())
        .with_expiration("600000".into())
        .with_timestamp(1_700_000_000)
        .with_type("shop.orders.OrderPlaced".into())
        .with_app_id("billing".into());
    let every_byte: Bytes = (0..=255).collect();
    let large = Bytes::from(vec![b'u'; 300 * 1024]);
    let mut consumer = client.consume("q", 10).await;
    let durable = BasicProperties::default().with_delivery_mode(2);
    for (properties, body) in [
        (full, every_byte),
        (durable.clone(), Bytes::new()),
        (durable, large),
    ] {
        let mut message = client.message("x", "orders.placed", "");
        message.properties = with_new_id(properties).into();
        message.body = body;
        client
            .try_publish(message.clone())
            .await
            .expect("it is published");
        let delivered = consumer.receive().await;
        assert_eq!(delivered.properties, message.properties);
        assert_eq!(delivered.body, message.body);
        assert_eq!(delivered.exchange, message.exchange);
        assert_eq!(delivered.routing_key, message.routing_key);
        assert!(!delivered.redelivered);
        ack(delivered).await;
    }
}

async fn every_bound_queue_gets_one_copy(bench: &Bench) {
    let client = bench.connect().await;
    let queues = ["a", "b", "c"];
    let keys = ["orders.placed", "orders.*", "#"];
    let bindings = queues
        .iter()
        .flat_map(|queue| keys.map(|key| bench.binding("x", key, queue)));
    client
        .declare(&["x"], queues.map(|queue| bench.queue(queue)), bindings)
        .await;
    client.publish("x", "orders.placed", "1").await;
    for queue in queues {
        let mut consumer = client.consume(queue, 10).await;
        assert_eq!(consumer.work_off(1).await, ["1"]);
        consumer.gets_nothing().await;
    }
}

async fn binding_keys_match_word_by_word(bench: &Bench) {
    let client = bench.connect().await;
    let cases: [(&str, &[&str]); 9] = [
        ("orders.placed", &["orders.placed"]),
        ("orders.*", &["orders.placed", "orders."]),
        ("*.placed", &["orders.placed"]),
        (
            "orders.#",
            &["orders", "orders.placed", "orders.eu.placed", "orders."],
        ),
        ("#.placed", &["orders.placed", "orders.eu.placed", "placed"]),
        ("orders.*.placed", &["orders.eu.placed"]),
        ("orders.#.placed", &["orders.placed", "orders.eu.placed"]),
        ("*", &["orders", "placed"]),
        (
            "#",
            &[
                "orders",
                "orders.placed",
                "orders.eu.placed",
                "placed",
                "users",
                "orders.",
                "",
            ],
        ),
    ];
    // `users` only goes to `#`: the key is sent last, so that each queue is known to be complete.
    let routing_keys = [
        "orders",
        "orders.placed",
        "orders.eu.placed",
        "placed",
        "orders.",
        "",
    ];
    let queues = cases.map(|(key, _)| bench.queue(&format!("q {key}")));
    let bindings = cases.map(|(key, _)| bench.binding("x", key, &format!("q {key}")));
    client.declare(&["x"], queues, bindings).await;
    for routing_key in routing_keys {
        client.publish("x", routing_key, routing_key).await;
    }
    for (key, expected) in cases {
        let queue = format!("q {key}");
        client.send(&queue, "end").await;
        let mut consumer = client.consume(&queue, 10).await;
        let mut got = Vec::new();
        loop {
            let delivered = consumer.receive().await;
            let body = text(&delivered);
            ack(delivered).await;
            if body == "end" {
                break;
            }
            got.push(body);
        }
        let mut expected: Vec<_> = routing_keys
            .into_iter()
            .filter(|sent| expected.contains(sent))
            .collect();
        expected.sort_unstable();
        got.sort_unstable();
        assert_eq!(got, expected, "binding key `{key}`");
    }
}

async fn exchanges_bound_to_exchanges_deliver_once(bench: &Bench) {
    let client = bench.connect().await;
    let bindings = [
        bench.exchange_binding("front", "orders.#", "left"),
        bench.exchange_binding("front", "#", "right"),
        bench.exchange_binding("right", "#", "front"),
        bench.binding("left", "#", "q"),
        bench.binding("right", "orders.*", "q"),
    ];
    client
        .declare(&["front", "left", "right"], [bench.queue("q")], bindings)
        .await;
    client.publish("front", "orders.placed", "both ways").await;
    client
        .publish("front", "orders.eu.placed", "left only")
        .await;
    let mut nowhere = client.message("front", "users.created", "none");
    assert_eq!(
        client.try_publish(nowhere.clone()).await,
        Err(PublishFailure::Unroutable)
    );
    nowhere.mandatory = false;
    assert_eq!(client.try_publish(nowhere).await, Ok(()));
    let mut consumer = client.consume("q", 10).await;
    let got = consumer.receive_many(2).await;
    assert_eq!(texts(&got), ["both ways", "left only"]);
    assert!(
        got.iter()
            .all(|delivered| delivered.exchange == bench.name("front"))
    );
    consumer.gets_nothing().await;
}

async fn the_default_exchange_routes_by_queue_name(bench: &Bench) {
    let client = bench.connect().await;
    client
        .declare_queues([bench.queue("a"), bench.queue("b")])
        .await;
    client.send("a", "for a").await;
    let mut consumer = client.consume("a", 10).await;
    let delivered = consumer.receive().await;
    assert_eq!(text(&delivered), "for a");
    assert_eq!(delivered.exchange, "");
    assert_eq!(delivered.routing_key, bench.name("a"));
    client.consume("b", 10).await.gets_nothing().await;
}

async fn exchanges_do_not_cross_talk(bench: &Bench) {
    let client = bench.connect().await;
    let bindings = [bench.binding("x", "#", "a"), bench.binding("y", "#", "b")];
    client
        .declare(&["x", "y"], [bench.queue("a"), bench.queue("b")], bindings)
        .await;
    for number in 0..10 {
        client
            .publish("x", "same.key", &format!("x {number}"))
            .await;
        client
            .publish("y", "same.key", &format!("y {number}"))
            .await;
    }
    for (queue, exchange) in [("a", "x"), ("b", "y")] {
        let mut consumer = client.consume(queue, 20).await;
        let expected: Vec<_> = (0..10)
            .map(|number| format!("{exchange} {number}"))
            .collect();
        assert_eq!(consumer.work_off(10).await, expected);
        consumer.gets_nothing().await;
    }
}

async fn an_unroutable_message_is_an_error_if_mandatory(bench: &Bench) {
    let client = bench.connect().await;
    client
        .declare(
            &["x"],
            [bench.queue("q")],
            [bench.binding("x", "known", "q")],
        )
        .await;
    let missing = bench.name("no such queue");
    for (exchange, key) in [("x", "unknown"), ("", &missing)] {
        let mut message = client.message(exchange, key, "lost");
        assert_eq!(
            client.try_publish(message.clone()).await,
            Err(PublishFailure::Unroutable)
        );
        message.mandatory = false;
        let message = message.with(with_new_id);
        assert_eq!(client.try_publish(message).await, Ok(()));
    }
    client.publish("x", "known", "kept").await;
    let mut consumer = client.consume("q", 10).await;
    assert_eq!(consumer.work_off(1).await, ["kept"]);
    consumer.gets_nothing().await;
}

async fn a_missing_exchange_is_an_error_whether_mandatory_or_not(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    for mandatory in [true, false] {
        let mut message = client.message("missing", "key", "lost");
        message.mandatory = mandatory;
        assert_eq!(
            client.try_publish(message).await,
            Err(PublishFailure::NoExchange)
        );
        client.send("q", "kept").await;
        assert_eq!(client.consume("q", 1).await.work_off(1).await, ["kept"]);
    }
}

properties![
    payload_and_properties_arrive_as_they_were_sent,
    every_bound_queue_gets_one_copy,
    binding_keys_match_word_by_word,
    exchanges_bound_to_exchanges_deliver_once,
    the_default_exchange_routes_by_queue_name,
    exchanges_do_not_cross_talk,
    an_unroutable_message_is_an_error_if_mandatory,
    a_missing_exchange_is_an_error_whether_mandatory_or_not,
];
