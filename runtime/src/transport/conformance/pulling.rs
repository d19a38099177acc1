//! Reading a queue from one end to the other, taking out only what is acked.

use super::bench::{Bench, ack, numbers, reject, text, texts};
use super::dead_letters::ms;
use super::properties;
use crate::spec::{QueueArguments, QueueKind};
use crate::topology::Queue;
use crate::topology::service::NEVER_REACHED;
use crate::transport::TransportError;

async fn a_pull_gives_what_is_ready_in_order_and_then_says_that_there_is_no_more(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 40).await;
    let mut pull = client.pull("q").await;
    assert_eq!(pull.ready(), 40);
    let all = pull.take_all().await;
    assert_eq!(texts(&all), numbers(0..40));
    assert!(all.iter().all(|delivered| !delivered.redelivered));
    assert!(pull.take().await.is_none(), "it goes on saying so");
}

async fn an_empty_queue_has_nothing_to_pull_until_something_comes(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    let mut pull = client.pull("q").await;
    assert_eq!(pull.ready(), 0);
    assert!(pull.take().await.is_none());
    client.send("q", "late").await;
    assert_eq!(
        pull.take().await.as_ref().map(text),
        Some("late".to_owned())
    );
}

async fn what_a_pull_dropped_does_not_come_to_it_again(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 5).await;
    let mut pull = client.pull("q").await;
    let mut seen = Vec::new();
    while let Some(delivered) = pull.take().await {
        seen.push(text(&delivered));
        drop(delivered);
    }
    assert_eq!(seen, numbers(0..5));
}

async fn what_a_pull_did_not_settle_is_there_when_it_has_closed(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    // More than a quorum queue takes back at a time.
    client.send_numbers("q", 300).await;
    for round in 0..4 {
        let mut pull = client.pull("q").await;
        assert_eq!(pull.ready(), 300, "round {round}");
        let held = pull.take_all().await;
        assert_eq!(texts(&held), numbers(0..300), "round {round}");
        assert!(
            held.iter()
                .all(|delivered| delivered.redelivered == (round > 0))
        );
        drop(held);
        pull.close().await;
    }
}

async fn what_a_pull_acked_is_gone_and_the_rest_stays(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 6).await;
    let mut pull = client.pull("q").await;
    for delivered in pull.take_all().await {
        if ["1", "4"].contains(&text(&delivered).as_str()) {
            ack(delivered).await;
        }
    }
    pull.close().await;
    let mut consumer = client.consume("q", 10).await;
    assert_eq!(consumer.work_off(4).await, ["0", "2", "3", "5"]);
    consumer.gets_nothing().await;
}

/// A quorum queue takes some 32 commands of a channel at a time. What waits behind them must not be lost with the channel's end.
async fn what_a_pull_acked_in_a_burst_before_its_end_is_gone(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    for _ in 0..5 {
        client.send_numbers("q", 200).await;
        let mut pull = client.pull("q").await;
        let acked = pull.take_all().await.into_iter().map(ack);
        futures_util::future::join_all(acked).await;
        pull.close().await;
        // What the end of a channel drops is back a moment later.
        client.consume("q", 1).await.gets_nothing().await;
    }
}

async fn what_a_pull_rejects_is_dead_lettered(bench: &Bench) {
    let client = bench.connect().await;
    let queue = Queue {
        dead_letter: Some(bench.dead_letter_queue("dead")),
        ..bench.queue("q")
    };
    client.declare_queues([queue, bench.queue("dead")]).await;
    client.send("q", "no").await;
    let mut pull = client.pull("q").await;
    reject(pull.take().await.expect("it was published"), false).await;
    let mut dead = client.consume("dead", 1).await;
    assert_eq!(dead.work_off(1).await, ["no"]);
}

async fn a_dropped_pull_gives_back_to_those_who_wait(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 12).await;
    let mut pull = client.pull("q").await;
    let held = pull.take_all().await;
    let mut waiting = client.consume("q", 12).await;
    waiting.gets_nothing().await;
    drop(pull);
    assert_eq!(waiting.work_off(12).await, texts(&held));
}

