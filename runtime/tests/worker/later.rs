//! What is published for later: held by the broker, and let out at its exchange with its topic.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep, timeout};
use urutu::codegen::{Checker, Validate};
use urutu::{Bus, Contract, Message, Permanent, PublishErrorKind, PublishOptions, Timestamp};
use urutu_test_broker::Broker;

use crate::late::assert_waited;
use crate::service::{Capture, Captured, Seen, start};

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

const TOO_LONG: Duration = Duration::from_secs(311 * 24 * 3_600);

const HASTE: Duration = Duration::from_secs(4);

/// The task of [`Capture`], which may not wait in a queue for longer than [`HASTE`].
#[derive(Debug, Serialize, Deserialize)]
struct Hasty {
    order: u32,
}

impl Validate for Hasty {
    fn check(&self, _: &mut Checker) {}
}

impl Message for Hasty {
    const CONTRACT: &'static Contract = &Contract {
        ttl: Some(HASTE),
        ..*Capture::CONTRACT
    };
}

async fn see(seen: &mut UnboundedReceiver<Seen>, expected: Seen) {
    let next = timeout(PATIENCE, seen.recv()).await;
    assert_eq!(next.expect("it comes out in the end"), Some(expected));
}

fn first(order: u32) -> Seen {
    Seen::Capture { order, attempt: 1 }
}

pub(crate) async fn a_message_for_later_comes_out_after_its_delay_at_its_exchange_with_its_topic(
    bus: Bus,
) {
    let (worker, mut seen) = start(&bus, |delivery| async move {
        let context = delivery.context();
        if (context.exchange(), context.topic()) != ("shop", "tasks.capture") {
            return Err(Permanent::new(format!("it came another way: {context:?}")).into());
        }
        assert!(context.message_id().is_some());
        assert_eq!(context.correlation_id(), context.message_id());
        Ok(delivery.ack().await?)
    })
    .await;
    let begun = Instant::now();
    // Long enough that the third is published before the first is due, on a busy machine, too.
    let delays = [(1, 5_300), (2, 6_500), (3, 300)];
    for (order, millis) in delays {
        let delay = Duration::from_millis(millis);
        Capture { order }.publish_after(&bus, delay).await.unwrap();
    }
    let time = Timestamp::now() + Duration::from_millis(1_900);
    Captured { order: 4 }.publish_at(&bus, time).await.unwrap();
    let mut came = Vec::new();
    for _ in 0..4 {
        let (order, delay) = match seen.recv().await {
            Some(Seen::Capture { order, attempt: 1 }) => {
                (order, delays[usize::try_from(order).unwrap() - 1].1)
            }
            // It is handled by itself: nothing caused it.
            Some(Seen::Captured {
                order,
                correlated: false,
            }) => (order, 1_900),
            other => panic!("{other:?}"),
        };
        // The times of day are a little off the clock of the test.
        let waited = begun.elapsed() + Duration::from_millis(5);
        assert_waited(waited, Duration::from_millis(delay));
        came.push(order);
    }
    assert_eq!(came[0], 3, "a short delay never waits behind a long one");
    worker.stop().await;
    assert!(seen.try_recv().is_err(), "none came twice");
}

pub(crate) async fn what_is_due_is_published_at_once_and_too_long_a_delay_is_an_error(bus: Bus) {
    let task = Capture { order: 1 };
    // Only what is published at once is known to reach nobody.
    for unroutable in [
        task.publish_after(&bus, Duration::ZERO).await,
        task.publish_at(&bus, Timestamp::UNIX_EPOCH).await,
    ] {
        let error = unroutable.unwrap_err();
        assert!(
            matches!(error.kind(), PublishErrorKind::Unroutable),
            "{error}"
        );
    }
    for too_long in [
        task.publish_after(&bus, TOO_LONG).await,
        task.publish_after(&bus, Duration::MAX).await,
        task.publish_at(&bus, Timestamp::MAX).await,
    ] {
        let error = too_long.unwrap_err();
        assert!(
            matches!(error.kind(), PublishErrorKind::DelayTooLong(_)),
            "{error}"
        );
        assert!(error.to_string().contains("310 days"), "{error}");
        assert!(!error.may_be_stored());
    }
}

pub(crate) async fn what_is_staged_for_later_begins_to_wait_when_its_handler_succeeds(bus: Bus) {
    let delay = Duration::from_millis(500);
    let (worker, mut seen) = start(&bus, move |delivery| async move {
        let (order, context) = (delivery.message().order, delivery.context());
        let error = context
            .publish_after(&Captured { order }, TOO_LONG)
            .unwrap_err();
        assert!(matches!(error.kind(), PublishErrorKind::DelayTooLong(_)));
        context.publish_after(&Captured { order }, delay)?;
        if order == 1 {
            return Err(Permanent::new("what it staged is dropped").into());
        }
        Ok(delivery.ack().await?)
    })
    .await;
    let mut begun = Instant::now();
    for order in [1, 2] {
        begun = Instant::now();
        Capture { order }.publish(&bus).await.unwrap();
        see(&mut seen, first(order)).await;
    }
    let expected = Seen::Captured {
        order: 2,
        correlated: true,
    };
    see(&mut seen, expected).await;
    assert_waited(begun.elapsed(), delay);
    sleep(delay).await;
    worker.stop().await;
    assert!(seen.try_recv().is_err(), "a failed handler sends nothing");
}

