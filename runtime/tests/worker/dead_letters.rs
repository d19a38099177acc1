//! Reading, replaying and purging dead letters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc;
use urutu::codegen::{Checker, Validate};
use urutu::{
    Bus, Contract, DeadLetter, DeadLetterFilter, DeadLetterProgress, DeadLetterSweep, Message,
    RunningWorker,
};
use urutu_test_broker::Broker;

use crate::service::{Capture, Captured, Seen, start};
use crate::shared;

const QUEUE: &str = "billing.capture";
const HOUR: Duration = Duration::from_secs(3_600);

/// A `shop.Capture` that nobody may wait for.
#[derive(Serialize)]
struct Hasty {
    order: u32,
}

impl Validate for Hasty {
    fn check(&self, _: &mut Checker) {}
}

impl Message for Hasty {
    const CONTRACT: &'static Contract = &Contract {
        ttl: Some(Duration::from_millis(200)),
        priority: Some(3),
        ..*Capture::CONTRACT
    };
}

/// Has so many orders rejected, the even ones as stolen, which leaves as many dead letters in the order of their numbers.
async fn reject_orders(bus: &Bus, count: u32) {
    let (worker, mut seen) = start(bus, |delivery| async move {
        let order = delivery.message().order;
        if order % 2 == 0 {
            return Err(urutu::Permanent::new("stolen").into());
        }
        Ok(delivery.reject("card refused").await?)
    })
    .await;
    for order in 1..=count {
        Capture { order }.publish(bus).await.unwrap();
        assert_eq!(seen.recv().await, Some(Seen::Capture { order, attempt: 1 }));
    }
    worker.stop().await;
}

async fn accepting(bus: &Bus) -> (RunningWorker, mpsc::UnboundedReceiver<Seen>) {
    start(bus, |delivery| async move { Ok(delivery.ack().await?) }).await
}

fn order(letter: &DeadLetter) -> u64 {
    let body: serde_json::Value = serde_json::from_slice(letter.body()).unwrap();
    body["order"].as_u64().unwrap()
}

/// The orders in the dead-letter queue that a filter means.
async fn orders(bus: &Bus, filter: DeadLetterFilter) -> Vec<u64> {
    let mut reading = bus.dead_letter_queue(QUEUE).read(filter).await.unwrap();
    let mut orders = Vec::new();
    while let Some(letter) = reading.next().await.unwrap() {
        orders.push(order(&letter));
    }
    reading.close().await;
    orders.sort_unstable();
    orders
}

fn all() -> DeadLetterFilter {
    DeadLetterFilter::new()
}

pub(crate) async fn reading_dead_letters_ends_and_takes_none_out(bus: Bus) {
    // More than a consumer with a window would hold.
    const COUNT: u32 = 300;
    reject_orders(&bus, COUNT).await;
    for _ in 0..4 {
        let everything = orders(&bus, all()).await;
        assert!(everything.into_iter().eq(1..=u64::from(COUNT)));
    }
    let dead = bus.dead_letter_queue(QUEUE);
    let mut reading = dead.read(all().reason("rejected")).await.unwrap();
    assert_eq!((reading.total(), reading.read()), (COUNT.into(), 0));
    let mut held = 0;
    while let Some(letter) = reading.next().await.unwrap() {
        assert_eq!(letter.dead_letter_queue(), dead.name());
        assert!(letter.age().unwrap() < HOUR);
        held += 1;
    }
    assert_eq!((reading.read(), held), (COUNT.into(), COUNT / 2));
}

pub(crate) async fn each_filter_means_what_it_says(bus: Bus) {
    reject_orders(&bus, 4).await;
    let ids = {
        let mut reading = bus.dead_letter_queue(QUEUE).read(all()).await.unwrap();
        let mut ids = Vec::new();
        while let Some(letter) = reading.next().await.unwrap() {
            ids.push((order(&letter), letter.message_id().unwrap().to_owned()));
        }
        reading.close().await;
        ids
    };
    let id_of = |wanted| {
        ids.iter()
            .find(|(order, _)| *order == wanted)
            .unwrap()
            .1
            .as_str()
    };
    for (filter, expected) in [
        (all(), &[1, 2, 3, 4][..]),
        (all().reason("rejected"), &[1, 3]),
        (all().reason("permanent-error"), &[2, 4]),
        (
            all().reason("rejected").reason("permanent-error"),
            &[1, 2, 3, 4],
        ),
        (all().reason("expired"), &[]),
        (all().type_id("shop.Capture"), &[1, 2, 3, 4]),
        (all().type_id("shop.Captured"), &[]),
        (all().queue(QUEUE), &[1, 2, 3, 4]),
        (all().queue("billing.captured"), &[]),
        (all().message_id(id_of(3)), &[3]),
        (all().message_id(id_of(3)).message_id(id_of(4)), &[3, 4]),
        (all().message_id(id_of(3)).reason("permanent-error"), &[]),
        (all().newer_than(HOUR), &[1, 2, 3, 4]),
        (all().older_than(HOUR), &[]),
        (all().newer_than(HOUR).older_than(HOUR), &[]),
    ] {
        assert_eq!(orders(&bus, filter.clone()).await, expected, "{filter:?}");
    }
}