async fn what_is_published_during_a_pull_comes_last(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 3).await;
    let mut pull = client.pull("q").await;
    let mut seen = Vec::new();
    while let Some(delivered) = pull.take().await {
        if seen.is_empty() {
            client.send("q", "new").await;
        }
        seen.push(text(&delivered));
    }
    assert_eq!(pull.ready(), 3, "it does not count what came later");
    assert_eq!(seen, ["0", "1", "2", "new"]);
}

async fn expired_messages_are_not_pulled(bench: &Bench) {
    let client = bench.connect().await;
    let queue = Queue {
        arguments: QueueArguments::expiring(ms(50)),
        dead_letter: Some(bench.dead_letter_queue("dead")),
        ..bench.queue("q")
    };
    client.declare_queues([queue, bench.queue("dead")]).await;
    client.send_numbers("q", 2).await;
    let mut dead = client.consume("dead", 5).await;
    assert_eq!(dead.work_off(2).await, numbers(0..2));
    let mut pull = client.pull("q").await;
    assert!(pull.take().await.is_none());
}

async fn reading_a_queue_never_costs_it_a_message_where_its_delivery_limit_is_large(bench: &Bench) {
    if bench.kind == QueueKind::Classic {
        // It does not count deliveries, and has no such limit.
        return;
    }
    let client = bench.connect().await;
    let queue = Queue {
        arguments: QueueArguments {
            delivery_limit: Some(NEVER_REACHED),
            ..QueueArguments::NONE
        },
        ..bench.queue("q")
    };
    client.declare_queues([queue.clone()]).await;
    client.declare_queues([queue]).await;
    client.send("q", "still here").await;
    for _ in 0..50 {
        let mut pull = client.pull("q").await;
        assert!(pull.take().await.is_some());
        pull.close().await;
    }
    assert_eq!(
        client.consume("q", 1).await.work_off(1).await,
        ["still here"]
    );
}

async fn a_queue_that_does_not_exist_cannot_be_pulled_from(bench: &Bench) {
    let client = bench.connect().await;
    let error = client.try_pull("missing").await.err().expect("an error");
    let queue = bench.name("missing");
    assert!(error.to_string().contains(&queue), "{error}");
    assert!(matches!(error, TransportError::Missing(_)), "{error:?}");
}

async fn a_closed_connection_ends_its_pulls_with_an_error(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 30).await;
    let mut pull = client.pull("q").await;
    let held = pull.take().await;
    client.close().await;
    let ended = loop {
        // What had come before the end still comes.
        match pull.try_take().await {
            Ok(Some(_)) => {}
            ended => break ended,
        }
    };
    assert!(ended.is_err(), "a lost connection is no empty queue");
    drop(held);
    let mut consumer = bench.connect().await.consume("q", 30).await;
    assert_eq!(texts(&consumer.receive_many(30).await), numbers(0..30));
}

properties![
    a_pull_gives_what_is_ready_in_order_and_then_says_that_there_is_no_more,
    an_empty_queue_has_nothing_to_pull_until_something_comes,
    what_a_pull_dropped_does_not_come_to_it_again,
    what_a_pull_did_not_settle_is_there_when_it_has_closed,
    what_a_pull_acked_is_gone_and_the_rest_stays,
    what_a_pull_acked_in_a_burst_before_its_end_is_gone,
    what_a_pull_rejects_is_dead_lettered,
    a_dropped_pull_gives_back_to_those_who_wait,
    what_is_published_during_a_pull_comes_last,
    expired_messages_are_not_pulled,
    reading_a_queue_never_costs_it_a_message_where_its_delivery_limit_is_large,
    a_queue_that_does_not_exist_cannot_be_pulled_from,
    a_closed_connection_ends_its_pulls_with_an_error,
];
