use lapin::options::QueueDeleteOptions;
use urutu_test_broker::Broker;

use super::*;
use crate::transport::{Stale, TransportError};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_consuming() {
    let broker = Broker::start();
    let transport = connect(&broker.url()).await;
    let (_connection, channel) = raw_channel(&broker.url()).await;
    prefetch_bounds_what_is_unsettled(&transport, &channel).await;
    a_cancel_drains(&transport, &channel).await;
    the_unsettled_goes_back(&transport, &channel).await;
    rejecting_requeues_or_drops(&transport, &channel).await;
    a_dropped_subscription_gives_back(&transport).await;
    the_next_single_consumer_gets_first_what_comes_back(&transport).await;
    a_deleted_queue_ends_the_subscription(&transport, &channel).await;
    a_missing_queue_is_refused(&transport).await;
    a_body_goes_back_to_its_connection_and_is_freed_before_the_next_one(&transport).await;
}

async fn a_body_goes_back_to_its_connection_and_is_freed_before_the_next_one(
    transport: &AmqpTransport,
) {
    declare(transport, &bound(queue("bodies", QueueKind::Classic))).await;
    let mut subscription = subscribe(transport, "bodies", 5).await;
    let spent = transport.consuming.spent();
    // What was consumed before has other bodies.
    spent.free(&mut Vec::new());
    for _ in 0..3 {
        let body = vec![b' '; 1000].into();
        let publish = Publish {
            body,
            ..message("bodies", "large enough")
        };
        soon("the publish", transport.publish(publish))
            .await
            .unwrap();
        let delivered = delivery(subscription.as_mut()).await;
        assert_eq!(spent.len(), 0);
        delivered.settle.ack().await.unwrap();
        drop(delivered.body);
        assert_eq!(spent.len(), 1);
    }
}

async fn prefetch_bounds_what_is_unsettled(transport: &AmqpTransport, channel: &Channel) {
    declare(transport, &bound(queue("prefetch", QueueKind::Classic))).await;
    publish_all(transport, "prefetch", 20).await;
    let mut subscription = subscribe(transport, "prefetch", 5).await;
    let mut unsettled = Vec::new();
    for _ in 0..5 {
        unsettled.push(delivery(subscription.as_mut()).await);
    }
    count_becomes(channel, "prefetch", 15).await;
    unsettled.remove(0).settle.ack().await.unwrap();
    unsettled.push(delivery(subscription.as_mut()).await);
    count_becomes(channel, "prefetch", 14).await;
}

async fn a_cancel_drains(transport: &AmqpTransport, channel: &Channel) {
    declare(transport, &bound(queue("drain", QueueKind::Classic))).await;
    publish_all(transport, "drain", 10).await;
    let mut subscription = subscribe(transport, "drain", 10).await;
    delivery(subscription.as_mut())
        .await
        .settle
        .ack()
        .await
        .unwrap();
    count_becomes(channel, "drain", 0).await;
    soon("cancel", subscription.cancel()).await.unwrap();
    soon("cancel again", subscription.cancel()).await.unwrap();
    publish_all(transport, "drain", 1).await;
    for _ in 0..9 {
        delivery(subscription.as_mut())
            .await
            .settle
            .ack()
            .await
            .unwrap();
    }
    assert!(soon("the end", next(subscription.as_mut())).await.is_none());
    assert!(
        soon("the end again", next(subscription.as_mut()))
            .await
            .is_none()
    );
    drop(subscription);
    count_becomes(channel, "drain", 1).await;
}

async fn the_unsettled_goes_back(transport: &AmqpTransport, channel: &Channel) {
    declare(transport, &bound(queue("back", QueueKind::Quorum))).await;
    publish_all(transport, "back", 1).await;
    let mut subscription = subscribe(transport, "back", 1).await;
    let first = delivery(subscription.as_mut()).await;
    assert!(!first.redelivered);
    drop(first);
    let again = delivery(subscription.as_mut()).await;
    assert!(again.redelivered);
    // A settling future that nobody awaits is a drop, too.
    drop(again.settle.ack());
    let last = delivery(subscription.as_mut()).await;

    // Without a runtime, as in a `Drop` at the end of a program.
    std::thread::spawn(move || drop(last))
        .join()
        .expect("a drop does not panic");
    delivery(subscription.as_mut())
        .await
        .settle
        .ack()
        .await
        .unwrap();
    drop(subscription);
    count_becomes(channel, "back", 0).await;
}

