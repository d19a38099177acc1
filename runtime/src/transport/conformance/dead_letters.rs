//! Dead-letter exchanges, what the headers then tell, and chains and circles of them.

use std::time::Duration;

use lapin::types::{AMQPValue, FieldArray, FieldTable};

use super::bench::{Bench, reject, text};
use super::properties;
use crate::spec::QueueArguments;
use crate::topology::Queue;
use crate::transport::Delivered;

pub(super) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn header<'a>(delivered: &'a Delivered, key: &str) -> Option<&'a AMQPValue> {
    delivered.properties.headers().as_ref()?.inner().get(key)
}

fn long(text: impl Into<String>) -> AMQPValue {
    AMQPValue::LongString(text.into().into())
}

/// The entries of `x-death`, without the time.
pub(super) fn deaths(delivered: &Delivered) -> Vec<FieldTable> {
    let Some(AMQPValue::FieldArray(deaths)) = header(delivered, "x-death") else {
        panic!("no x-death in {:?}", delivered.properties);
    };
    let entry = |death: &AMQPValue| {
        let AMQPValue::FieldTable(death) = death else {
            panic!("{death:?} in x-death")
        };
        let mut entry = death.inner().clone();
        let time = entry.remove("time");
        assert!(
            matches!(time, Some(AMQPValue::Timestamp(1_700_000_000..))),
            "{time:?}"
        );
        entry.into()
    };
    deaths.as_slice().iter().map(entry).collect()
}

pub(super) fn death(
    reason: &str,
    queue: &str,
    exchange: &str,
    key: &str,
    count: i64,
) -> FieldTable {
    let mut death = FieldTable::default();
    death.insert("reason".into(), long(reason));
    death.insert("queue".into(), long(queue));
    death.insert("exchange".into(), long(exchange));
    death.insert(
        "routing-keys".into(),
        FieldArray::from(vec![long(key)]).into(),
    );
    death.insert("count".into(), AMQPValue::LongLongInt(count));
    death
}

async fn an_expired_message_is_dead_lettered_with_its_reason(bench: &Bench) {
    let client = bench.connect().await;
    let waiting = Queue {
        arguments: QueueArguments::expiring(ms(50)),
        dead_letter: Some(bench.dead_letter_queue("dead")),
        ..bench.queue("waiting")
    };
    let binding = bench.binding("x", "orders.*", "waiting");
    client
        .declare(&["x"], [waiting, bench.queue("dead")], [binding])
        .await;
    let message = client.message("x", "orders.placed", "late");
    let mut headers = FieldTable::default();
    headers.insert("trace".into(), long("abc"));
    let message = message.with(|properties| {
        properties
            .with_headers(headers)
            .with_content_type("text/plain".into())
    });
    client
        .try_publish(message.clone())
        .await
        .expect("it is published");

    let mut dead = client.consume("dead", 1).await;
    let delivered = dead.receive().await;
    let (queue, exchange) = (bench.name("waiting"), bench.name("x"));
    assert_eq!(delivered.body, message.body);
    assert_eq!(delivered.exchange, "");
    assert_eq!(delivered.routing_key, bench.name("dead"));
    assert!(!delivered.redelivered);
    assert_eq!(
        delivered.properties.message_id(),
        message.properties.message_id()
    );
    assert_eq!(
        delivered.properties.content_type(),
        message.properties.content_type()
    );
    assert_eq!(header(&delivered, "trace"), Some(&long("abc")));
    assert_eq!(
        header(&delivered, "x-first-death-reason"),
        Some(&long("expired"))
    );
    assert_eq!(
        header(&delivered, "x-first-death-queue"),
        Some(&long(&queue))
    );
    assert_eq!(
        header(&delivered, "x-first-death-exchange"),
        Some(&long(&exchange))
    );
    assert_eq!(
        deaths(&delivered),
        [death("expired", &queue, &exchange, "orders.placed", 1)]
    );
}

async fn a_rejected_message_is_dead_lettered_with_its_reason(bench: &Bench) {
    let client = bench.connect().await;
    let work = Queue {
        dead_letter: Some(bench.dead_letter_queue("dead")),
        ..bench.queue("work")
    };
    client.declare_queues([work, bench.queue("dead")]).await;
    client.send("work", "bad").await;
    let mut consumer = client.consume("work", 1).await;
    reject(consumer.receive().await, false).await;
    let delivered = client.consume("dead", 1).await.receive().await;
    let queue = bench.name("work");
    assert_eq!(text(&delivered), "bad");
    assert_eq!(
        header(&delivered, "x-first-death-reason"),
        Some(&long("rejected"))
    );
    assert_eq!(
        header(&delivered, "x-first-death-exchange"),
        Some(&long(""))
    );
    assert_eq!(
        deaths(&delivered),
        [death("rejected", &queue, "", &queue, 1)]
    );
    consumer.gets_nothing().await;
}

async fn a_rejected_message_without_a_dead_letter_exchange_is_gone(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 2).await;
    let mut consumer = client.consume("q", 1).await;
    reject(consumer.receive().await, false).await;
    assert_eq!(consumer.work_off(1).await, ["1"]);
    consumer.gets_nothing().await;
}

