//! A broker that is short of memory or disk takes nothing from publishers. They are told in time, and what is in the queues is handled on.

use std::sync::Arc;

use urutu::{Bus, Message, PublishErrorKind, Worker};
use urutu_faults::bus::faults::Finished;
use urutu_faults::{Account, Load, Scale, service_audit};
use urutu_test_broker::Broker;

fn set_disk_free_limit(broker: &Broker, limit: &str) {
    broker.ctl(&["set_disk_free_limit", limit]);
}

async fn raise_and_clear(name: &str, raise: fn(&Broker), clear: fn(&Broker)) {
    let broker = Arc::new(Broker::start());
    let load = Load::start(name, &broker.url()).await;
    load.warm().await;
    for _ in 0..Scale::of_this_run().rounds() {
        let told = load.account().failures("Blocked");
        on_thread(&broker, raise).await;
        load.until("publishers to be told by their deadline", || {
            load.account().failures("Blocked") > told
        })
        .await;
        let broker = Arc::clone(&broker);
        load.fault("alarm", move || clear(&broker)).await;
    }
    load.finish().await;
}

async fn on_thread(broker: &Arc<Broker>, does: fn(&Broker)) {
    let broker = Arc::clone(broker);
    tokio::task::spawn_blocking(move || does(&broker))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn short_of_memory_under_load() {
    let (raise, clear) = (Broker::raise_alarm, Broker::clear_alarm);
    raise_and_clear("short_of_memory_under_load", raise, clear).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn short_of_disk_under_load() {
    let raise = |broker: &Broker| set_disk_free_limit(broker, "1000000GB");
    let clear = |broker: &Broker| set_disk_free_limit(broker, "1MB");
    raise_and_clear("short_of_disk_under_load", raise, clear).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consumers_empty_their_queues_while_publishers_are_blocked() {
    let broker = Arc::new(Broker::start());
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let account = Arc::new(Account::default());
    let worker = || {
        let audit = service_audit(Arc::clone(&account));
        Worker::builder().broker_url(broker.url()).service(audit)
    };
    // Its queue stays.
    worker().start().await.unwrap().stop().await;
    let mut batch = bus.batch();
    for _ in 0..1_000 {
        let number = account.next_number();
        account.publishing(number);
        batch.add(&Finished::new(number)).unwrap();
    }
    batch.publish().await.unwrap();
    on_thread(&broker, Broker::raise_alarm).await;
    // The broker blocks a connection when it publishes for the first time after the alarm.
    let error = Finished::new(0).publish(&bus).await.unwrap_err();
    assert!(
        matches!(error.kind(), PublishErrorKind::Blocked(_)),
        "{error}"
    );
    let running = worker().start().await.unwrap();
    let mut noted = account.subscribe();
    while (0..1_000).any(|number| !account.is_audited(number)) {
        let noted = noted.changed();
        tokio::time::timeout(urutu_faults::PATIENCE, noted)
            .await
            .expect("the queue is emptied")
            .unwrap();
    }
    let error = Finished::new(0).publish(&bus).await.unwrap_err();
    assert!(
        matches!(error.kind(), PublishErrorKind::Blocked(_)),
        "{error}"
    );
    running.stop().await;
    on_thread(&broker, Broker::clear_alarm).await;
}