async fn rejecting_requeues_or_drops(transport: &AmqpTransport, channel: &Channel) {
    declare(transport, &bound(queue("reject", QueueKind::Classic))).await;
    publish_all(transport, "reject", 1).await;
    let mut subscription = subscribe(transport, "reject", 1).await;
    delivery(subscription.as_mut())
        .await
        .settle
        .reject(true)
        .await
        .unwrap();
    let again = delivery(subscription.as_mut()).await;
    assert!(again.redelivered);
    again.settle.reject(false).await.unwrap();
    drop(subscription);
    count_becomes(channel, "reject", 0).await;
}

async fn a_dropped_subscription_gives_back(transport: &AmqpTransport) {
    declare(transport, &bound(queue("dropped", QueueKind::Classic))).await;
    publish_all(transport, "dropped", 3).await;
    let mut subscription = subscribe(transport, "dropped", 3).await;
    let orphan = delivery(subscription.as_mut()).await;
    drop(subscription);
    let mut successor = subscribe(transport, "dropped", 3).await;
    receive(successor.as_mut(), (0..3).map(|number| number.to_string())).await;
    assert_eq!(
        soon("settle an orphan", orphan.settle.ack()).await,
        Err(Stale)
    );
}

async fn the_next_single_consumer_gets_first_what_comes_back(transport: &AmqpTransport) {
    for (kind, name) in [
        (QueueKind::Classic, "single-classic"),
        (QueueKind::Quorum, "single-quorum"),
    ] {
        let mut single = queue(name, kind);
        single.arguments.single_active_consumer = true;
        declare(transport, &bound(single)).await;
        for number in 0..40 {
            let publish = message(name, &number.to_string());
            assert_eq!(soon("publish", transport.publish(publish)).await, Ok(()));
        }
        let mut active = subscribe(transport, name, 5).await;
        active.keep_order();
        for round in 0..20 {
            let mut waits = subscribe(transport, name, 5).await;
            waits.keep_order();
            let mut unsettled = Vec::new();
            for place in 0..5 {
                let delivered = delivery(active.as_mut()).await;
                assert_eq!(delivered.body, (round + place).to_string());
                unsettled.push(delivered);
            }
            unsettled.swap_remove(0).settle.ack().await.unwrap();
            drop(active);
            drop(unsettled);
            active = waits;
        }
    }
}

async fn a_deleted_queue_ends_the_subscription(transport: &AmqpTransport, channel: &Channel) {
    for (kind, name) in [
        (QueueKind::Classic, "deleted-classic"),
        (QueueKind::Quorum, "deleted-quorum"),
    ] {
        declare(transport, &bound(queue(name, kind))).await;
        let mut subscription = subscribe(transport, name, 10).await;
        channel
            .queue_delete(name.into(), QueueDeleteOptions::default())
            .await
            .unwrap();
        match soon("the end", next(subscription.as_mut())).await {
            Some(Err(error)) => assert!(error.to_string().contains(name), "{error}"),
            other => panic!("a deleted queue is an error: {other:?}"),
        }
        assert!(soon("the end", next(subscription.as_mut())).await.is_none());
    }
}

async fn a_missing_queue_is_refused(transport: &AmqpTransport) {
    match soon("a missing queue", transport.consume("no-such-queue", 1)).await {
        Err(TransportError::Missing(why)) => {
            assert!(why.contains("`no-such-queue`"), "{why}");
        }
        Err(other) => panic!("the queue is missing: {other}"),
        Ok(_) => panic!("the queue does not exist"),
    }
}
