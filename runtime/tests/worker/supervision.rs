//! No consumer dies in silence: whatever the broker takes away, the worker has again. RabbitMQ only.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lapin::options::BasicConsumeOptions;
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use tokio::time::{Instant, timeout};
use urutu::{Bus, ConsumerState, Message, OnDisconnect, PublishOptions, WorkerError};
use urutu_test_broker::Broker;

use crate::service::{Capture, Seen, builder, start};
use crate::shared;

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Publishes until the broker has stored and routed it; while it is away, that is an error each time.
async fn publish(bus: &Bus, order: u32) {
    let begun = Instant::now();
    while let Err(error) = (Capture { order }).publish(bus).await {
        assert!(begun.elapsed() < PATIENCE, "{error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_worker_survives_closed_connections_a_deleted_queue_and_a_killed_broker() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (worker, mut seen) = start(&bus, |delivery| async move { Ok(delivery.ack().await?) }).await;
    let mut handled = async |expected: u32| {
        // A message may come twice where the broker did not hear of its settlement.
        loop {
            match timeout(PATIENCE, seen.recv())
                .await
                .expect("the worker consumes again")
            {
                Some(Seen::Capture { order, .. }) if order == expected => return,
                Some(Seen::Capture { order, .. }) if order < expected => (),
                other => panic!("{other:?}"),
            }
        }
    };
    publish(&bus, 1).await;
    handled(1).await;

    broker.close_all_connections();
    publish(&bus, 2).await;
    handled(2).await;

    broker.ctl(&["delete_queue", "billing.capture"]);
    publish(&bus, 3).await;
    handled(3).await;

    broker.flush();
    broker.kill();
    let away = PublishOptions::new().on_disconnect(OnDisconnect::Fail);
    let away = bus.publish_with(&Capture { order: 4 }, away).await;
    let away = away.unwrap_err();
    assert!(away.to_string().contains("shop.Capture"), "{away}");
    broker.restart();
    publish(&bus, 5).await;
    handled(5).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_worker_gives_up_only_where_it_was_asked_to() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (patient, _) = builder(&bus, |delivery| async move { Ok(delivery.ack().await?) });
    let patient = patient.start().await.unwrap();
    let (started, _) = builder(&bus, |delivery| async move { Ok(delivery.ack().await?) });
    let started = started.give_up_after(1).start().await.unwrap();
    let url = broker.url();
    let (asked, _) = builder(&bus, |delivery| async move { Ok(delivery.ack().await?) });
    let asked = asked.broker_url(url).give_up_after(3);
    let health = asked.health();
    let ended = tokio::spawn(asked.run_until(std::future::pending()));
    while !health.is_ready() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    broker.kill();
    let ended = timeout(PATIENCE, ended)
        .await
        .expect("it gives up")
        .unwrap();
    let error = ended.expect_err("a worker that gives up has not succeeded");
    for word in ["billing.capture", "3 attempts", "127.0.0.1"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    assert!(matches!(error, WorkerError::GaveUp { attempts: 3, .. }));
    assert!(!health.is_live(), "it has ended");
    // Whoever runs a worker by hand is told, and so is whoever looks at its health.
    let error = timeout(PATIENCE, started.gave_up()).await.unwrap();
    assert!(matches!(error, WorkerError::GaveUp { attempts: 1, .. }));
    assert!(!started.health().is_live());
    started.stop().await;
    assert!(patient.health().is_live() && !patient.health().is_ready());
    patient.stop().await;
}

/// Says when a handler has ended, however it does.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_loss_is_seen_while_every_handler_is_busy() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let running = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&running);
    let (worker, mut seen) = start(&bus, move |_delivery| {
        count.fetch_add(1, Ordering::SeqCst);
        let running = Running(Arc::clone(&count));
        async move {
            let _running = running;
            // Until its timeout.
            std::future::pending().await
        }
    })
    .await;
    let health = worker.health();
    // As many as run at a time: nothing more is taken from the subscription.
    for order in 1..=4 {
        Capture { order }.publish(&bus).await.unwrap();
    }
    for _ in 1..=4 {
        seen.recv().await.unwrap();
    }
    broker.kill();
    let begun = Instant::now();
    let consumes = || {
        let consumers = health.report().consumers.into_iter();
        consumers
            .filter(|consumer| consumer.queue == "billing.capture")
            .any(|consumer| consumer.state == ConsumerState::Consuming)
    };
    while consumes() {
        assert!(begun.elapsed() < PATIENCE, "its health stays green");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(running.load(Ordering::SeqCst), 4, "none has ended yet");
    drop(worker);
}

/// What one of its services would have begun is not begun where another one cannot: its topology is refused, or its subscription.
#[tokio::test(flavor = "multi_thread")]
async fn broker_worker_that_cannot_start_handles_nothing() {
    const ORDERS: u32 = 20;
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let acks = || builder(&bus, |delivery| async move { Ok(delivery.ack().await?) });
    acks().0.start().await.unwrap().stop().await;
    for order in 1..=ORDERS {
        publish(&bus, order).await;
    }
    let refused = async |why: &str| {
        let (worker, mut seen) = acks();
        let error = worker.service(shared::desk()).start().await.unwrap_err();
        assert!(matches!(error, WorkerError::Topology(_)), "{error}");
        assert!(error.to_string().contains(why), "{error}");
        // Until its handlers are gone.
        assert_eq!(seen.recv().await, None);
    };
    broker.ctl(&[
        "eval",
        "{new, _} = rabbit_amqqueue:declare(rabbit_misc:r(<<\"/\">>, queue, <<\"desk.captured\">>), true, false, [], none, <<\"guest\">>).",
    ]);
    refused("desk.captured").await;
    broker.ctl(&["delete_queue", "desk.captured"]);

    let (worker, mut seen) = acks();
    let worker = worker.start().await.unwrap();
    for order in 1..=ORDERS {
        let next = timeout(PATIENCE, seen.recv()).await.expect("it is there");
        // Nobody had it before.
        let first = matches!(next, Some(Seen::Capture { attempt: 1, .. }));
        assert!(first, "{order}: {next:?}");
    }
    worker.stop().await;

    // Somebody else has a queue for himself.
    shared::start(&bus).await.stop().await;
    for order in 1..=ORDERS {
        publish(&bus, order).await;
    }
    let url = broker.url();
    let other = Connection::connect(&url, ConnectionProperties::default());
    let other = other.await.unwrap();
    let channel = other.create_channel().await.unwrap();
    let alone = BasicConsumeOptions {
        exclusive: true,
        ..BasicConsumeOptions::default()
    };
    let consuming = channel.basic_consume(
        "desk.capture".into(),
        "".into(),
        alone,
        FieldTable::default(),
    );
    let _consumer = consuming.await.unwrap();
    refused("desk.capture").await;
}
