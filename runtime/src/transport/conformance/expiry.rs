//! When a message expires, and when it does not.

use std::time::Duration;

use lapin::types::AMQPValue;

use super::bench::{Bench, ack, reject, text};
use super::dead_letters::{death, deaths, ms};
use super::properties;
use crate::spec::QueueArguments;
use crate::topology::Queue;

async fn the_shorter_of_two_times_to_live_counts(bench: &Bench) {
    let client = bench.connect().await;
    let mut queues = vec![bench.queue("dead")];
    for (name, milliseconds) in [("long", 600_000), ("short", 50)] {
        queues.push(Queue {
            arguments: QueueArguments::expiring(ms(milliseconds)),
            dead_letter: Some(bench.dead_letter_queue("dead")),
            ..bench.queue(name)
        });
    }
    client.declare_queues(queues).await;
    let mut dead = client.consume("dead", 1).await;
    for (queue, expiration) in [("long", "50"), ("short", "600000")] {
        client.send_for(queue, queue, expiration).await;
        let delivered = dead.receive().await;
        assert_eq!(text(&delivered), queue);
        assert_eq!(
            delivered.properties.expiration(),
            &None,
            "it must not expire again"
        );
        let mut expected = death("expired", &bench.name(queue), "", &bench.name(queue), 1);
        expected.insert(
            "original-expiration".into(),
            AMQPValue::LongString(expiration.into()),
        );
        assert_eq!(deaths(&delivered), [expected]);
        ack(delivered).await;
    }
}

async fn messages_expire_at_the_head_only(bench: &Bench) {
    let client = bench.connect().await;
    let waiting = Queue {
        dead_letter: Some(bench.dead_letter_queue("dead")),
        ..bench.queue("q")
    };
    client.declare_queues([waiting, bench.queue("dead")]).await;
    client.send_for("q", "long", "600000").await;
    client.send_for("q", "short", "1").await;
    let mut dead = client.consume("dead", 1).await;
    dead.gets_nothing().await;
    let mut consumer = client.consume("q", 1).await;
    assert_eq!(consumer.work_off(1).await, ["long"]);
    assert_eq!(dead.work_off(1).await, ["short"]);
    consumer.gets_nothing().await;
}

async fn an_unsettled_message_expires_when_it_comes_back(bench: &Bench) {
    let client = bench.connect().await;
    let waiting = Queue {
        dead_letter: Some(bench.dead_letter_queue("dead")),
        ..bench.queue("q")
    };
    client.declare_queues([waiting, bench.queue("dead")]).await;
    let mut consumer = client.consume("q", 1).await;
    client.send_for("q", "held", "100").await;
    let held = consumer.receive().await;
    let mut dead = client.consume("dead", 1).await;
    dead.gets_nothing().await;
    reject(held, true).await;
    assert_eq!(dead.work_off(1).await, ["held"]);
    consumer.gets_nothing().await;
}

async fn a_message_that_lives_for_no_time_only_reaches_a_waiting_consumer(bench: &Bench) {
    let client = bench.connect().await;
    let queue = Queue {
        dead_letter: Some(bench.dead_letter_queue("dead")),
        ..bench.queue("q")
    };
    client.declare_queues([queue, bench.queue("dead")]).await;
    client.send_for("q", "nobody there", "0").await;
    let mut dead = client.consume("dead", 1).await;
    assert_eq!(dead.work_off(1).await, ["nobody there"]);
    let mut consumer = client.consume("q", 1).await;
    client.send_for("q", "for you", "0").await;
    assert_eq!(consumer.work_off(1).await, ["for you"]);
}

async fn a_short_delay_does_not_wait_for_a_long_one(bench: &Bench) {
    let client = bench.connect().await;
    let delay = |name, milliseconds| Queue {
        arguments: QueueArguments::expiring(ms(milliseconds)),
        dead_letter: Some(bench.dead_letter_queue("back")),
        ..bench.queue(name)
    };
    client
        .declare_queues([
            delay("long", 1_000),
            delay("short", 50),
            bench.queue("back"),
        ])
        .await;
    let started = tokio::time::Instant::now();
    client.send("long", "long").await;
    client.send("short", "short").await;
    let mut back = client.consume("back", 1).await;
    assert_eq!(back.work_off(2).await, ["short", "long"]);
    assert!(
        started.elapsed() >= Duration::from_secs(1),
        "it came too early"
    );
}

properties![
    the_shorter_of_two_times_to_live_counts,
    messages_expire_at_the_head_only,
    an_unsettled_message_expires_when_it_comes_back,
    a_message_that_lives_for_no_time_only_reaches_a_waiting_consumer,
    a_short_delay_does_not_wait_for_a_long_one,
];
