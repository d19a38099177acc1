//! Health: red while anything is down, and whenever the worker does not take messages.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use urutu::{Bus, ConnectionState, ConsumerState, Health, HealthReport, Message, WorkerPhase};
use urutu_test_broker::Broker;

use crate::service::{Capture, builder, start};

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

async fn report(health: &mut Health, condition: impl Fn(&HealthReport) -> bool) -> HealthReport {
    let reached = timeout(PATIENCE, health.wait_for(condition)).await;
    reached
        .unwrap_or_else(|elapsed| panic!("it does not happen, {elapsed}: {}", health.report()))
        .expect("the worker is there")
}

fn is_recovering(state: &ConsumerState) -> bool {
    matches!(state, ConsumerState::Recovering(_))
}

fn error(report: &HealthReport, queue: &str) -> String {
    let consumer = report.consumers.iter().find(|one| one.queue == queue);
    match consumer.map(|consumer| &consumer.state) {
        Some(ConsumerState::Recovering(trouble)) => trouble.error.clone(),
        _ => panic!("`{queue}` is not down: {report}"),
    }
}

pub(crate) async fn health_tells_of_the_start_the_drain_and_the_end(bus: Bus) {
    let release = Arc::new(Notify::new());
    let released = Arc::clone(&release);
    let (worker, mut seen) = builder(&bus, move |delivery| {
        let released = Arc::clone(&released);
        async move {
            released.notified().await;
            Ok(delivery.ack().await?)
        }
    });
    let mut health = worker.health();
    let before = health.report();
    assert_eq!(before.phase, WorkerPhase::Starting);
    assert!(before.live && !before.ready, "{before}");

    let worker = worker.start().await.unwrap();
    let up = report(&mut health, |report| report.ready).await;
    let queues: Vec<_> = up.consumers.iter().map(|one| one.queue).collect();
    assert_eq!(queues, ["billing.capture", "billing.captured"]);
    assert!(worker.health().is_ready());

    Capture { order: 1 }.publish(&bus).await.unwrap();
    seen.recv().await.unwrap();
    let stopping = tokio::spawn(worker.stop());
    // What ends before its consumer drains is not part of the drain.
    let draining = report(&mut health, |report| {
        report.consumers[0].state == ConsumerState::Draining
    })
    .await;
    assert!(!draining.ready, "{draining}");
    assert_eq!(draining.phase, WorkerPhase::Draining);
    assert!(draining.live, "{draining}");
    release.notify_one();
    assert_eq!(stopping.await.unwrap().finished, 1);
    let stopped = report(&mut health, |report| !report.live).await;
    assert_eq!(stopped.phase, WorkerPhase::Stopped);
    assert!(
        stopped
            .consumers
            .iter()
            .all(|one| one.state == ConsumerState::Drained),
        "{stopped}"
    );
    assert_eq!(health.changed().await, None, "nothing changes any more");
}

pub(crate) async fn health_is_red_with_the_reason_when_the_connection_is_closed(bus: Bus) {
    let (worker, _seen) = start(&bus, |delivery| async move { Ok(delivery.ack().await?) }).await;
    let mut health = worker.health();
    report(&mut health, |report| report.ready).await;
    bus.close().await;
    let down = report(&mut health, |report| {
        report.consumers.iter().all(
            |one| matches!(&one.state, ConsumerState::Recovering(why) if why.error.contains("closed")),
        )
    })
    .await;
    assert!(down.live && !down.ready, "{down}");
    worker.stop().await;
}

pub(crate) async fn a_worker_that_does_not_start_is_not_live(bus: Bus) {
    let (worker, _seen) = builder(&bus, |_delivery| std::future::pending());
    let health = worker.health();
    worker.handlers(["nobody"]).start().await.unwrap_err();
    assert!(!health.is_live());
    assert_eq!(health.report().phase, WorkerPhase::Stopped);
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_health_is_red_while_a_queue_or_the_broker_is_away_and_green_again() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (worker, _seen) = start(&bus, |delivery| async move { Ok(delivery.ack().await?) }).await;
    let mut health = worker.health();
    report(&mut health, |report| report.ready).await;

    // It may not declare the queue again, so that it stays away.
    broker.ctl(&["set_permissions", "guest", "^$", ".*", ".*"]);
    broker.ctl(&["delete_queue", "billing.capture"]);
    let down = report(&mut health, |report| {
        is_recovering(&report.consumers[0].state)
            && error(report, "billing.capture").contains("ACCESS_REFUSED")
    })
    .await;
    assert!(down.live && !down.ready, "{down}");
    assert_eq!(down.consumers[1].state, ConsumerState::Consuming);
    assert_eq!(down.publishing, ConnectionState::Connected);
    broker.ctl(&["set_permissions", "guest", ".*", ".*", ".*"]);
    report(&mut health, |report| report.ready).await;

    broker.flush();
    broker.kill();
    let down = report(&mut health, |report| {
        let consumers = &report.consumers;
        matches!(report.publishing, ConnectionState::Recovering(_))
            && consumers.iter().all(|one| is_recovering(&one.state))
            && error(report, "billing.captured").contains("cannot connect")
    })
    .await;
    assert!(down.live && !down.ready, "{down}");
    assert!(error(&down, "billing.captured").contains(&broker.port().to_string()));
    broker.restart();
    // Nobody publishes: the worker itself sees to the connection for it.
    report(&mut health, |report| report.ready).await;
    worker.stop().await;
}
