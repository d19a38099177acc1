//! Queues that take only so much.

use std::time::Duration;

use super::bench::{Bench, Client, ack, reject, text};
use super::dead_letters::{death, deaths};
use super::properties;
use crate::spec::{Overflow, QueueArguments, QueueKind};
use crate::topology::Queue;
use crate::transport::PublishFailure;

/// A quorum queue tells that it is full a moment later, and takes some more until then.
const LATE: u32 = 200;

/// Publishes until a message is refused; gives how many were stored, which must be fewer than `most`, and the refusal.
async fn fill(
    client: &Client,
    exchange: &str,
    key: &str,
    body: &str,
    most: u32,
) -> (u32, PublishFailure) {
    let mut stored = 0;
    loop {
        let message = client.message(exchange, key, body);
        match client.try_publish(message).await {
            Ok(()) => stored += 1,
            Err(failure) => return (stored, failure),
        }
        assert!(stored < most, "it takes more than it should");
    }
}

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
    let (stored, refused) = fill(&client, "x", "key", "m", MOST + LATE).await;
    assert!(stored >= MOST, "it takes {stored} only");
    match refused {
        PublishFailure::Nacked(why) => assert!(why.contains("full"), "{why}"),
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

async fn a_dead_letter_for_a_full_queue_waits_for_room(bench: &Bench) {
    if bench.kind == QueueKind::Classic {
        // It tries once.
        return;
    }
    let client = bench.connect().await;
    let narrow = Queue {
        arguments: QueueArguments {
            max_length: Some(1),
            ..QueueArguments::NONE
        },
        ..bench.queue("narrow")
    };
    let passing = Queue {
        arguments: QueueArguments::expiring(Duration::ZERO),
        dead_letter: Some(bench.dead_letter_queue("narrow")),
        ..bench.queue("passing")
    };
    client.declare_queues([narrow, passing]).await;
    let (stored, _) = fill(&client, "", &bench.name("narrow"), "first", LATE).await;
    client.send_numbers("passing", 3).await;
    let mut consumer = client.consume("narrow", 1).await;
    for _ in 0..stored {
        let first = consumer.receive().await;
        assert_eq!(text(&first), "first");
        ack(first).await;
    }
    let mut letters = consumer.work_off(3).await;
    letters.sort();
    assert_eq!(letters, ["0", "1", "2"]);
    consumer.gets_nothing().await;
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

async fn a_full_queue_drops_its_oldest_message_where_it_is_asked_to(bench: &Bench) {
    if bench.kind == QueueKind::Quorum {
        // With dead letters it has to refuse instead.
        return;
    }
    let client = bench.connect().await;
    let by_count = QueueArguments {
        max_length: Some(2),
        ..QueueArguments::NONE
    };
    let by_size = QueueArguments {
        max_length_bytes: Some(2),
        ..QueueArguments::NONE
    };
    for (name, limits) in [("count", by_count), ("size", by_size)] {
        let (dead, key) = (format!("{name}.dead"), bench.name(name));
        let bounded = Queue {
            arguments: QueueArguments {
                overflow: Overflow::DropHead,
                ..limits
            },
            dead_letter: Some(bench.dead_letter_queue(&dead)),
            ..bench.queue(name)
        };
        client.declare_queues([bounded, bench.queue(&dead)]).await;
        client.send_numbers(name, 4).await;
        let mut letters = client.consume(&dead, 1).await;
        for dropped in ["0", "1"] {
            let letter = letters.receive().await;
            assert_eq!(text(&letter), dropped);
            assert_eq!(deaths(&letter), [death("maxlen", &key, "", &key, 1)]);
            ack(letter).await;
        }
        let mut consumer = client.consume(name, 1).await;
        let held = consumer.receive().await;
        assert_eq!(text(&held), "2");
        // What is held does not count; what comes back does.
        client.send(name, "4").await;
        letters.gets_nothing().await;
        reject(held, true).await;
        let oldest = consumer.work_off(2).await;
        assert!(oldest == ["2", "3"] || oldest == ["3", "4"], "{oldest:?}");
    }
}

async fn urgent_messages_come_first_where_a_queue_tells_priorities_apart(bench: &Bench) {
    if bench.kind == QueueKind::Quorum {
        // It has no such argument.
        return;
    }
    let client = bench.connect().await;
    let sorting = Queue {
        arguments: QueueArguments {
            max_priority: Some(3),
            ..QueueArguments::NONE
        },
        ..bench.queue("sorting")
    };
    client.declare_queues([sorting, bench.queue("plain")]).await;
    for queue in ["sorting", "plain"] {
        for (body, priority) in [
            ("a", None),
            ("b", Some(2)),
            ("c", Some(200)),
            ("d", Some(2)),
            ("e", Some(3)),
        ] {
            let mut message = client.message("", &bench.name(queue), body);
            if let Some(priority) = priority {
                message = message.with(|properties| properties.with_priority(priority));
            }
            client.try_publish(message).await.expect("it is stored");
        }
    }
    let mut sorted = client.consume("sorting", 1).await;
    let urgent = sorted.receive().await;
    assert_eq!(
        text(&urgent),
        "c",
        "a priority beyond the highest is the highest"
    );
    reject(urgent, true).await;
    assert_eq!(sorted.work_off(5).await, ["c", "e", "b", "d", "a"]);
    let mut plain = client.consume("plain", 1).await;
    assert_eq!(plain.work_off(5).await, ["a", "b", "c", "d", "e"]);
}

properties![
    a_full_queue_refuses_what_is_published_until_there_is_room,
    a_dead_letter_for_a_full_queue_waits_for_room,
    what_comes_back_too_often_is_a_dead_letter,
    a_full_queue_drops_its_oldest_message_where_it_is_asked_to,
    urgent_messages_come_first_where_a_queue_tells_priorities_apart,
];
