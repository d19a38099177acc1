//! Declaring, again and otherwise.

use std::time::Duration;

use super::bench::Bench;
use super::properties;
use crate::spec::{QueueArguments, QueueKind};
use crate::topology::{Queue, Topology};
use crate::transport::TransportError;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn refusal(result: Result<impl Sized, TransportError>) -> String {
    match result {
        Ok(_) => panic!("a refusal was expected"),
        Err(TransportError::Refused(text) | TransportError::Missing(text)) => text,
        Err(other) => panic!("a refusal was expected, not {other:?}"),
    }
}

async fn declaring_again_changes_nothing(bench: &Bench) {
    let client = bench.connect().await;
    let queue = Queue {
        arguments: QueueArguments::expiring(ms(600_000)),
        dead_letter: Some(bench.dead_letter_queue("dead")),
        ..bench.queue("q")
    };
    for _ in 0..3 {
        let binding = bench.binding("x", "orders.*", "q");
        client
            .declare(&["x"], [queue.clone(), bench.queue("dead")], [binding])
            .await;
        client.publish("x", "orders.placed", "one").await;
    }
    let mut consumer = client.consume("q", 10).await;
    assert_eq!(consumer.work_off(3).await, ["one", "one", "one"]);
    consumer.gets_nothing().await;
}

async fn declaring_a_queue_otherwise_is_refused_with_both_values(bench: &Bench) {
    let client = bench.connect().await;
    let declared = Queue {
        arguments: QueueArguments::expiring(ms(600_000)),
        dead_letter: Some(bench.dead_letter_queue("dead")),
        ..bench.queue("q")
    };
    client
        .declare_queues([declared.clone(), bench.queue("plain")])
        .await;
    client.send("q", "kept").await;
    let other_kind = match bench.kind {
        QueueKind::Quorum => QueueKind::Classic,
        QueueKind::Classic => QueueKind::Quorum,
    };
    let (dead, grave) = (bench.name("dead"), bench.name("grave"));
    let cases = [
        (
            Queue {
                arguments: QueueArguments::expiring(ms(1_234)),
                ..declared.clone()
            },
            ["x-message-ttl", "600000", "1234"],
        ),
        (
            Queue {
                arguments: QueueArguments {
                    max_length: Some(4_321),
                    ..declared.arguments
                },
                ..declared.clone()
            },
            ["x-max-length", "4321", "x-max-length"],
        ),
        (
            Queue {
                dead_letter: Some(bench.dead_letter_queue("grave")),
                ..declared.clone()
            },
            ["x-dead-letter-routing-key", &*dead, &*grave],
        ),
        (
            Queue {
                kind: other_kind,
                ..bench.queue("plain")
            },
            ["x-queue-type", "quorum", "classic"],
        ),
    ];
    for (otherwise, words) in cases {
        let name = otherwise.name.to_string();
        let topology = Topology {
            queues: vec![otherwise],
            ..Topology::default()
        };
        let text = refusal(client.try_declare(&topology).await);
        for word in words.iter().chain([&&*name]) {
            assert!(text.contains(word), "`{word}` is missing in: {text}");
        }
    }
    assert_eq!(client.consume("q", 1).await.work_off(1).await, ["kept"]);
}

async fn what_does_not_exist_is_refused_by_name(bench: &Bench) {
    let client = bench.connect().await;
    client.declare(&["x"], [bench.queue("q")], []).await;
    let text = refusal(client.try_consume("missing", 1).await);
    assert!(text.contains(&bench.name("missing")), "{text}");
    assert_eq!(client.look("q").await, Ok(()));
    let looked = client.look("missing").await;
    let named = format!("the queue `{}` does not exist", bench.name("missing"));
    assert_eq!(looked, Err(TransportError::Missing(named)));
    for binding in [
        bench.binding("x", "key", "missing"),
        bench.binding("missing", "key", "q"),
        bench.exchange_binding("x", "key", "missing"),
    ] {
        let topology = Topology {
            bindings: vec![binding],
            ..Topology::default()
        };
        let text = refusal(client.try_declare(&topology).await);
        assert!(text.contains(&bench.name("missing")), "{text}");
    }
    client.send("q", "still works").await;
    assert_eq!(
        client.consume("q", 1).await.work_off(1).await,
        ["still works"]
    );
}

async fn verifying_creates_nothing_and_names_all_that_is_missing_or_otherwise(bench: &Bench) {
    let client = bench.connect().await;
    let declared = Queue {
        arguments: QueueArguments::expiring(ms(600_000)),
        dead_letter: Some(bench.dead_letter_queue("dead")),
        ..bench.queue("q")
    };
    client.declare(&["x"], [declared.clone()], []).await;
    let mut topology = bench.exchanges(&["x"]);
    topology.queues.push(declared.clone());
    assert_eq!(client.verify(&topology).await, Ok(()));

    topology.extend(bench.exchanges(&["missing.exchange"]));
    topology.queues.push(bench.queue("missing"));
    topology.queues[0].arguments.message_ttl = Some(ms(1_234));
    for _ in 0..2 {
        let text = refusal(client.verify(&topology).await);
        for part in [
            &*format!(
                "the exchange `{}` does not exist",
                bench.name("missing.exchange")
            ),
            &*format!("the queue `{}` does not exist", bench.name("missing")),
            &*format!(
                "the queue `{}` exists with other properties",
                bench.name("q")
            ),
            "`x-message-ttl` is 600000 ms on the broker and 1234 ms in the contract",
        ] {
            assert!(text.contains(part), "`{part}` is missing in: {text}");
        }
    }
}

properties![
    verifying_creates_nothing_and_names_all_that_is_missing_or_otherwise,
    declaring_again_changes_nothing,
    declaring_a_queue_otherwise_is_refused_with_both_values,
    what_does_not_exist_is_refused_by_name,
];
