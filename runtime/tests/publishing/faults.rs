//! Publishing while the broker is away, blocked, or closed. RabbitMQ only.

use std::time::{Duration, Instant};

use urutu::{Bus, Message, OnDisconnect, PublishErrorKind, PublishOptions};
use urutu_test_broker::Broker;

use crate::messages::{Count, start};

/// A node takes some seconds to come up.
const LONG: Duration = Duration::from_secs(60);

fn options(choice: OnDisconnect, deadline: Duration) -> PublishOptions {
    PublishOptions::new()
        .on_disconnect(choice)
        .deadline(deadline)
}

/// Starts the broker again on another thread.
fn restart(broker: &std::sync::Arc<Broker>) -> tokio::task::JoinHandle<()> {
    let broker = std::sync::Arc::clone(broker);
    tokio::task::spawn_blocking(move || broker.restart())
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_away_is_waited_for_or_told_at_once_as_the_caller_chooses() {
    let broker = std::sync::Arc::new(Broker::start());
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (worker, mut seen) = start(&bus).await;
    Count { number: 1 }.publish(&bus).await.unwrap();
    assert_eq!(seen.recv().await, Some(1));
    // Nobody but a publisher is left to open the connection again.
    worker.stop().await;
    broker.flush();
    broker.kill();

    // The first may still find the connection open and lose its confirm; whoever comes after that knows better.
    let begun = Instant::now();
    let error = loop {
        let published = bus.publish_with(&Count { number: 2 }, options(OnDisconnect::Fail, LONG));
        let error = published.await.unwrap_err();
        match error.kind() {
            PublishErrorKind::Disconnected(_) => break error,
            PublishErrorKind::ConfirmLost(_) => assert!(error.may_be_stored(), "{error}"),
            other => panic!("{other:?}"),
        }
    };
    assert!(begun.elapsed() < LONG / 4, "it fails at once");
    assert!(!error.may_be_stored(), "{error}");
    assert!(error.to_string().contains("127.0.0.1"), "{error}");

    let begun = Instant::now();
    let short = Duration::from_millis(700);
    let published = bus.publish_with(&Count { number: 3 }, options(OnDisconnect::Wait, short));
    let error = published.await.unwrap_err();
    assert!(begun.elapsed() >= short, "it waits until its deadline");
    assert!(begun.elapsed() < LONG / 4, "and no longer");
    assert!(error.to_string().contains("abacus.Count"), "{error}");

    let waiting: Vec<_> = [(4, OnDisconnect::Wait), (5, OnDisconnect::Resend)]
        .into_iter()
        .map(|(number, choice)| {
            let bus = bus.clone();
            tokio::spawn(async move {
                let message = Count { number };
                bus.publish_with(&message, options(choice, LONG)).await
            })
        })
        .collect();
    restart(&broker).await.unwrap();
    for published in waiting {
        published.await.unwrap().unwrap();
    }
    // Failing at once has the connection opened again, too.
    broker.close_all_connections();
    let begun = Instant::now();
    while let Err(error) = bus
        .publish_with(&Count { number: 6 }, options(OnDisconnect::Fail, LONG))
        .await
    {
        assert!(begun.elapsed() < LONG, "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let (worker, mut seen) = start(&bus).await;
    let mut arrived = Vec::new();
    while !arrived.contains(&6) {
        arrived.extend(seen.recv().await);
    }
    arrived.retain(|number| [4, 5, 6].contains(number));
    arrived.sort_unstable();
    arrived.dedup();
    assert_eq!(arrived, [4, 5, 6]);
    worker.stop().await;
}

/// Thousands of publishes that are sent again whenever their confirm is lost: each is stored at least once.
#[tokio::test(flavor = "multi_thread")]
async fn broker_that_closes_connections_loses_nothing_that_is_sent_again() {
    const MANY: u32 = 3_000;
    let broker = std::sync::Arc::new(Broker::start());
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (worker, mut seen) = start(&bus).await;
    let mut publishing = tokio::task::JoinSet::new();
    for lane in 0..50 {
        let bus = bus.clone();
        publishing.spawn(async move {
            for number in (lane + 1..=MANY).step_by(50) {
                let options = options(OnDisconnect::Resend, LONG);
                bus.publish_with(&Count { number }, options).await.unwrap();
            }
        });
    }
    let closing = std::sync::Arc::clone(&broker);
    let closing = tokio::task::spawn_blocking(move || {
        for _ in 0..3 {
            closing.close_all_connections();
        }
    });
    while let Some(lane) = publishing.join_next().await {
        lane.unwrap();
    }
    closing.await.unwrap();
    let mut missing: std::collections::BTreeSet<u32> = (1..=MANY).collect();
    while !missing.is_empty() {
        let number = tokio::time::timeout(LONG, seen.recv()).await;
        missing.remove(&number.expect("every number arrives").unwrap());
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_short_of_memory_is_a_typed_error_in_time() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (worker, mut seen) = start(&bus).await;
    Count { number: 1 }.publish(&bus).await.unwrap();
    assert_eq!(seen.recv().await, Some(1));
    broker.ctl(&["set_vm_memory_high_watermark", "absolute", "1"]);

    // The broker blocks a connection when it publishes for the first time after the alarm.
    let short = Duration::from_millis(500);
    let published = bus.publish_with(&Count { number: 2 }, options(OnDisconnect::Wait, short));
    let error = published.await.unwrap_err();
    assert!(
        matches!(error.kind(), PublishErrorKind::Blocked(waited) if *waited == short),
        "{error}"
    );
    assert!(error.may_be_stored(), "it was on its way");
    assert!(error.to_string().contains("memory or disk"), "{error}");

    let begun = Instant::now();
    let published = bus.publish_with(&Count { number: 3 }, options(OnDisconnect::Fail, LONG));
    let error = published.await.unwrap_err();
    assert!(
        matches!(error.kind(), PublishErrorKind::Blocked(waited) if waited.is_zero()),
        "{error}"
    );
    assert!(!error.may_be_stored() && begun.elapsed() < LONG / 4);

    broker.ctl(&["set_vm_memory_high_watermark", "0.6"]);
    let published = bus.publish_with(&Count { number: 4 }, options(OnDisconnect::Wait, LONG));
    published.await.unwrap();
    while seen.recv().await != Some(4) {}
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_or_none_a_closed_bus_says_so_at_once() {
    let broker = Broker::start();
    for bus in [Bus::connect(&broker.url()).await.unwrap(), Bus::in_memory()] {
        bus.close().await;
        for choice in [OnDisconnect::Fail, OnDisconnect::Wait, OnDisconnect::Resend] {
            let begun = Instant::now();
            let published = bus.publish_with(&Count { number: 1 }, options(choice, LONG));
            let error = published.await.unwrap_err();
            assert!(
                matches!(error.kind(), PublishErrorKind::Closed(_)),
                "{bus}, {choice:?}: {error}"
            );
            assert!(!error.may_be_stored() && begun.elapsed() < LONG / 4);
        }
    }
}