pub(crate) async fn a_replayed_message_is_handled_as_if_it_were_new(bus: Bus) {
    let (worker, mut seen) =
        start(&bus, |_delivery| async { Err("the bank is closed".into()) }).await;
    let receipt = Capture { order: 1 }.publish(&bus).await.unwrap();
    for attempt in 1..=3 {
        assert_eq!(seen.recv().await, Some(Seen::Capture { order: 1, attempt }));
    }
    worker.stop().await;
    let dead = bus.dead_letter_queue(QUEUE);
    let report = dead.replay(DeadLetterSweep::new()).await.unwrap();
    assert_eq!(
        (report.progress.done, report.progress.failed),
        (1, 0),
        "{report:?}"
    );
    assert!(orders(&bus, all()).await.is_empty());

    let id = receipt.message_id.to_string();
    let (worker, mut seen) = start(&bus, move |delivery| {
        let cx = delivery.context();
        assert_eq!(cx.message_id(), Some(&*id));
        assert_eq!(cx.correlation_id(), Some(&*id));
        assert_eq!(cx.topic(), "tasks.capture");
        async move { Ok(delivery.reject("card refused").await?) }
    })
    .await;
    assert_eq!(
        seen.recv().await,
        Some(Seen::Capture {
            order: 1,
            attempt: 1
        })
    );
    worker.stop().await;

    let mut reading = dead.read(all()).await.unwrap();
    let letter = reading.next().await.unwrap().unwrap();
    assert_eq!((letter.reason(), letter.attempts()), ("rejected", 1));
    assert_eq!(
        letter.errors(),
        ["card refused"],
        "nothing of the first life is left"
    );
    assert!(letter.replayed_at() <= letter.first_failed_at());
    assert!(letter.replayed_at().is_some());
    assert_eq!(letter.type_id(), Some("shop.Capture"));
    assert_eq!(
        (letter.exchange(), letter.topic()),
        (Some("shop"), Some("tasks.capture"))
    );
}

pub(crate) async fn what_fails_again_during_a_replay_is_not_replayed_again(bus: Bus) {
    const COUNT: u32 = 200;
    reject_orders(&bus, COUNT).await;
    let (worker, mut seen) = start(
        &bus,
        |delivery| async move { Ok(delivery.reject("no").await?) },
    )
    .await;
    let report = bus
        .dead_letter_queue(QUEUE)
        .replay(DeadLetterSweep::new())
        .await
        .unwrap();
    assert_eq!(
        (report.progress.total, report.progress.done),
        (COUNT.into(), COUNT.into())
    );
    for _ in 0..COUNT {
        seen.recv().await.unwrap();
    }
    worker.stop().await;
    assert!(seen.try_recv().is_err(), "each was replayed once");
    assert!(
        orders(&bus, all())
            .await
            .into_iter()
            .eq(1..=u64::from(COUNT))
    );
}

pub(crate) async fn a_sweep_takes_what_its_filter_means_up_to_its_limit(bus: Bus) {
    reject_orders(&bus, 10).await;
    let dead = bus.dead_letter_queue(QUEUE);
    let odd = || DeadLetterSweep::new().filter(all().reason("rejected"));
    let report = dead.replay(odd().limit(2)).await.unwrap();
    assert_eq!(
        (report.progress.matched, report.progress.done),
        (2, 2),
        "{report:?}"
    );
    assert_eq!(
        orders(&bus, all()).await,
        [2, 4, 5, 6, 7, 8, 9, 10],
        "the oldest go first"
    );
    let report = dead.purge(odd().limit(2)).await.unwrap();
    assert_eq!(
        (report.progress.matched, report.progress.done),
        (2, 2),
        "{report:?}"
    );
    assert_eq!(orders(&bus, all()).await, [2, 4, 6, 8, 9, 10]);
    let nothing = dead.purge(odd().limit(0)).await.unwrap();
    assert_eq!((nothing.progress.read, nothing.progress.done), (0, 0));
    let rest = dead.purge(DeadLetterSweep::new()).await.unwrap();
    assert_eq!((rest.progress.total, rest.progress.done), (6, 6));
    assert!(orders(&bus, all()).await.is_empty());

    let (worker, mut seen) = accepting(&bus).await;
    let mut replayed = Vec::new();
    for _ in 0..2 {
        match seen.recv().await {
            Some(Seen::Capture { order, attempt: 1 }) => replayed.push(order),
            other => panic!("{other:?}"),
        }
    }
    replayed.sort_unstable();
    assert_eq!(replayed, [1, 3]);
    worker.stop().await;
    assert!(seen.try_recv().is_err(), "purged letters are gone");
}