/// A task that comes out before its queue exists, and an event that nobody listens to.
async fn what_finds_no_queue_waits_where_it_must_reach_one(bus: Bus, all_are_out: impl AsyncFn()) {
    let delay = Duration::from_millis(200);
    let event = |order| Captured { order };
    event(1).publish_after(&bus, delay).await.unwrap();
    Capture { order: 2 }
        .publish_after(&bus, delay)
        .await
        .unwrap();
    let mandatory = PublishOptions::new().mandatory().after(delay);
    bus.publish_with(&event(3), mandatory).await.unwrap();
    all_are_out().await;
    let (worker, mut seen) = start(&bus, |delivery| async move { Ok(delivery.ack().await?) }).await;
    let mut came = Vec::new();
    for _ in 0..2 {
        match timeout(PATIENCE, seen.recv()).await.expect("it waits") {
            Some(Seen::Capture { order, .. } | Seen::Captured { order, .. }) => came.push(order),
            None => panic!("the worker is gone"),
        }
    }
    came.sort_unstable();
    assert_eq!(came, [2, 3]);
    // Nobody is behind those that waited.
    event(4).publish_after(&bus, delay).await.unwrap();
    let expected = Seen::Captured {
        order: 4,
        correlated: false,
    };
    see(&mut seen, expected).await;
    worker.stop().await;
    assert!(seen.try_recv().is_err(), "none came twice");
}

#[tokio::test(start_paused = true)]
async fn what_finds_no_queue_waits_where_it_must_reach_one_in_memory() {
    let all_are_out = async || sleep(Duration::from_secs(2)).await;
    what_finds_no_queue_waits_where_it_must_reach_one(Bus::in_memory(), all_are_out).await;
}

/// The time to live of a message is told by the clock of the day, which does not pause.
async fn the_time_to_live_begins_when_the_delay_ends(bus: Bus) {
    let (worker, mut seen) = start(&bus, |delivery| async move { Ok(delivery.ack().await?) }).await;
    let delay = HASTE + Duration::from_millis(100);
    Hasty { order: 1 }.publish_after(&bus, delay).await.unwrap();
    see(&mut seen, first(1)).await;
    worker.stop().await;

    let delay = Duration::from_millis(100);
    Hasty { order: 2 }.publish_after(&bus, delay).await.unwrap();
    sleep(delay + HASTE + Duration::from_millis(100)).await;
    let (worker, mut seen) = start(&bus, |delivery| async move { Ok(delivery.ack().await?) }).await;
    let mut letters = bus.dead_letters("billing.capture").await.unwrap();
    let letter = timeout(PATIENCE, letters.next()).await;
    let letter = letter.expect("it is a dead letter").unwrap();
    assert_eq!(letter.reason(), "expired");
    assert_eq!(letter.body(), b"{\"order\":2}");
    assert_eq!(letter.queue(), Some("billing.capture"));
    worker.stop().await;
    assert!(seen.try_recv().is_err(), "no handler saw it");
}

#[tokio::test]
async fn the_time_to_live_begins_when_the_delay_ends_in_memory() {
    the_time_to_live_begins_when_the_delay_ends(Bus::in_memory()).await;
}

/// Waits until the messages in a vhost are `count`, and all of them at their outlets.
async fn rest_at_outlets(broker: &Arc<Broker>, vhost: &'static str, count: u64) {
    /// What the broker says of a queue may be five seconds old.
    const OLD: Duration = Duration::from_secs(6);
    let begun = Instant::now();
    let mut since = None;
    while since.is_none_or(|since: Instant| since.elapsed() < OLD) {
        let broker = Arc::clone(broker);
        let listing = tokio::task::spawn_blocking(move || broker.queues_in(vhost));
        let queues = listing.await.unwrap();
        assert!(begun.elapsed() < PATIENCE, "{queues:?}");
        let mut held = queues.iter().filter(|queue| queue.messages > 0);
        let rest = held.all(|queue| queue.name.starts_with("urutu.due."))
            && queues.iter().map(|queue| queue.messages).sum::<u64>() == count;
        since = rest.then(|| since.unwrap_or_else(Instant::now));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_holds_what_is_published_for_later() {
    let broker = Arc::new(Broker::start());
    broker.forward_again_after(Duration::from_secs(1));
    let (no_queue, ttl) = (broker.url_for_vhost("queue"), broker.url_for_vhost("ttl"));
    let no_queue = Bus::connect(&no_queue).await.unwrap();
    let ttl = Bus::connect(&ttl).await.unwrap();
    let all_are_out = async || rest_at_outlets(&broker, "queue", 2).await;
    tokio::join!(
        what_finds_no_queue_waits_where_it_must_reach_one(no_queue, all_are_out),
        the_time_to_live_begins_when_the_delay_ends(ttl),
    );
    rest_at_outlets(&broker, "queue", 0).await;

    let bus = Bus::connect(&broker.url()).await.unwrap();
    let delay = Duration::from_secs(12);
    let begun = Instant::now();
    for order in [1, 2, 3] {
        Capture { order }.publish_after(&bus, delay).await.unwrap();
    }
    broker.flush();
    broker.kill();
    broker.restart();
    let (worker, mut seen) = loop {
        // The bus connects again by itself, at the first use that finds the broker.
        if (Captured { order: 0 }).publish(&bus).await.is_ok() {
            break start(&bus, |delivery| async move { Ok(delivery.ack().await?) }).await;
        }
        assert!(begun.elapsed() < PATIENCE, "the broker is back");
        sleep(Duration::from_millis(100)).await;
    };
    let mut came = Vec::new();
    while came.len() < 3 {
        match timeout(PATIENCE, seen.recv()).await.expect("it is kept") {
            Some(Seen::Capture { order, .. }) if came.contains(&order) => (),
            Some(Seen::Capture { order, .. }) => came.push(order),
            other => panic!("{other:?}"),
        }
    }
    assert!(begun.elapsed() >= delay, "{:?}", begun.elapsed());
    worker.stop().await;
}
