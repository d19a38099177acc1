//! What becomes of a message that is acked, rejected, dropped or left behind.

use std::collections::BTreeSet;

use lapin::types::AMQPValue;

use super::bench::{Bench, ack, numbers, reject, text, texts, within};
use super::properties;
use crate::spec::{QueueArguments, QueueKind};
use crate::topology::Queue;
use crate::transport::{Delivered, Stale};

fn delivery_count(delivered: &Delivered) -> Option<&AMQPValue> {
    delivered
        .properties
        .headers()
        .as_ref()?
        .inner()
        .get("x-delivery-count")
}

async fn an_acked_message_is_gone(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send("q", "once").await;
    let mut consumer = client.consume("q", 1).await;
    assert_eq!(consumer.work_off(1).await, ["once"]);
    client.close().await;
    bench
        .connect()
        .await
        .consume("q", 1)
        .await
        .gets_nothing()
        .await;
}

async fn an_acknowledgement_never_covers_a_delivery_that_is_not_settled(bench: &Bench) {
    const COUNT: u32 = 200;
    let is_kept = |number: &String| number.ends_with('7');
    let client = bench.connect().await;
    for (name, first, is_reversed) in [("q1", 0, false), ("q2", 0, true), ("q3", 81, false)] {
        client.declare_queues([bench.queue(name)]).await;
        client.send_numbers(name, COUNT).await;
        let mut consumer = client.consume(name, 1_000).await;
        let mut deliveries = consumer.receive_many(COUNT as usize).await;
        deliveries.rotate_left(first);
        if is_reversed {
            deliveries.reverse();
        }
        let mut kept = Vec::new();
        for delivered in deliveries {
            if is_kept(&text(&delivered)) {
                kept.push(delivered);
            } else {
                ack(delivered).await;
            }
        }
        drop(consumer);
        let mut consumer = client.consume(name, 1_000).await;
        let deliveries = consumer.receive_many(kept.len()).await;
        let mut back = texts(&deliveries);
        back.sort_by_key(|number| number.parse::<u32>().ok());
        let expected: Vec<_> = numbers(0..COUNT).into_iter().filter(is_kept).collect();
        assert_eq!(back, expected, "{name}");
        consumer.gets_nothing().await;
    }
}

async fn what_was_settled_stays_so_whatever_ends_once_the_broker_has_taken_note(bench: &Bench) {
    const COUNT: u32 = 50;
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", COUNT).await;
    let mut consumer = client.consume("q", 1_000).await;
    let mut deliveries = consumer.receive_many(COUNT as usize).await;
    let kept = deliveries.remove(20);
    for delivered in deliveries {
        ack(delivered).await;
    }
    consumer.all_settled().await;
    // With the subscription and a delivery, as where a process ends.
    client.close().await;
    drop((consumer, kept));
    let mut consumer = bench.connect().await.consume("q", 10).await;
    let back = consumer.receive().await;
    assert_eq!(text(&back), "20");
    consumer.gets_nothing().await;
}

/// As a worker drains that has much at hand: what nobody has begun with goes back, one by one, and what is in hand is settled behind that.
async fn what_is_settled_in_a_drain_stays_so(bench: &Bench) {
    const COUNT: usize = 400;
    const IN_HAND: usize = 100;
    for round in 0..5 {
        let queue = format!("q{round}");
        let client = bench.connect().await;
        client.declare_queues([bench.queue(&queue)]).await;
        client.send_numbers(&queue, 400).await;
        let mut consumer = client.consume(&queue, 500).await;
        let deliveries = consumer.receive_many(COUNT).await;
        let (in_hand, at_hand): (Vec<_>, Vec<_>) = deliveries
            .into_iter()
            .enumerate()
            .partition(|(index, _)| index % (COUNT / IN_HAND) == 0);
        consumer.cancel().await;
        drop(at_hand);
        assert!(consumer.next().await.is_none(), "all have come");
        for (_, delivered) in in_hand {
            ack(delivered).await;
        }
        consumer.all_settled().await;
        // The process ends.
        client.close().await;
        drop(consumer);
        let client = bench.connect().await;
        let mut puller = client.pull(&queue).await;
        let back = puller.take_all().await.len();
        assert_eq!(back, COUNT - IN_HAND, "round {round}");
        puller.close().await;
    }
}

/// As a worker drains that handles in order: its subscription is there until the end, and what waits for its turn lies between what is done.
async fn what_is_settled_in_a_drain_in_order_stays_so(bench: &Bench) {
    const COUNT: usize = 300;
    const STEP: usize = 4;
    for round in 0..5 {
        let queue = format!("q{round}");
        let client = bench.connect().await;
        let alone = Queue {
            arguments: QueueArguments {
                single_active_consumer: true,
                ..QueueArguments::NONE
            },
            ..bench.queue(&queue)
        };
        client.declare_queues([alone]).await;
        client.send_numbers(&queue, 300).await;
        let mut consumer = client.consume_in_order(&queue, 500).await;
        let mut kept = Vec::new();
        for (index, delivered) in consumer.receive_many(COUNT).await.into_iter().enumerate() {
            if index % STEP == STEP - 1 {
                ack(delivered).await;
            } else {
                kept.push(delivered);
            }
        }
        consumer.all_settled().await;
        // The process ends.
        client.close().await;
        drop((consumer, kept));
        let client = bench.connect().await;
        let mut consumer = client.consume(&queue, 500).await;
        let back = consumer.receive_many(COUNT - COUNT / STEP).await;
        consumer.gets_nothing().await;
        drop((consumer, back));
    }
}