pub(crate) async fn a_dry_run_counts_and_changes_nothing(bus: Bus) {
    reject_orders(&bus, 5).await;
    let dead = bus.dead_letter_queue(QUEUE);
    let dry = || {
        DeadLetterSweep::new()
            .filter(all().reason("rejected"))
            .dry_run(true)
    };
    let replayed = dead.replay(dry()).await.unwrap();
    let purged = dead.purge(dry()).await.unwrap();
    for report in [replayed, purged] {
        let DeadLetterProgress {
            total,
            read,
            matched,
            done,
            failed,
            ..
        } = report.progress;
        assert_eq!((total, read, matched, done, failed), (5, 5, 3, 0, 0));
    }
    assert_eq!(orders(&bus, all()).await, [1, 2, 3, 4, 5]);
    let (worker, mut seen) = accepting(&bus).await;
    worker.stop().await;
    assert!(seen.try_recv().is_err());
}

pub(crate) async fn a_letter_that_cannot_be_replayed_stays_and_the_report_says_why(bus: Bus) {
    reject_orders(&bus, 3).await;
    let dead = bus.dead_letter_queue(QUEUE);
    let report = dead
        .replay_into("nowhere", DeadLetterSweep::new())
        .await
        .unwrap();
    assert_eq!((report.progress.done, report.progress.failed), (0, 3));
    let failures: Vec<_> = report.failures.into_iter().collect();
    let [(why, 3)] = &failures[..] else {
        panic!("{failures:?}")
    };
    assert!(why.contains("`nowhere` does not exist"), "{why}");

    let report = dead
        .replay_into(dead.name(), DeadLetterSweep::new())
        .await
        .unwrap();
    assert_eq!((report.progress.done, report.progress.failed), (0, 3));
    assert_eq!(orders(&bus, all()).await, [1, 2, 3]);

    let error = bus
        .dead_letter_queue("nobody")
        .read(all())
        .await
        .unwrap_err();
    assert_eq!(error.queue(), "nobody.dead");
    assert!(error.to_string().contains("nobody.dead"), "{error}");
}

pub(crate) async fn a_replay_goes_to_another_queue_when_it_is_told_to(bus: Bus) {
    reject_orders(&bus, 3).await;
    let other = "billing.captured";
    let dead = bus.dead_letter_queue(QUEUE);
    let report = dead
        .replay_into(other, DeadLetterSweep::new())
        .await
        .unwrap();
    assert_eq!(report.progress.done, 3, "{report:?}");
    let (worker, mut seen) = accepting(&bus).await;
    // Its consumers know no such message there.
    let mut letters = bus.dead_letters(other).await.unwrap();
    let mut read = Vec::new();
    for _ in 0..3 {
        let letter = letters.next().await.unwrap();
        assert_eq!(letter.reason(), "unknown-message");
        read.push(letter);
    }
    worker.stop().await;
    assert!(seen.try_recv().is_err());
}

pub(crate) async fn a_sweep_stops_when_it_is_told_to_and_says_how_far_it_came(bus: Bus) {
    reject_orders(&bus, 20).await;
    let dead = bus.dead_letter_queue(QUEUE);
    let stopped = DeadLetterSweep::new().until(std::future::ready(()));
    let report = dead.purge(stopped).await.unwrap();
    assert!(report.stopped);
    assert_eq!((report.progress.read, report.progress.done), (0, 0));

    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut stop = Some(stop);
    let last = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&last);
    let sweep = DeadLetterSweep::new()
        .until(async move { drop(stopped.await) })
        .on_progress(move |progress| {
            told.store(progress.done, Ordering::SeqCst);
            if progress.read == 10 {
                stop.take();
            }
        });
    let report = dead.purge(sweep).await.unwrap();
    assert!(report.stopped);
    assert_eq!(
        report.progress.done, report.progress.matched,
        "what was in flight has ended"
    );
    assert_eq!(last.load(Ordering::SeqCst), report.progress.done);
    assert_eq!(report.progress.done, 10);
    assert_eq!(orders(&bus, all()).await.len(), 10);
}

