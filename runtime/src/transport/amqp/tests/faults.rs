use std::time::Duration;

use urutu_test_broker::Broker;

use super::*;
use crate::transport::{PublishFailure, Stale};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_lost_and_found() {
    let broker = Broker::start();
    let transport = connect(&broker.url()).await;
    declare(&transport, &bound(queue("kept", QueueKind::Quorum))).await;
    publish_all(&transport, "kept", 3).await;

    let mut subscription = subscribe(&transport, "kept", 1).await;
    let held = delivery(subscription.as_mut()).await;
    broker.close_all_connections();
    ends_with_an_error(subscription.as_mut()).await;
    assert_eq!(
        soon("settle a lost delivery", held.settle.ack()).await,
        Err(Stale)
    );
    publish_until_stored(&transport, "after-close").await;

    let mut subscription = subscribe(&transport, "kept", 1).await;
    broker.flush();
    broker.kill();
    ends_with_an_error(subscription.as_mut()).await;
    for attempt in 0..3 {
        match soon(
            "a publish without a broker",
            transport.publish(message("kept", &format!("lost-{attempt}"))),
        )
        .await
        {
            Err(PublishFailure::Disconnected(why) | PublishFailure::Lost(why)) => {
                assert!(!why.contains("guest") && !why.is_empty(), "{why}");
            }
            other => panic!("no broker can have stored it: {other:?}"),
        }
    }
    let why = soon(
        "a subscription without a broker",
        transport.consume("kept", 1),
    )
    .await
    .err()
    .expect("no broker");
    assert!(
        why.to_string()
            .contains(&format!("127.0.0.1:{}", broker.port())),
        "{why}"
    );

    broker.restart();
    publish_until_stored(&transport, "after-restart").await;
    let mut subscription = soon("a subscription after the restart", async {
        loop {
            if let Ok(subscription) = transport.consume("kept", 10).await {
                return subscription;
            }
        }
    })
    .await;
    let kept = ["0", "1", "2", "after-close", "after-restart"];
    receive(subscription.as_mut(), kept.map(str::to_owned)).await;
    soon("close", transport.close()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_blocked_publishers_do_not_block_acknowledgements() {
    let broker = Broker::start();
    let transport = connect(&broker.url()).await;
    declare(&transport, &bound(queue("blocked", QueueKind::Classic))).await;
    publish_all(&transport, "blocked", 2).await;
    let mut subscription = subscribe(&transport, "blocked", 2).await;
    let first = delivery(subscription.as_mut()).await;

    broker.ctl(&["set_vm_memory_high_watermark", "absolute", "1"]);
    // The first publish makes the broker block the connection; neither is confirmed.
    for id in ["b-1", "b-2"] {
        let patience = Duration::from_millis(300);
        assert!(
            tokio::time::timeout(patience, transport.publish(message("blocked", id)))
                .await
                .is_err(),
            "{id}"
        );
    }
    soon("an ack beside a blocked publisher", first.settle.ack())
        .await
        .unwrap();
    drop(delivery(subscription.as_mut()).await);

    broker.ctl(&["set_vm_memory_high_watermark", "0.6"]);
    assert_eq!(
        soon(
            "a publish after the alarm",
            transport.publish(message("blocked", "b-3"))
        )
        .await,
        Ok(())
    );
    receive(
        subscription.as_mut(),
        ["1", "b-1", "b-2", "b-3"].map(str::to_owned),
    )
    .await;
}

async fn ends_with_an_error(subscription: &mut dyn Subscription) {
    loop {
        match soon("the end of a lost subscription", next(subscription)).await {
            Some(Ok(_)) => {}
            Some(Err(_)) => return,
            None => panic!("a loss is an error, not an end"),
        }
    }
}

/// The transport makes its own pauses between attempts.
async fn publish_until_stored(transport: &AmqpTransport, id: &str) {
    loop {
        match soon(
            "a publish after the loss",
            transport.publish(message("kept", id)),
        )
        .await
        {
            Ok(()) => return,
            Err(PublishFailure::Disconnected(_) | PublishFailure::Lost(_)) => {}
            Err(other) => panic!("{id} was not lost on the way: {other:?}"),
        }
    }
}
