//! Connections that are closed while others, or they themselves, are at work.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use tokio::task::JoinSet;

use super::bench::{Bench, ack, numbers, text};
use super::properties;
use crate::transport::PublishFailure;

async fn consuming_goes_on_after_twenty_closes(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 40).await;
    let mut seen = Vec::new();
    for _ in 0..20 {
        let client = bench.connect().await;
        let mut consumer = client.consume("q", 1).await;
        seen.extend(consumer.work_off(2).await);
        client.close().await;
    }
    assert_eq!(
        seen.into_iter().collect::<BTreeSet<_>>(),
        numbers(0..40).into_iter().collect()
    );
    client.consume("q", 1).await.gets_nothing().await;
}

async fn many_connections_close_at_once_and_lose_nothing(bench: &Bench) {
    const CONNECTIONS: u32 = 20;
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 5 * CONNECTIONS).await;
    let mut closing = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let client = bench.connect().await;
        let mut consumer = client.consume("q", 10).await;
        closing.spawn(async move {
            // One message is done; what else the consumer has got goes back.
            let done = consumer.work_off(1).await;
            tokio::join!(client.close(), client.close());
            done
        });
    }
    let mut missing: BTreeSet<String> = numbers(0..5 * CONNECTIONS).into_iter().collect();
    while let Some(closed) = closing.join_next().await {
        for done in closed.expect("closing twice at a time is fine") {
            missing.remove(&done);
        }
    }
    // What was acknowledged just before the close of a busy broker's connection may come once more.
    let mut consumer = client.consume("q", 10).await;
    while !missing.is_empty() {
        let delivered = consumer.receive().await;
        missing.remove(&text(&delivered));
        ack(delivered).await;
    }
}

async fn a_publisher_that_is_closed_under_way_tells_what_is_stored(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    let publisher = bench.connect().await;
    let mut publishing = JoinSet::new();
    for lane in 0..10_u32 {
        let publisher = publisher.clone();
        let queue = bench.name("q");
        publishing.spawn(async move {
            let mut stored = Vec::new();
            for number in 0.. {
                let body = (lane + 10 * number).to_string();
                match publisher
                    .try_publish(publisher.message("", &queue, &body))
                    .await
                {
                    Ok(()) => stored.push(body),
                    Err(PublishFailure::Lost(_) | PublishFailure::Closed(_)) => break,
                    Err(other) => panic!("closed, and yet {other:?}"),
                }
            }
            stored
        });
    }
    // Something is under way for certain.
    let mut consumer = client.consume("q", 100).await;
    let mut arrived: BTreeSet<String> = consumer.work_off(50).await.into_iter().collect();
    publisher.close().await;
    let mut stored = BTreeSet::new();
    while let Some(lane) = publishing.join_next().await {
        stored.extend(lane.expect("a closed publisher stops"));
    }
    // A message whose confirm was lost may be there as well.
    while !stored.is_subset(&arrived) {
        let delivered = consumer.receive().await;
        arrived.insert(text(&delivered));
        ack(delivered).await;
    }
}

async fn futures_that_are_dropped_leave_nothing_behind(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    for round in 0..20 {
        // Polled once, and given up.
        let message = client.message("", &bench.name("q"), "given up");
        drop(client.try_publish(message).now_or_never());
        drop(client.try_consume("q", 1).now_or_never());
        client.send("q", &round.to_string()).await;
    }
    let mut left: BTreeSet<String> = numbers(0..20).into_iter().collect();
    let mut consumer = client.consume("q", 1).await;
    while !left.is_empty() {
        let delivered = consumer.receive().await;
        left.remove(&text(&delivered));
        ack(delivered).await;
    }
}

async fn messages_wait_for_a_consumer_that_comes_later(bench: &Bench) {
    let client = bench.connect().await;
    client.declare_queues([bench.queue("q")]).await;
    client.send_numbers("q", 10).await;
    client.close().await;
    let later = bench.connect().await;
    let seen = later.consume("q", 1).await.work_off(10).await;
    assert_eq!(seen, numbers(0..10));
}

properties![
    consuming_goes_on_after_twenty_closes,
    many_connections_close_at_once_and_lose_nothing,
    a_publisher_that_is_closed_under_way_tells_what_is_stored,
    futures_that_are_dropped_leave_nothing_behind,
    messages_wait_for_a_consumer_that_comes_later,
];
