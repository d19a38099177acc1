//! Who declares: the modes `verify` and `off` create nothing, and say what is missing and what to do. RabbitMQ only.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use urutu::{Bus, ConsumerState, Message, PublishErrorKind, TopologyMode, Worker, WorkerError};
use urutu_test_broker::Broker;

use crate::service::{Capture, Captured, Seen, builder};

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

async fn bus(url: &str, mode: TopologyMode) -> Bus {
    let builder = Bus::builder(url).topology(mode).connection_name("test");
    builder.connect().await.unwrap()
}

#[track_caller]
fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

/// The queues and exchanges of a vhost that are not the broker's own.
fn objects(broker: &Broker, vhost: &str) -> Vec<String> {
    let list = |what: &str| broker.ctl(&[what, "--vhost", vhost, "--no-table-headers", "name"]);
    let text = list("list_queues") + &list("list_exchanges");
    text.lines()
        .filter(|name| !name.is_empty() && !name.starts_with("amq."))
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_topology_modes() {
    let broker = Broker::start();
    let (empty, shop) = (broker.url_for_vhost("empty"), broker.url_for_vhost("shop"));
    nothing_is_created_and_what_is_missing_is_named(&empty).await;
    assert_eq!(objects(&broker, "empty"), [""; 0]);
    what_exists_otherwise_is_named(&broker).await;

    // Somebody declares everything, delays included.
    let declaring = bus(&shop, TopologyMode::Declare).await;
    works(&declaring).await;
    let declared = objects(&broker, "shop");
    for mode in [TopologyMode::Verify, TopologyMode::Off] {
        works(&bus(&shop, mode).await).await;
    }
    assert_eq!(objects(&broker, "shop"), declared);
    a_deleted_queue_is_awaited(&broker, &shop, &declaring).await;
    a_copy_without_its_queue_is_an_error_of_the_handler(&broker, &shop).await;
}

async fn nothing_is_created_and_what_is_missing_is_named(url: &str) {
    let verifying = bus(url, TopologyMode::Verify).await;
    let (worker, _) = builder(&verifying, |delivery| async { Ok(delivery.ack().await?) });
    let error = worker.start().await.unwrap_err();
    assert!(matches!(error, WorkerError::Topology(_)), "{error:?}");
    holds(
        &error.to_string(),
        &[
            "the exchange `shop` does not exist",
            "the queue `billing.capture` does not exist",
            "the queue `billing.captured.dead` does not exist",
            "nothing is declared here (topology mode `verify`): create it with `urutu topology apply`",
        ],
    );

    let off = bus(url, TopologyMode::Off).await;
    let (worker, _) = builder(&off, |delivery| async { Ok(delivery.ack().await?) });
    let error = worker.start().await.unwrap_err();
    holds(
        &error.to_string(),
        &[
            "the queue `billing.capture` does not exist",
            "nothing is declared here (topology is off): create it with `urutu topology apply`",
        ],
    );

    for (bus, mode) in [(verifying, "mode `verify`"), (off, "topology is off")] {
        let error = Captured { order: 1 }.publish(&bus).await.unwrap_err();
        assert!(matches!(error.kind(), PublishErrorKind::Exchange(_)));
        holds(
            &error.to_string(),
            &[
                "the exchange `shop` does not exist",
                mode,
                "`urutu topology apply`",
            ],
        );
        let day = Duration::from_secs(86_400);
        let error = Captured { order: 1 }.publish_after(&bus, day).await;
        let error = error.unwrap_err();
        assert!(
            matches!(error.kind(), PublishErrorKind::Delay(_)),
            "{error}"
        );
        holds(
            &error.to_string(),
            &[mode, "`urutu topology apply`", "--later"],
        );
        let dead = bus.dead_letters("billing.capture").await.unwrap_err();
        holds(&dead.to_string(), &[mode]);
    }
}

/// By a URL, as most workers connect.
async fn what_exists_otherwise_is_named(broker: &Broker) {
    let url = broker.url_for_vhost("otherwise");
    broker.ctl(&[
        "eval",
        "{new, _} = rabbit_amqqueue:declare(rabbit_misc:r(<<\"otherwise\">>, queue, <<\"billing.capture\">>), \
         true, false, [{<<\"x-max-length\">>, long, 10}], none, <<\"guest\">>).",
    ]);
    let (worker, _) = builder(&Bus::in_memory(), |delivery| async {
        Ok(delivery.ack().await?)
    });
    for mode in [TopologyMode::Verify, TopologyMode::Declare] {
        let (worker, _) = builder(&Bus::in_memory(), |delivery| async {
            Ok(delivery.ack().await?)
        });
        let error = worker.broker_url(&url).topology(mode).start().await;
        holds(
            &error.unwrap_err().to_string(),
            &[
                "the queue `billing.capture` exists with other properties: ",
                "`x-max-length` is 10 on the broker and not set in the contract",
                "`x-dead-letter-exchange` is not set on the broker and empty in the contract",
                "`x-queue-type` is not set on the broker and `quorum` in the contract",
                "delete_queue billing.capture",
            ],
        );
    }
    // A bus that is handed in has a mode of its own.
    worker
        .topology(TopologyMode::Verify)
        .start()
        .await
        .expect("in memory, everything is declared")
        .stop()
        .await;
}

/// Handles a message in its second attempt, after a delay.
async fn works(bus: &Bus) {
    let (worker, mut seen) = builder(bus, |delivery| async {
        Ok(match delivery.context().attempt() {
            1 => delivery.retry_later(Duration::from_millis(200)).await?,
            _ => delivery.ack().await?,
        })
    });
    let worker = worker.start().await.unwrap();
    Capture { order: 7 }.publish(bus).await.unwrap();
    for attempt in 1..=2 {
        let next = timeout(PATIENCE, seen.recv()).await.expect("an attempt");
        assert_eq!(next, Some(Seen::Capture { order: 7, attempt }));
    }
    worker.stop().await;
}

async fn a_deleted_queue_is_awaited(broker: &Broker, url: &str, declaring: &Bus) {
    let (worker, mut seen) = builder(&bus(url, TopologyMode::Verify).await, |delivery| async {
        Ok(delivery.ack().await?)
    });
    let worker = worker.start().await.unwrap();
    broker.ctl(&["delete_queue", "--vhost", "shop", "billing.capture"]);
    let health = worker.health();
    let told = async {
        loop {
            let report = health.report();
            let lost = report.consumers.iter().find_map(|one| match &one.state {
                ConsumerState::Recovering(trouble) => Some(trouble.error.clone()),
                _ => None,
            });
            match lost {
                Some(error) if error.contains("topology mode `verify`") => return error,
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let error = timeout(PATIENCE, told).await.expect("health is red");
    holds(&error, &["the queue `billing.capture` does not exist"]);
    let names = objects(broker, "shop");
    assert!(!names.contains(&"billing.capture".to_owned()), "{names:?}");

    // As soon as somebody creates it, it is consumed.
    let (other, _) = builder(declaring, |delivery| async { Ok(delivery.ack().await?) });
    other.start().await.unwrap().stop().await;
    Capture { order: 9 }.publish(declaring).await.unwrap();
    let next = timeout(PATIENCE, seen.recv()).await.expect("it comes back");
    assert_eq!(
        next,
        Some(Seen::Capture {
            order: 9,
            attempt: 1
        })
    );
    worker.stop().await;
}

async fn a_copy_without_its_queue_is_an_error_of_the_handler(broker: &Broker, url: &str) {
    let off = bus(url, TopologyMode::Off).await;
    broker.ctl(&[
        "eval",
        "rabbit_exchange:delete(rabbit_misc:r(<<\"shop\">>, exchange, <<\"urutu.delay.entry\">>), false, <<\"guest\">>).",
    ]);
    broker.ctl(&["delete_queue", "--vhost", "shop", "billing.capture.dead"]);
    let (errors, mut told) = mpsc::unbounded_channel();
    let (worker, _) = builder(&off, move |delivery| {
        let errors = errors.clone();
        async move {
            let settled = match delivery.message().order {
                11 => delivery.retry_later(Duration::from_millis(200)).await,
                _ => delivery.reject("no").await,
            };
            if let Err(error) = &settled {
                let _ = errors.send(error.to_string());
            }
            Ok(settled?)
        }
    });
    let worker = worker.start().await.unwrap();
    for (order, what) in [
        (11, "`urutu.delay.*`"),
        (12, "the queue `billing.capture.dead` does not exist"),
    ] {
        Capture { order }.publish(&off).await.unwrap();
        let error = timeout(PATIENCE, told.recv()).await.expect("an error");
        let error = error.unwrap();
        holds(&error, &[what, "topology is off", "`urutu topology apply`"]);
    }
    worker.stop().await;

    // The messages were held, and come back to a worker that declares.
    let declaring = bus(url, TopologyMode::Declare).await;
    let (worker, mut seen) = builder(&declaring, |delivery| async { Ok(delivery.ack().await?) });
    let worker = worker.start().await.unwrap();
    let mut missing = BTreeSet::from([11, 12]);
    while !missing.is_empty() {
        match timeout(PATIENCE, seen.recv()).await.expect("none is lost") {
            Some(Seen::Capture { order, .. }) => missing.remove(&order),
            other => panic!("{other:?}"),
        };
    }
    worker.stop().await;
}

#[test]
fn the_builder_of_a_bus_does_not_show_the_password() {
    let shown = format!("{:?}", Bus::builder("amqp://me:s3cret@rabbit"));
    assert!(
        shown.contains("Declare") && !shown.contains("s3cret"),
        "{shown}"
    );
    let shown = format!(
        "{:?}",
        Worker::builder().broker_url("amqp://me:s3cret@rabbit")
    );
    assert!(!shown.contains("s3cret"), "{shown}");
}