async fn what_is_acknowledged_makes_room_though_one_before_it_is_held(bench: &Bench) {
    const COUNT: u32 = 200;
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", COUNT).await;
    let mut consumer = client.consume("q", 10).await;
    let held = consumer.receive().await;
    let others = consumer.work_off(COUNT as usize - 1).await;
    assert_eq!(others, numbers(1..COUNT));
    ack(held).await;
    drop(consumer);
    let mut consumer = client.consume("q", 10).await;
    consumer.gets_nothing().await;
}

async fn a_rejected_message_comes_back_and_is_counted(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send("q", "again").await;
    let mut consumer = client.consume("q", 1).await;
    for deliveries in 0..4 {
        let delivered = consumer.receive().await;
        assert_eq!(text(&delivered), "again");
        assert_eq!(delivered.redelivered, deliveries > 0);
        let counted = bench.kind == QueueKind::Quorum && deliveries > 0;
        let expected = counted.then_some(AMQPValue::LongLongInt(deliveries));
        assert_eq!(delivery_count(&delivered), expected.as_ref());
        reject(delivered, true).await;
    }
}

async fn a_dropped_delivery_comes_back(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send("q", "dropped").await;
    let mut consumer = client.consume("q", 1).await;
    drop(consumer.receive().await);
    let delivered = consumer.receive().await;
    assert_eq!(text(&delivered), "dropped");
    assert!(delivered.redelivered);
    ack(delivered).await;
    consumer.gets_nothing().await;
}

async fn a_delivery_that_was_asked_to_settle_and_never_did_comes_back(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send("q", "abandoned").await;
    let mut consumer = client.consume("q", 1).await;
    drop(consumer.receive().await.settle.ack());
    let delivered = consumer.receive().await;
    assert!(delivered.redelivered);
    ack(delivered).await;
}

async fn what_a_dropped_consumer_held_comes_back_with_the_flag(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 10).await;
    let mut consumer = client.consume("q", 5).await;
    let held = consumer.receive_many(3).await;
    drop(consumer);
    let mut consumer = client.consume("q", 10).await;
    let got = consumer.receive_many(10).await;
    let all: BTreeSet<_> = texts(&got).into_iter().collect();
    assert_eq!(all, numbers(0..10).into_iter().collect());
    let returned = texts(got.iter().filter(|delivered| delivered.redelivered));
    assert_eq!(
        returned[..3],
        texts(&held),
        "those that were seen come back, in their order"
    );
    assert!(
        returned.len() <= 5,
        "{returned:?} had not all been on their way"
    );
}

async fn settling_after_a_close_is_stale(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 3).await;
    let mut consumer = client.consume("q", 3).await;
    let [first, second, third] = consumer
        .receive_many(3)
        .await
        .try_into()
        .expect("three were asked for");
    client.close().await;
    assert_eq!(within("the answer", first.settle.ack()).await, Err(Stale));
    assert_eq!(
        within("the answer", second.settle.reject(true)).await,
        Err(Stale)
    );
    assert_eq!(
        within("the answer", third.settle.reject(false)).await,
        Err(Stale)
    );
    let mut consumer = bench.connect().await.consume("q", 3).await;
    let got = consumer.receive_many(3).await;
    assert_eq!(texts(&got), numbers(0..3));
    assert!(got.iter().all(|delivered| delivered.redelivered));
}

async fn settling_after_the_consumer_is_dropped_is_stale(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 2).await;
    let mut consumer = client.consume("q", 2).await;
    let [first, second] = consumer
        .receive_many(2)
        .await
        .try_into()
        .expect("two were asked for");
    drop(consumer);
    assert_eq!(within("the answer", first.settle.ack()).await, Err(Stale));
    assert_eq!(
        within("the answer", second.settle.reject(false)).await,
        Err(Stale)
    );
    let got = client.consume("q", 2).await.receive_many(2).await;
    assert_eq!(texts(&got), numbers(0..2));
    assert!(got.iter().all(|delivered| delivered.redelivered));
}

async fn a_closed_connection_gives_its_deliveries_to_the_others(bench: &Bench) {
    let (client, other) = (bench.connect().await, bench.connect().await);
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 4).await;
    let mut consumer = client.consume("q", 4).await;
    let held = consumer.receive_many(4).await;
    let mut waiting = other.consume("q", 4).await;
    client.close().await;
    let got = waiting.receive_many(4).await;
    assert_eq!(texts(&got), texts(&held));
    assert!(got.iter().all(|delivered| delivered.redelivered));
}

properties![
    an_acked_message_is_gone,
    an_acknowledgement_never_covers_a_delivery_that_is_not_settled,
    what_is_acknowledged_makes_room_though_one_before_it_is_held,
    what_was_settled_stays_so_whatever_ends_once_the_broker_has_taken_note,
    what_is_settled_in_a_drain_stays_so,
    what_is_settled_in_a_drain_in_order_stays_so,
    a_rejected_message_comes_back_and_is_counted,
    a_dropped_delivery_comes_back,
    a_delivery_that_was_asked_to_settle_and_never_did_comes_back,
    what_a_dropped_consumer_held_comes_back_with_the_flag,
    settling_after_a_close_is_stale,
    settling_after_the_consumer_is_dropped_is_stale,
    a_closed_connection_gives_its_deliveries_to_the_others,
];
