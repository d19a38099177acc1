//! Queues that take only so much.

use super::bench::{Bench, ack, reject};
use super::dead_letters::{death, deaths};
use super::properties;
use crate::spec::{QueueArguments, QueueKind};
use crate::topology::Queue;
use crate::transport::PublishFailure;

/// A quorum queue tells that it is full a moment later, and takes some more until then.
const LATE: u32 = 200;

async fn a_full_queue_refuses_what_is_published_until_there_is_room(bench: &Bench) {
    const MOST: u32 = 5;
    let client = bench.connect().await;
    let bounded = Queue {
        arguments: QueueArguments {
            max_length: Some(MOST),
            ..QueueArguments::NONE
        },
        ..bench.queue("bounded")
    };
    client
        .declare(
            &["x"],
            [bounded, bench.queue("beside")],
            [
                bench.binding("x", "key", "bounded"),
                bench.binding("x", "key", "beside"),
            ],
        )
        .await;
    let mut stored = 0;
    let refused = loop {
        let message = client.message("x", "key", "m");
        match client.try_publish(message).await {
            Ok(()) => stored += 1,
            Err(failure) => break failure,
        }
        assert!(stored < MOST + LATE, "it takes more than it should");
    };
    assert!(stored >= MOST, "it takes {stored} only");
    match refused {
        PublishFailure::Refused(why) => assert!(why.contains("full"), "{why}"),
        other => panic!("a full queue refuses, and not by {other:?}"),
    }
    // The queue beside it has room, and gets what the full one refuses.
    let copies = usize::try_from(stored).expect("a small number") + 1;
    let mut beside = client.consume("beside", 1).await;
    beside.work_off(copies).await;
    let mut consumer = client.consume("bounded", 1).await;
    consumer.work_off(copies - 1).await;
    consumer.gets_nothing().await;
    // Where there is room again, it takes more: at once, or when it has told so.
    for _ in 0..LATE {
        let message = client.message("", &bench.name("bounded"), "again");
        if client.try_publish(message).await.is_ok() {
            ack(consumer.receive().await).await;
            return;
        }
        tokio::time::sleep(super::bench::QUIET / 10).await;
    }
    panic!("it refuses for ever");
}

async fn what_comes_back_too_often_is_a_dead_letter(bench: &Bench) {
    if bench.kind == QueueKind::Classic {
        // It does not count deliveries, and has no such limit.
        return;
    }
    let client = bench.connect().await;
    let limited = Queue {
        arguments: QueueArguments {
            delivery_limit: Some(2),
            ..QueueArguments::NONE
        },
        dead_letter: Some(bench.dead_letter_queue("dead")),
        ..bench.queue("limited")
    };
    client.declare_queues([limited, bench.queue("dead")]).await;
    let mut consumer = client.consume("limited", 1).await;
    client.send("limited", "again and again").await;
    for _ in 0..3 {
        reject(consumer.receive().await, true).await;
    }
    let mut dead = client.consume("dead", 1).await;
    let letter = dead.receive().await;
    let limited = bench.name("limited");
    assert_eq!(
        deaths(&letter),
        [death("delivery_limit", &limited, "", &limited, 1)]
    );
    ack(letter).await;
    consumer.gets_nothing().await;
}

properties![
    a_full_queue_refuses_what_is_published_until_there_is_room,
    what_comes_back_too_often_is_a_dead_letter,
];
