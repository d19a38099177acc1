//! Batches: checked before anything is sent, in order, an outcome for each message.

use std::time::Duration;

use urutu::{Bus, PublishErrorKind, PublishOptions};
use urutu_test_broker::Broker;

use crate::messages::{Count, Counted, start};

/// More than may wait for their confirms at a time.
const MANY: u32 = 5_000;

async fn arrives_whole_and_in_order(bus: &Bus) {
    let (worker, mut seen) = start(bus).await;
    let mut batch = bus.batch();
    for number in 1..=MANY {
        batch.add(&Count { number }).unwrap();
    }
    assert_eq!(batch.len(), MANY as usize);
    let receipts = batch.publish().await.unwrap();
    let ids: std::collections::BTreeSet<_> = receipts.iter().map(|r| r.message_id).collect();
    assert_eq!(
        ids.len(),
        MANY as usize,
        "each message has an id of its own"
    );
    for number in 1..=MANY {
        assert_eq!(seen.recv().await, Some(number));
    }
    worker.stop().await;
}

async fn sends_nothing_of_what_breaks_its_contract(bus: &Bus) {
    let mut batch = bus.batch();
    let error = batch.add(&Count { number: 0 }).unwrap_err();
    assert!(
        matches!(error.kind(), PublishErrorKind::Invalid(_)),
        "{error}"
    );
    let options = PublishOptions::new().after(Duration::MAX);
    let error = batch.add_with(&Count { number: 1 }, options).unwrap_err();
    assert!(
        matches!(error.kind(), PublishErrorKind::DelayTooLong(_)),
        "{error}"
    );
    assert!(batch.is_empty());
    assert_eq!(batch.publish().await.unwrap(), []);
}

async fn tells_of_each_message(bus: &Bus) {
    // No queue takes the tasks; an event needs none.
    let mut batch = bus.batch();
    batch
        .add(&Count { number: 1 })
        .and_then(|batch| batch.add(&Counted { number: 2 }))
        .and_then(|batch| batch.add(&Count { number: 3 }))
        .unwrap();
    let error = batch.publish().await.unwrap_err();
    let failures: Vec<_> = error
        .failures()
        .map(|(place, error)| (place, matches!(error.kind(), PublishErrorKind::Unroutable)))
        .collect();
    assert_eq!(failures, [(0, true), (2, true)]);
    assert!(error.outcomes()[1].is_ok());
    let text = error.to_string();
    assert!(
        text.starts_with("2 of 3 messages were not published; the first, at place 0: abacus.Count"),
        "{text}"
    );
    assert_eq!(error.into_outcomes().len(), 3);
}

#[tokio::test]
async fn a_batch_arrives_whole_and_in_order() {
    arrives_whole_and_in_order(&Bus::in_memory()).await;
}

#[tokio::test]
async fn a_batch_sends_nothing_of_what_breaks_its_contract() {
    sends_nothing_of_what_breaks_its_contract(&Bus::in_memory()).await;
}

#[tokio::test]
async fn a_batch_tells_of_each_message() {
    tells_of_each_message(&Bus::in_memory()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_keeps_the_promises_of_a_batch() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    tells_of_each_message(&bus).await;
    sends_nothing_of_what_breaks_its_contract(&bus).await;
    arrives_whole_and_in_order(&bus).await;
}
