//! Who gets a message, when, and how many at a time.

use std::collections::BTreeSet;

use super::bench::{Bench, ack, numbers, text, texts};
use super::properties;

async fn competing_consumers_take_turns(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    let mut left = client.consume("q", 10).await;
    let mut right = client.consume("q", 10).await;
    client.send_numbers("q", 20).await;
    let (left_got, right_got) = (left.receive_many(10).await, right.receive_many(10).await);
    let all: BTreeSet<_> = texts(left_got.iter().chain(&right_got))
        .into_iter()
        .collect();
    assert_eq!(all, numbers(0..20).into_iter().collect());
    left.gets_nothing().await;
    right.gets_nothing().await;
}

async fn a_consumer_without_room_leaves_messages_to_the_others(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    let mut slow = client.consume("q", 1).await;
    client.send("q", "slow").await;
    let held = slow.receive().await;
    let mut quick = client.consume("q", 1).await;
    client.send_numbers("q", 20).await;
    assert_eq!(quick.work_off(20).await, numbers(0..20));
    slow.gets_nothing().await;
    ack(held).await;
}

async fn prefetch_bounds_what_is_unsettled(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 10).await;
    let mut consumer = client.consume("q", 3).await;
    let mut held = consumer.receive_many(3).await;
    assert_eq!(texts(&held), numbers(0..3));
    consumer.gets_nothing().await;
    ack(held.remove(1)).await;
    held.push(consumer.receive().await);
    assert_eq!(texts(&held), ["0", "2", "3"]);
    consumer.gets_nothing().await;
}

async fn with_a_prefetch_of_one_nothing_comes_before_the_ack(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 3).await;
    let mut consumer = client.consume("q", 1).await;
    for expected in numbers(0..3) {
        let delivered = consumer.receive().await;
        assert_eq!(text(&delivered), expected);
        consumer.gets_nothing().await;
        ack(delivered).await;
    }
    consumer.gets_nothing().await;
}

async fn one_consumer_gets_messages_in_order(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    let mut consumer = client.consume("q", 20).await;
    let (got, ()) = tokio::join!(consumer.work_off(200), client.send_numbers("q", 200));
    assert_eq!(got, numbers(0..200));
}

async fn a_waiting_consumer_is_woken(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    let mut consumer = client.consume("q", 1).await;
    let waits = tokio::spawn(async move { consumer.work_off(1).await });
    tokio::task::yield_now().await;
    client.send("q", "wake up").await;
    assert_eq!(waits.await.expect("the consumer gets it"), ["wake up"]);
}

async fn a_cancelled_consumer_gets_what_is_on_the_way_and_then_the_end(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 10).await;
    let mut consumer = client.consume("q", 5).await;
    let mut held = vec![consumer.receive().await];
    consumer.cancel().await;
    while let Some(event) = consumer.next().await {
        held.push(event.expect("a cancelled consumer ends without an error"));
    }
    assert!(held.len() <= 5, "{} came with a prefetch of 5", held.len());
    let mut seen = texts(&held);
    for delivered in held {
        ack(delivered).await;
    }
    let rest = 10 - seen.len();
    seen.extend(client.consume("q", 10).await.work_off(rest).await);
    assert_eq!(seen, numbers(0..10));
}

async fn a_closed_connection_ends_its_consumers_with_an_error(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    let mut consumer = client.consume("q", 1).await;
    client.close().await;
    match consumer.next().await {
        None | Some(Err(_)) => {}
        Some(Ok(delivered)) => panic!("nothing was published, yet {delivered:?} came"),
    }
}

properties![
    competing_consumers_take_turns,
    a_consumer_without_room_leaves_messages_to_the_others,
    prefetch_bounds_what_is_unsettled,
    with_a_prefetch_of_one_nothing_comes_before_the_ack,
    one_consumer_gets_messages_in_order,
    a_waiting_consumer_is_woken,
    a_cancelled_consumer_gets_what_is_on_the_way_and_then_the_end,
    a_closed_connection_ends_its_consumers_with_an_error,
];
