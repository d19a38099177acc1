//! The whole suite at once, on threads and in real time: on RabbitMQ, and on the in-memory broker.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use urutu_test_broker::Broker;

use super::bench::Bench;
use super::{
    closing, dead_letters, deliveries, expiry, limits, load, pulling, routing, settlement,
    single_active, topology,
};
use crate::spec::QueueKind;
use crate::transport::memory::MemoryTransport;

/// How many properties run at a time: enough to fill the waits for time to pass.
const AT_A_TIME: usize = 8;

/// Tries all properties on one broker, and says which do not hold. Each has names of its own there.
async fn failures(bench: impl Fn(QueueKind) -> Bench) -> Vec<String> {
    let groups = [
        routing::PROPERTIES,
        topology::PROPERTIES,
        deliveries::PROPERTIES,
        single_active::PROPERTIES,
        settlement::PROPERTIES,
        dead_letters::PROPERTIES,
        expiry::PROPERTIES,
        limits::PROPERTIES,
        load::PROPERTIES,
        pulling::PROPERTIES,
        closing::PROPERTIES,
    ];
    let slots = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = JoinSet::new();
    for property in groups.into_iter().flatten() {
        for kind in [QueueKind::Quorum, QueueKind::Classic] {
            let (bench, slots) = (bench(kind), Arc::clone(&slots));
            running.spawn(async move {
                let _slot = slots
                    .acquire_owned()
                    .await
                    .expect("the semaphore stays open");
                let outcome = tokio::spawn((property.holds)(bench)).await;
                outcome
                    .err()
                    .map(|error| format!("{} ({kind:?}): {error}", property.name))
            });
        }
    }
    running.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_property_holds_on_broker_amqp() {
    let broker = Broker::start();
    let failures = failures(|kind| Bench::on_rabbitmq(&broker, kind)).await;
    assert!(failures.is_empty(), "RabbitMQ: {failures:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_property_holds_in_memory() {
    let transport = MemoryTransport::new();
    let failures = failures(|kind| Bench::on(&transport, kind)).await;
    assert!(failures.is_empty(), "in memory: {failures:#?}");
}