async fn a_dead_letter_keeps_its_routing_key_when_none_is_set(bench: &Bench) {
    let client = bench.connect().await;
    let waiting = Queue {
        arguments: QueueArguments::expiring(ms(50)),
        dead_letter: Some(bench.dead_letter("dlx")),
        ..bench.queue("q")
    };
    let bindings = [
        bench.binding("x", "#", "q"),
        bench.binding("dlx", "orders.*", "orders"),
        bench.binding("dlx", "users.*", "users"),
    ];
    let queues = [waiting, bench.queue("orders"), bench.queue("users")];
    client.declare(&["x", "dlx"], queues, bindings).await;
    client.publish("x", "users.created", "user").await;
    client.publish("x", "orders.placed", "order").await;
    for (queue, key, body) in [
        ("orders", "orders.placed", "order"),
        ("users", "users.created", "user"),
    ] {
        let mut consumer = client.consume(queue, 10).await;
        let delivered = consumer.receive().await;
        assert_eq!(text(&delivered), body);
        assert_eq!(delivered.routing_key, key);
        assert_eq!(delivered.exchange, bench.name("dlx"));
        consumer.gets_nothing().await;
    }
}

async fn a_chain_of_delays_leaves_the_message_as_it_was(bench: &Bench) {
    let client = bench.connect().await;
    let delay = |name, next| Queue {
        arguments: QueueArguments::expiring(ms(50)),
        dead_letter: Some(bench.dead_letter(next)),
        ..bench.queue(name)
    };
    let bindings = [
        bench.binding("in", "#", "first"),
        bench.binding("between", "#", "second"),
        bench.binding("out", "orders.#", "work"),
    ];
    let queues = [
        delay("first", "between"),
        delay("second", "out"),
        bench.queue("work"),
    ];
    client
        .declare(&["in", "between", "out"], queues, bindings)
        .await;
    let message = client.message("in", "orders.eu.placed", "{\"order\": 1}");
    let mut headers = FieldTable::default();
    headers.insert("urutu-attempt".into(), AMQPValue::LongLongInt(2));
    let message = message.with(|properties| {
        properties
            .with_headers(headers)
            .with_type("shop.orders.OrderPlaced".into())
            .with_delivery_mode(2)
    });
    client
        .try_publish(message.clone())
        .await
        .expect("it is published");

    let delivered = client.consume("work", 1).await.receive().await;
    assert_eq!(delivered.body, message.body);
    assert_eq!(delivered.routing_key, "orders.eu.placed");
    assert_eq!(delivered.properties.kind(), message.properties.kind());
    assert_eq!(
        delivered.properties.message_id(),
        message.properties.message_id()
    );
    assert_eq!(delivered.properties.delivery_mode(), &Some(2));
    assert_eq!(
        header(&delivered, "urutu-attempt"),
        Some(&AMQPValue::LongLongInt(2))
    );
    assert_eq!(
        header(&delivered, "x-first-death-queue"),
        Some(&long(bench.name("first")))
    );
    let (first, second) = (bench.name("first"), bench.name("second"));
    let history = [
        death(
            "expired",
            &second,
            &bench.name("between"),
            "orders.eu.placed",
            1,
        ),
        death("expired", &first, &bench.name("in"), "orders.eu.placed", 1),
    ];
    assert_eq!(deaths(&delivered), history);
}

async fn a_circle_with_a_rejection_in_it_goes_on_and_is_counted(bench: &Bench) {
    let client = bench.connect().await;
    let work = Queue {
        dead_letter: Some(bench.dead_letter_queue("delay")),
        ..bench.queue("work")
    };
    let delay = Queue {
        arguments: QueueArguments::expiring(ms(30)),
        dead_letter: Some(bench.dead_letter_queue("work")),
        ..bench.queue("delay")
    };
    client.declare_queues([work, delay]).await;
    client.send("work", "again").await;
    let mut consumer = client.consume("work", 1).await;
    reject(consumer.receive().await, false).await;
    for rounds in 1..4 {
        let delivered = consumer.receive().await;
        let (work, delay) = (bench.name("work"), bench.name("delay"));
        let history = [
            death("expired", &delay, "", &delay, rounds),
            death("rejected", &work, "", &work, rounds),
        ];
        assert_eq!(deaths(&delivered), history);
        reject(delivered, false).await;
    }
}

async fn a_circle_of_expiry_alone_is_cut(bench: &Bench) {
    let client = bench.connect().await;
    let circle = Queue {
        arguments: QueueArguments::expiring(ms(50)),
        dead_letter: Some(bench.dead_letter("dlx")),
        ..bench.queue("circle")
    };
    let bindings = [
        bench.binding("dlx", "#", "circle"),
        bench.binding("dlx", "#", "witness"),
    ];
    client
        .declare(&["dlx"], [circle, bench.queue("witness")], bindings)
        .await;
    client.send("circle", "once around").await;
    let mut witness = client.consume("witness", 10).await;
    assert_eq!(witness.work_off(1).await, ["once around"]);
    client.consume("circle", 10).await.gets_nothing().await;
    witness.gets_nothing().await;
}

properties![
    an_expired_message_is_dead_lettered_with_its_reason,
    a_rejected_message_is_dead_lettered_with_its_reason,
    a_rejected_message_without_a_dead_letter_exchange_is_gone,
    a_dead_letter_keeps_its_routing_key_when_none_is_set,
    a_chain_of_delays_leaves_the_message_as_it_was,
    a_circle_with_a_rejection_in_it_goes_on_and_is_counted,
    a_circle_of_expiry_alone_is_cut,
];
