//! Messages with one key are handled one after another, in the order in which they came, while others run in parallel.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Barrier, Semaphore};
use urutu::{BoxError, Bus};
use urutu_test_broker::Broker;

use crate::ledger::{
    CONCURRENCY, Ledger, Step, follow_one_another, persist, publish, publish_without_account,
};

/// Long enough for anything that is going to happen to have happened.
const SETTLED: Duration = Duration::from_millis(1_500);

const ACCOUNTS: [&str; 3] = ["a", "b", "c"];

/// What handlers wait for until the test lets them go on, by the number of permits.
fn gate() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(0))
}

async fn pass(gate: &Semaphore) {
    gate.acquire().await.expect("it is never closed").forget();
}

pub(crate) async fn messages_with_one_key_are_handled_one_after_another_while_others_run_in_parallel(
    bus: Bus,
) {
    // All handlers that the queue may have at a time meet here: those that wait for their key take none of their places.
    let met = Arc::new(Barrier::new(CONCURRENCY.into()));
    let (ledger, mut journal) = Ledger::new(move |_| {
        let met = Arc::clone(&met);
        async move {
            met.wait().await;
            Ok(())
        }
    });
    let worker = ledger.start(&bus).await;
    for account in ACCOUNTS {
        publish(&bus, account, 1..=5).await;
    }
    journal.ended(15).await;
    for account in ACCOUNTS {
        assert_eq!(journal.numbers(account), [1, 2, 3, 4, 5]);
        assert!(journal.steps(account).all(|step| step.attempt == 1));
    }
    worker.stop().await;
}

pub(crate) async fn a_handler_that_fails_does_not_hold_up_its_key(bus: Bus) {
    let (ledger, mut journal) = Ledger::new(|step: Step| async move {
        match (step.number, step.attempt) {
            (1, 1) => Err("the bank is closed".into()),
            (2, 1) => std::future::pending().await,
            (3, 1) => panic!("a panic that belongs to the test"),
            _ => Ok(()),
        }
    });
    let worker = ledger.start(&bus).await;
    publish(&bus, "a", 1..=4).await;
    journal.ended(7).await;
    let attempts = |attempt| {
        let steps = journal
            .steps("a")
            .filter(move |step| step.attempt == attempt);
        steps.map(|step| step.number).collect::<Vec<_>>()
    };
    assert_eq!(attempts(1), [1, 2, 3, 4]);
    let mut again = attempts(2);
    again.sort_unstable();
    assert_eq!(again, [1, 2, 3]);
    worker.stop().await;
}

pub(crate) async fn a_message_without_its_key_waits_for_nobody_and_becomes_a_dead_letter(bus: Bus) {
    let gate = gate();
    let opened = Arc::clone(&gate);
    let (ledger, mut journal) = Ledger::new(move |_| {
        let gate = Arc::clone(&gate);
        async move {
            pass(&gate).await;
            Ok(())
        }
    });
    let worker = ledger.start(&bus).await;
    publish(&bus, "a", 1..=2).await;
    journal.begun("a", 1).await;
    publish_without_account(&bus).await;
    let letter = bus.dead_letters("ledger").await.unwrap().next().await;
    let letter = letter.unwrap();
    assert_eq!((letter.reason(), letter.attempts()), ("undecodable", 1));
    journal.catch_up();
    assert_eq!(journal.numbers("a"), [1], "it still runs");
    opened.add_permits(2);
    journal.finished(&["a"], 2).await;
    worker.stop().await;
}

pub(crate) async fn what_waits_for_its_turn_goes_back_in_order_when_the_worker_drains(bus: Bus) {
    let gate = gate();
    let opened = Arc::clone(&gate);
    let (ledger, mut journal) = Ledger::new(move |step: Step| {
        let gate = Arc::clone(&gate);
        async move {
            match (step.account.as_str(), step.attempt) {
                ("a", _) => pass(&gate).await,
                ("b", 1) => std::future::pending().await,
                _ => (),
            }
            Ok(())
        }
    });
    let builder = ledger.builder(&bus);
    let worker = builder.drain_timeout(Duration::from_secs(2)).start();
    let worker = worker.await.unwrap();
    publish(&bus, "a", 1..=3).await;
    publish(&bus, "b", 1..=2).await;
    // What came before it is here as well.
    publish(&bus, "c", [1]).await;
    journal.begun("c", 1).await;
    journal.begun("a", 1).await;
    journal.begun("b", 1).await;
    opened.add_permits(1);
    let report = worker.stop().await;
    journal.catch_up();
    assert_eq!(journal.numbers("a"), [1]);
    assert_eq!(journal.numbers("b"), [1]);
    // Those that go back: two of `a` that waited, and of `b` one that took too long and one that waited.
    assert_eq!(report.given_back, 4);
    opened.add_permits(10);
    let worker = ledger.start(&bus).await;
    journal.finished(&["a"], 3).await;
    journal.finished(&["b"], 2).await;
    assert_eq!(journal.numbers("a"), [1, 2, 3]);
    assert_eq!(journal.numbers("b"), [1, 1, 2]);
    worker.stop().await;
}

