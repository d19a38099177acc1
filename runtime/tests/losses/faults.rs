//! Losses that need a broker that is away, killed or short of memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::time::timeout;
use urutu::{Bus, Message, OnDisconnect, PublishOptions, Service, TopologyMode};
use urutu_test_broker::Broker;

use crate::ledger::{Enter, Entered, Seen, ledger, worker};

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Reads events until each line has come; some may come twice.
async fn all_come(entered: &mut Seen, lines: std::ops::RangeInclusive<u32>) {
    let mut missing: std::collections::BTreeSet<u32> = lines.collect();
    while !missing.is_empty() {
        let seen = timeout(PATIENCE, entered.recv()).await;
        let (Entered { line }, _) = seen
            .unwrap_or_else(|_| panic!("{} are lost: {missing:?}", missing.len()))
            .unwrap();
        missing.remove(&line);
    }
}

/// The first attempt at each line fails. All attempts are counted.
fn fails_once(attempts: &Arc<AtomicU32>) -> (impl Service + use<>, Seen) {
    let count = Arc::clone(attempts);
    ledger(move |message, cx| {
        count.fetch_add(1, Ordering::SeqCst);
        async move {
            match cx.attempt() {
                1 => Err("not yet".into()),
                _ => Ok(cx.publish(&Entered { line: message.line })?),
            }
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_loss_04_delayed_messages_are_deleted_before_they_are_published() {
    const LINES: u32 = 500;
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (service, _) = ledger(|_, _| async { Ok(()) });
    // Its queues stay.
    worker(&bus, service).start().await.unwrap().stop().await;
    let mut batch = bus.batch();
    for line in 1..=LINES {
        // They fall due around the time at which the broker dies, and while it is away.
        let delay = Duration::from_millis(u64::from(500 + 10 * line));
        let options = PublishOptions::new().after(delay);
        batch.add_with(&Enter { line }, options).unwrap();
    }
    batch.publish().await.unwrap();
    // The publisher is gone, and then the broker is killed.
    bus.close().await;
    broker.flush();
    broker.kill();
    broker.restart();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (service, mut entered) =
        ledger(|message, cx| async move { Ok(cx.publish(&Entered { line: message.line })?) });
    let worker = worker(&bus, service).start().await.unwrap();
    all_come(&mut entered, 1..=LINES).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_loss_07_success_is_told_before_the_message_is_published() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (service, mut entered) =
        ledger(|message, cx| async move { Ok(cx.publish(&Entered { line: message.line })?) });
    worker(&bus, service).start().await.unwrap().stop().await;
    entered.close();
    // Told to be published, and then the broker dies: the message is there.
    Enter { line: 1 }.publish(&bus).await.unwrap();
    broker.flush();
    broker.kill();
    // With the broker down nobody is told of success.
    for choice in [OnDisconnect::Fail, OnDisconnect::Wait] {
        let options = PublishOptions::new()
            .on_disconnect(choice)
            .deadline(Duration::from_millis(300));
        let told = bus.publish_with(&Enter { line: 2 }, options).await;
        assert!(told.is_err(), "{choice:?}");
    }
    broker.restart();
    let (service, mut entered) =
        ledger(|message, cx| async move { Ok(cx.publish(&Entered { line: message.line })?) });
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let worker = worker(&bus, service).start().await.unwrap();
    all_come(&mut entered, 1..=1).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_loss_08_a_retry_that_cannot_be_stored_is_a_hot_loop() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let attempts = Arc::new(AtomicU32::new(0));
    let (service, mut entered) = fails_once(&attempts);
    let (service_of_queue, _) = ledger(|_, _| async { Ok(()) });
    worker(&bus, service_of_queue)
        .start()
        .await
        .unwrap()
        .stop()
        .await;
    Enter { line: 1 }.publish(&bus).await.unwrap();
    // From now on the broker takes nothing from publishers, so no copy for a later attempt either.
    broker.raise_alarm();
    let worker = worker(&bus, service).start().await.unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(4) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(attempts.load(Ordering::SeqCst) <= 1, "it loops");
    }
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
    broker.clear_alarm();
    all_come(&mut entered, 1..=1).await;
    worker.stop().await;
}

/// Each copy that is sent while another one is on its way comes as well, once the broker takes them.
#[tokio::test(flavor = "multi_thread")]
async fn broker_that_takes_nothing_for_long_gets_one_copy_for_each_failure() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let attempts = Arc::new(AtomicU32::new(0));
    let (service, mut entered) = fails_once(&attempts);
    // The way of a copy is declared, and the queues stay.
    let (first, mut entered_first) = fails_once(&Arc::default());
    let running = worker(&bus, first).start().await.unwrap();
    Enter { line: 1 }.publish(&bus).await.unwrap();
    all_come(&mut entered_first, 1..=1).await;
    running.stop().await;

    for line in 2..=3 {
        Enter { line }.publish(&bus).await.unwrap();
    }
    broker.raise_alarm();
    let worker = worker(&bus, service).start().await.unwrap();
    // Longer than a publish may take, three times.
    tokio::time::sleep(Duration::from_secs(35)).await;
    assert_eq!(attempts.load(Ordering::SeqCst), 2, "both have failed once");
    broker.clear_alarm();
    all_come(&mut entered, 2..=3).await;
    broker.wait_until_empty(&[], PATIENCE);
    worker.stop().await;
    assert_eq!(attempts.load(Ordering::SeqCst), 4, "each came back once");
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_loss_11_a_lost_connection_ends_the_worker_and_a_cancelled_consumer_is_a_zombie() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (service, mut entered) =
        ledger(|message, cx| async move { Ok(cx.publish(&Entered { line: message.line })?) });
    let worker = worker(&bus, service).start().await.unwrap();
    let health = worker.health();
    let ways: [(&str, &dyn Fn()); 3] = [
        ("close", &|| broker.close_all_connections()),
        ("cancel", &|| {
            // The one of the task, which must reach a queue. An event that finds its queue deleted reaches nobody, and nobody is told.
            broker.ctl(&["delete_queue", "ledger.enter"]);
        }),
        ("kill", &|| {
            broker.flush();
            broker.kill();
            broker.restart();
        }),
    ];
    for (line, (way, attack)) in (1..).zip(ways) {
        attack();
        let options = PublishOptions::new().deadline(PATIENCE);
        let begun = Instant::now();
        while let Err(error) = bus.publish_with(&Enter { line }, options.clone()).await {
            assert!(begun.elapsed() < PATIENCE, "{way}: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        all_come(&mut entered, line..=line).await;
        assert!(health.is_live(), "{way}");
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_loss_12_a_missing_queue_ends_the_worker_as_if_all_were_well() {
    let broker = Broker::start();
    let verifying = |url: String| async move {
        let bus = Bus::builder(&url).topology(TopologyMode::Verify);
        bus.connect().await.unwrap()
    };
    // Without its queue, a worker that may not create it does not start.
    let bus = verifying(broker.url()).await;
    let (service, _) = ledger(|_, _| async { Ok(()) });
    let error = worker(&bus, service)
        .run_until(std::future::pending())
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`ledger.enter`") && text.contains("does not exist"),
        "{text}"
    );
    // Where it is deleted later, the worker says so and waits for it; it does not end.
    let declaring = Bus::connect(&broker.url()).await.unwrap();
    let (service, _) = ledger(|_, _| async { Ok(()) });
    let declared = worker(&declaring, service).start().await.unwrap();
    declared.stop().await;
    let (service, mut entered) =
        ledger(|message, cx| async move { Ok(cx.publish(&Entered { line: message.line })?) });
    let running = worker(&bus, service).start().await.unwrap();
    let health = running.health();
    broker.ctl(&["delete_queue", "ledger.enter"]);
    let begun = Instant::now();
    while health.is_ready() {
        assert!(begun.elapsed() < PATIENCE, "health stays green");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(health.is_live(), "it has not ended");
    let (service, _) = ledger(|_, _| async { Ok(()) });
    let declared = worker(&declaring, service).start().await.unwrap();
    declared.stop().await;
    Enter { line: 1 }.publish(&declaring).await.unwrap();
    all_come(&mut entered, 1..=1).await;
    running.stop().await;
}
