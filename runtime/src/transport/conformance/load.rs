//! That nothing is lost or mixed up when there is much of it.

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use super::bench::{Bench, ack, numbers, text};
use super::properties;

async fn many_queues_each_get_their_own(bench: &Bench) {
    let client = bench.connect().await;
    let names: Vec<_> = (0..50).map(|queue| format!("q{queue}")).collect();
    let bindings = names
        .iter()
        .map(|name| bench.binding("x", &format!("topic.{name}"), name));
    client
        .declare(&["x"], names.iter().map(|name| bench.queue(name)), bindings)
        .await;
    let mut consumers = JoinSet::new();
    for name in names.clone() {
        let client = client.clone();
        consumers.spawn(async move {
            let mut consumer = client.consume(&name, 5).await;
            let got = consumer.work_off(20).await;
            let expected: Vec<_> = (0..20).map(|number| format!("{name} {number}")).collect();
            assert_eq!(got, expected);
        });
    }
    for number in 0..20 {
        for name in &names {
            client
                .publish("x", &format!("topic.{name}"), &format!("{name} {number}"))
                .await;
        }
    }
    while let Some(consumed) = consumers.join_next().await {
        consumed.expect("every queue gets its own messages in order");
    }
}

async fn concurrent_publishers_lose_nothing(bench: &Bench) {
    let client = bench.connect().await;
    client
        .declare(&["x"], [bench.queue("q")], [bench.binding("x", "#", "q")])
        .await;
    let mut publishers = JoinSet::new();
    for publisher in 0..50 {
        let client = client.clone();
        publishers.spawn(async move {
            for number in 0..100 {
                client
                    .publish("x", "any.topic", &(publisher * 100 + number).to_string())
                    .await;
            }
        });
    }
    let mut consumers = JoinSet::new();
    for _ in 0..5 {
        let mut consumer = client.consume("q", 50).await;
        consumers.spawn(async move { consumer.work_off(500).await });
    }
    // Half is consumed while it is published, half afterwards.
    let mut seen = Vec::new();
    while let Some(consumed) = consumers.join_next().await {
        seen.extend(consumed.expect("a consumer gets its share"));
    }
    while let Some(published) = publishers.join_next().await {
        published.expect("a publisher gets its confirms");
    }
    seen.extend(client.consume("q", 50).await.work_off(2_500).await);
    assert_eq!(seen.len(), 5_000);
    assert_eq!(
        seen.into_iter().collect::<BTreeSet<_>>(),
        numbers(0..5_000).into_iter().collect()
    );
}

async fn fifty_consumers_share_five_thousand_messages(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    let mut consumers = JoinSet::new();
    for _ in 0..50 {
        let mut consumer = client.consume("q", 20).await;
        consumers.spawn(async move { consumer.work_off(100).await });
    }
    let mut publishers = JoinSet::new();
    for publisher in 0..50 {
        let client = client.clone();
        publishers.spawn(async move {
            for number in 0..100 {
                let body = (publisher * 100 + number).to_string();
                client.send("q", &body).await;
            }
        });
    }
    while let Some(published) = publishers.join_next().await {
        published.expect("a publisher gets its confirms");
    }
    let mut seen = Vec::new();
    while let Some(consumed) = consumers.join_next().await {
        seen.extend(consumed.expect("a consumer gets its share"));
    }
    assert_eq!(seen.len(), 5_000);
    assert_eq!(
        seen.into_iter().collect::<BTreeSet<_>>(),
        numbers(0..5_000).into_iter().collect()
    );
}

async fn errors_and_drops_lose_nothing(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 100).await;
    let mut acked = Vec::new();
    for turn in 0_usize.. {
        let mut consumer = client.consume("q", 7).await;
        for step in 0..10 {
            if acked.len() == 100 {
                consumer.gets_nothing().await;
                acked.sort_by_key(|number: &String| number.parse::<u32>().ok());
                assert_eq!(acked, numbers(0..100));
                return;
            }
            let delivered = consumer.receive().await;
            match (turn + step) % 4 {
                0 => drop(delivered),
                1 => drop(delivered.settle.reject(true).await),
                _ => {
                    acked.push(text(&delivered));
                    ack(delivered).await;
                }
            }
        }
    }
}

properties![
    many_queues_each_get_their_own,
    concurrent_publishers_lose_nothing,
    fifty_consumers_share_five_thousand_messages,
    errors_and_drops_lose_nothing,
];