pub(crate) async fn a_lost_worker_leaves_the_order_as_it_was(bus: Bus) {
    const EACH: u32 = 20;
    let gate = gate();
    let opened = Arc::clone(&gate);
    let (ledger, mut journal) = Ledger::new(move |_| {
        let gate = Arc::clone(&gate);
        async move {
            pass(&gate).await;
            Ok(())
        }
    });
    let mut worker = ledger.start(&bus).await;
    for number in 1..=EACH {
        for account in ACCOUNTS {
            publish(&bus, account, [number]).await;
        }
    }
    // It is lost several times, each time with some that run and some that wait.
    for round in 1..=4 {
        opened.add_permits(10);
        journal.ended(round * 10).await;
        drop(worker);
        worker = ledger.start(&bus).await;
    }
    opened.add_permits(1_000);
    journal.finished(&ACCOUNTS, EACH).await;
    for account in ACCOUNTS {
        let numbers = journal.numbers(account);
        assert!(follow_one_another(&numbers), "{account}: {numbers:?}");
    }
    worker.stop().await;
}

/// Of two workers one gets the messages; the other takes over where it ends, and not before.
pub(crate) async fn two_workers_keep_the_order_also_when_one_drains(bus: Bus) {
    let gate = gate();
    let opened = Arc::clone(&gate);
    let (ledger, mut journal) = Ledger::new(move |_| {
        let gate = Arc::clone(&gate);
        async move {
            pass(&gate).await;
            Ok(())
        }
    });
    let first = ledger.start(&bus).await;
    let second = ledger.start(&bus).await;
    for number in 1..=8 {
        for account in ACCOUNTS {
            publish(&bus, account, [number]).await;
        }
    }
    for account in ACCOUNTS {
        journal.begun(account, 1).await;
    }
    let stopping = tokio::spawn(first.stop());
    tokio::time::sleep(SETTLED).await;
    journal.catch_up();
    let begun = ACCOUNTS.map(|account| journal.numbers(account));
    assert_eq!(begun, [[1], [1], [1]], "the first worker has not ended yet");
    opened.add_permits(1_000);
    assert_eq!(stopping.await.unwrap().finished, 3);
    journal.finished(&ACCOUNTS, 8).await;
    for account in ACCOUNTS {
        assert_eq!(journal.numbers(account), [1, 2, 3, 4, 5, 6, 7, 8]);
    }
    second.stop().await;
}

/// What the broker delivers again waits for the handler of the lost channel that still runs.
#[tokio::test(flavor = "multi_thread")]
async fn broker_order_is_kept_through_closed_connections() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let gate = gate();
    let opened = Arc::clone(&gate);
    let (ledger, mut journal) = Ledger::new(move |step: Step| {
        let gate = Arc::clone(&gate);
        async move {
            if step.account == "a" {
                pass(&gate).await;
            }
            Ok::<(), BoxError>(())
        }
    });
    let worker = ledger.start(&bus).await;
    publish(&bus, "a", 1..=4).await;
    journal.begun("a", 1).await;
    broker.close_all_connections();
    // It gets messages again, and with that everything before them.
    persist(&bus, "b", 1).await;
    journal.begun("b", 1).await;
    journal.catch_up();
    assert_eq!(journal.numbers("a"), [1], "it still runs");
    opened.add_permits(1_000);
    journal.finished(&["a"], 4).await;
    assert_eq!(journal.numbers("a"), [1, 1, 2, 3, 4]);

    for round in 0..3 {
        let first = 5 + round * 20;
        for number in first..first + 20 {
            for account in ["a", "c", "d", "e"] {
                let number = if account == "a" { number } else { number - 4 };
                persist(&bus, account, number).await;
            }
        }
        broker.close_all_connections();
    }
    journal.finished(&["a"], 64).await;
    journal.finished(&["c", "d", "e"], 60).await;
    for account in ["a", "c", "d", "e"] {
        let numbers = journal.numbers(account);
        assert!(follow_one_another(&numbers), "{account}: {numbers:?}");
    }
    worker.stop().await;
}
