//! Publishing while the broker is away, blocked, or closed. RabbitMQ only.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
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

/// A broker that has the queues and keeps them when it is killed, and a bus: nobody but publishers looks at its connection.
async fn without_a_worker() -> (Arc<Broker>, Bus) {
    let broker = Arc::new(Broker::start());
    let bus = Bus::connect(&broker.url()).await.unwrap();
    start(&bus).await.0.stop().await;
    broker.flush();
    (broker, bus)
}

/// Does something to the broker on another thread.
fn attack(
    broker: &Arc<Broker>,
    what: impl FnOnce(&Broker) + Send + 'static,
) -> tokio::task::JoinHandle<()> {
    let broker = Arc::clone(broker);
    tokio::task::spawn_blocking(move || what(&broker))
}

/// Publishes 1 to `count`, on 50 lanes, each again whenever its confirm is lost.
fn publish_all(bus: &Bus, count: u32) -> JoinSet<()> {
    const LANES: u32 = 50;
    let mut publishing = JoinSet::new();
    for lane in 1..=LANES {
        let bus = bus.clone();
        publishing.spawn(async move {
            for number in (lane..=count).step_by(LANES as usize) {
                let options = options(OnDisconnect::Resend, 2 * LONG);
                bus.publish_with(&Count { number }, options).await.unwrap();
            }
        });
    }
    publishing
}

/// Waits until each of these was handled; gives how many others came.
async fn all_of(seen: &mut mpsc::UnboundedReceiver<u32>, mut missing: BTreeSet<u32>) -> usize {
    let mut again = 0;
    while !missing.is_empty() {
        let number = tokio::time::timeout(LONG, seen.recv()).await;
        let number = number.unwrap_or_else(|_| panic!("{} are lost", missing.len()));
        if !missing.remove(&number.unwrap()) {
            again += 1;
        }
    }
    again
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_away_is_waited_for_or_told_at_once_as_the_caller_chooses() {
    let broker = Arc::new(Broker::start());
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
    attack(&broker, Broker::restart).await.unwrap();
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

#[tokio::test(flavor = "multi_thread")]
async fn broker_that_closes_connections_loses_nothing_that_is_sent_again() {
    const MANY: u32 = 3_000;
    let broker = Arc::new(Broker::start());
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (worker, mut seen) = start(&bus).await;
    let publishing = publish_all(&bus, MANY);
    let closing = attack(&broker, |broker| {
        for _ in 0..3 {
            broker.close_all_connections();
        }
    });
    publishing.join_all().await;
    closing.await.unwrap();
    all_of(&mut seen, (1..=MANY).collect()).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_long_killed_twice_loses_none_of_ten_thousand() {
    const MANY: u32 = 10_000;
    let broker = Arc::new(Broker::start());
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (worker, mut seen) = start(&bus).await;
    broker.flush();
    let publishing = publish_all(&bus, MANY);
    // In the midst of it: each time some more have been handled.
    let mut early = Vec::new();
    for kill in 1..=2 {
        while early.len() < 500 * kill {
            let number = tokio::time::timeout(LONG, seen.recv()).await;
            early.extend(number.expect("the worker goes on"));
        }
        attack(&broker, Broker::restart).await.unwrap();
    }
    let published = async {
        publishing.join_all().await;
    };
    let mut missing: BTreeSet<u32> = (1..=MANY).collect();
    for number in &early {
        missing.remove(number);
    }
    let handled = all_of(&mut seen, missing);
    let ((), again) = tokio::join!(published, handled);
    println!("{again} of {MANY} came more than once");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_short_of_memory_is_a_typed_error_in_time() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (worker, mut seen) = start(&bus).await;
    Count { number: 1 }.publish(&bus).await.unwrap();
    assert_eq!(seen.recv().await, Some(1));
    broker.raise_alarm();

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

    broker.clear_alarm();
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

/// lapin says of a connection that was lost while it was blocked that it still is.
#[tokio::test(flavor = "multi_thread")]
async fn broker_that_dies_while_it_blocks_is_found_again() {
    let (broker, bus) = without_a_worker().await;
    broker.raise_alarm();
    let short = Duration::from_millis(500);
    let error = bus
        .publish_with(&Count { number: 1 }, options(OnDisconnect::Wait, short))
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), PublishErrorKind::Blocked(_)),
        "{error}"
    );
    attack(&broker, Broker::restart).await.unwrap();
    let begun = Instant::now();
    while let Err(error) = bus
        .publish_with(&Count { number: 2 }, options(OnDisconnect::Fail, LONG))
        .await
    {
        assert!(begun.elapsed() < LONG, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bus.close().await;
}

/// As in a `select!` whose other branch goes on for long.
#[tokio::test(flavor = "multi_thread")]
async fn broker_publishes_that_nobody_polls_keep_nobody_waiting() {
    let (broker, bus) = without_a_worker().await;
    attack(&broker, Broker::kill).await.unwrap();
    // The first may still find the connection open.
    let fail = || options(OnDisconnect::Fail, LONG);
    while !matches!(
        bus.publish_with(&Count { number: 1 }, fail())
            .await
            .unwrap_err()
            .kind(),
        PublishErrorKind::Disconnected(_)
    ) {}
    // Whichever of them opens the connection, it is one that is left.
    let mut left: Vec<_> = (1..=20)
        .map(|number| {
            let bus = bus.clone();
            Box::pin(async move {
                let options = options(OnDisconnect::Wait, 2 * LONG);
                bus.publish_with(&Count { number }, options).await
            })
        })
        .collect();
    for _ in 0..10 {
        let all = futures_util::future::join_all(left.iter_mut());
        let ended = tokio::time::timeout(Duration::from_millis(30), all).await;
        assert!(ended.is_err(), "there is no broker");
    }
    attack(&broker, Broker::restart).await.unwrap();
    bus.publish_with(&Count { number: 100 }, options(OnDisconnect::Wait, LONG))
        .await
        .unwrap();
    // Nor at the end, with the broker away once more.
    broker.flush();
    attack(&broker, Broker::kill).await.unwrap();
    let all = futures_util::future::join_all(left.iter_mut());
    drop(tokio::time::timeout(Duration::from_millis(300), all).await);
    tokio::time::timeout(LONG / 2, bus.close())
        .await
        .expect("it closes");
    drop(left);
}