pub(crate) async fn what_the_broker_gave_up_is_replayed_where_it_died_and_lives_on(bus: Bus) {
    // The worker makes the queues; nobody takes what comes then.
    let (worker, _) = accepting(&bus).await;
    worker.stop().await;
    Hasty { order: 7 }.publish(&bus).await.unwrap();
    let mut letters = bus.dead_letters(QUEUE).await.unwrap();
    let letter = letters.next().await.unwrap();
    assert_eq!((letter.reason(), letter.queue()), ("expired", Some(QUEUE)));
    assert_eq!(
        (letter.exchange(), letter.topic()),
        (Some("shop"), Some("tasks.capture"))
    );
    assert!(letter.died_at().is_some());
    drop((letter, letters));

    let dead = bus.dead_letter_queue(QUEUE);
    let report = loop {
        let report = dead.replay(DeadLetterSweep::new()).await.unwrap();
        // The broker needs a moment to take back what a dropped consumer held.
        if report.progress.total > 0 {
            break report;
        }
    };
    assert_eq!(
        (report.progress.done, report.progress.failed),
        (1, 0),
        "{report:?}"
    );
    // Twice as long as it lived before.
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(
        orders(&bus, all()).await.is_empty(),
        "it has not died again"
    );
    let (worker, mut seen) = accepting(&bus).await;
    assert_eq!(
        seen.recv().await,
        Some(Seen::Capture {
            order: 7,
            attempt: 1
        })
    );
    worker.stop().await;
}

pub(crate) async fn letters_in_a_shared_queue_go_back_each_to_its_own(bus: Bus) {
    let worker = shared::start(&bus).await;
    Capture { order: 1 }.publish(&bus).await.unwrap();
    Captured { order: 2 }.publish(&bus).await.unwrap();
    let mut letters = bus.dead_letters_in(shared::FAILED).await.unwrap();
    let read = (letters.next().await.unwrap(), letters.next().await.unwrap());
    worker.stop().await;
    drop((read, letters));

    let dead = bus.dead_letter_queue_named(shared::FAILED);
    let sweep = || DeadLetterSweep::new().filter(all().queue("desk.captured"));
    let report = loop {
        let report = dead.replay(sweep()).await.unwrap();
        if report.progress.total == 2 {
            break report;
        }
    };
    assert_eq!(
        (report.progress.matched, report.progress.done),
        (1, 1),
        "{report:?}"
    );
    // It fails again there, which shows where it went.
    let worker = shared::start(&bus).await;
    let mut letters = bus.dead_letters_in(shared::FAILED).await.unwrap();
    let mut read = Vec::new();
    for _ in 0..2 {
        read.push(letters.next().await.unwrap());
    }
    worker.stop().await;
    let mut found: Vec<_> = read
        .iter()
        .map(|letter| (letter.queue().unwrap(), letter.replayed_at().is_some()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [("desk.capture", false), ("desk.captured", true)]);
}

/// More than one in-flight window of a replay.
const MANY: u32 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn broker_that_takes_nothing_for_a_while_gets_one_copy_of_each_letter_in_a_replay() {
    let broker = Arc::new(Broker::start());
    let bus = Bus::connect(&broker.url()).await.unwrap();
    reject_orders(&bus, MANY).await;
    let on_thread = |does: fn(&Broker)| {
        let broker = Arc::clone(&broker);
        tokio::task::spawn_blocking(move || does(&broker))
    };
    on_thread(Broker::raise_alarm).await.unwrap();
    let dead = bus.dead_letter_queue(QUEUE);
    let replaying = tokio::spawn(async move { dead.replay(DeadLetterSweep::new()).await });
    // Longer than a publish may take.
    tokio::time::sleep(Duration::from_secs(13)).await;
    assert!(!replaying.is_finished());
    on_thread(Broker::clear_alarm).await.unwrap();
    let report = replaying.await.unwrap().unwrap();
    assert_eq!(report.progress.done, u64::from(MANY), "{report:?}");
    assert_eq!(report.progress.failed, 0, "{report:?}");

    let (worker, mut seen) = accepting(&bus).await;
    let last = MANY + 1;
    Capture { order: last }.publish(&bus).await.unwrap();
    let mut came = Vec::new();
    while !came.contains(&last) {
        came.extend(seen.recv().await.as_ref().map(order_of));
    }
    // Those before it may still run.
    worker.stop().await;
    while let Ok(seen) = seen.try_recv() {
        came.push(order_of(&seen));
    }
    came.sort_unstable();
    assert!(
        came.iter().copied().eq(1..=last),
        "each comes once: {came:?}"
    );
}

fn order_of(seen: &Seen) -> u32 {
    match seen {
        Seen::Capture { order, .. } | Seen::Captured { order, .. } => *order,
    }
}
