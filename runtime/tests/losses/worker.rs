//! Losses that need no fault of the broker.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use urutu::{Bus, DeadLetterSweep, Message, Permanent, PublishErrorKind, Service};

use crate::ledger::{
    ATTEMPTS, Audit, CONCURRENCY, Enter, EnterTwice, Entered, TIMEOUT, ledger, worker,
};
use crate::transaction::{Database, Transaction};

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Long enough for anything that is going to happen to have happened.
const SETTLED: Duration = Duration::from_millis(1_500);

pub(crate) async fn loss_01_acknowledged_before_the_commit_and_the_publish(bus: Bus) {
    let database = Database::default();
    database.fail_commits(1);
    let (service, mut entered) = ledger(|message, cx| async move {
        cx.get::<Transaction>().unwrap().insert(message.line);
        cx.publish(&Entered { line: message.line })?;
        if message.line == 2 && cx.attempt() == 1 {
            // Nobody takes it: what is staged cannot all be published.
            cx.publish(&Audit { line: message.line })?;
        }
        Ok(())
    });
    let worker = worker(&bus, service.layer(database.clone()));
    let worker = worker.start().await.unwrap();
    // The first commit fails: the message is not lost, it comes back.
    Enter { line: 1 }.publish(&bus).await.unwrap();
    assert_eq!(entered.recv().await, Some((Entered { line: 1 }, 1)));
    assert_eq!(database.rows(), [1]);
    // The first publish fails: so does this one. Its event was stored before, and comes twice.
    Enter { line: 2 }.publish(&bus).await.unwrap();
    for _ in 1..=2 {
        assert_eq!(entered.recv().await, Some((Entered { line: 2 }, 1)));
    }
    worker.stop().await;
}

pub(crate) async fn loss_02_a_failed_handler_commits_and_publishes(bus: Bus) {
    let database = Database::default();
    let (service, mut entered) = ledger(|message, cx| async move {
        cx.get::<Transaction>().unwrap().insert(message.line);
        cx.publish(&Entered { line: message.line })?;
        match cx.attempt() {
            ATTEMPTS => Ok(()),
            attempt => Err(format!("attempt {attempt} fails").into()),
        }
    });
    let worker = worker(&bus, service.layer(database.clone()));
    let worker = worker.start().await.unwrap();
    Enter { line: 1 }.publish(&bus).await.unwrap();
    assert_eq!(entered.recv().await, Some((Entered { line: 1 }, 1)));
    tokio::time::sleep(SETTLED).await;
    worker.stop().await;
    assert_eq!(database.rows(), [1], "only the good attempt has a row");
    assert!(
        entered.try_recv().is_err(),
        "only the good attempt publishes"
    );
}

pub(crate) async fn loss_03_a_message_that_timed_out_keeps_its_prefetch_slot(bus: Bus) {
    let (service, mut entered) = ledger(|message, cx| async move {
        if message.line > 0 {
            std::future::pending::<()>().await;
        }
        cx.publish(&Entered { line: 0 })?;
        Ok(())
    });
    let worker = worker(&bus, service).start().await.unwrap();
    let begun = Instant::now();
    // Twice as many as the broker sends at a time.
    for line in 1..=u32::from(2 * CONCURRENCY) {
        Enter { line }.publish(&bus).await.unwrap();
    }
    Enter { line: 0 }.publish(&bus).await.unwrap();
    assert_eq!(entered.recv().await, Some((Entered { line: 0 }, 1)));
    assert!(begun.elapsed() >= TIMEOUT, "it had to wait for a slot");
    // Every attempt of every message times out, and then it is dead.
    let mut letters = bus.dead_letters("ledger.enter").await.unwrap();
    let mut read = Vec::new();
    for _ in 1..=2 * CONCURRENCY {
        let letter = letters.next().await.unwrap();
        assert_eq!(
            (letter.reason(), letter.attempts()),
            ("attempts-exhausted", ATTEMPTS)
        );
        assert!(letter.errors()[0].contains("timeout"), "{letter:?}");
        read.push(letter);
    }
    worker.stop().await;
}

pub(crate) async fn loss_05_an_unroutable_task_is_a_log_line(bus: Bus) {
    let error = Audit { line: 1 }.publish(&bus).await.unwrap_err();
    assert!(
        matches!(error.kind(), PublishErrorKind::Unroutable),
        "{error}"
    );
    for word in ["books.Audit", "exchange `books`", "topic `audit`"] {
        assert!(error.to_string().contains(word), "{error}");
    }
}

pub(crate) async fn loss_06_a_replayed_dead_letter_is_gone(bus: Bus) {
    const LINES: u32 = 8;
    let mended = Arc::new(AtomicBool::new(false));
    let works = Arc::clone(&mended);
    let (service, mut entered) = ledger(move |message, cx| {
        let works = works.load(Ordering::SeqCst);
        async move {
            if !works {
                return Err(Permanent::new("out of ink").into());
            }
            assert_eq!(cx.attempt(), 1, "a replayed message begins anew");
            Ok(cx.publish(&Entered { line: message.line })?)
        }
    });
    let worker = worker(&bus, service).start().await.unwrap();
    let dead = bus.dead_letter_queue("ledger.enter");
    let mut arriving = bus.dead_letters("ledger.enter").await.unwrap();
    let mut arrived = Vec::new();
    for line in 1..=LINES {
        Enter { line }.publish(&bus).await.unwrap();
        arrived.push(arriving.next().await.unwrap());
    }
    // What was looked at goes back, and is counted as what it is.
    drop((arrived, arriving));
    let count = async || {
        let looked = dead.purge(DeadLetterSweep::new().dry_run(true)).await;
        looked.unwrap().progress.matched
    };
    while count().await < u64::from(LINES) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(count().await, u64::from(LINES));
    mended.store(true, Ordering::SeqCst);
    let report = dead.replay(DeadLetterSweep::new()).await.unwrap();
    assert_eq!(
        (report.progress.done, report.progress.failed),
        (u64::from(LINES), 0)
    );
    let mut lines = Vec::new();
    for _ in 1..=LINES {
        let (Entered { line }, _) = entered.recv().await.unwrap();
        lines.push(line);
    }
    lines.sort_unstable();
    assert!(lines.into_iter().eq(1..=LINES), "each was handled once");
    assert_eq!(count().await, 0);
    worker.stop().await;
}

pub(crate) async fn loss_08_nack_is_a_hot_loop(bus: Bus) {
    let attempts = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&attempts);
    let (service, _entered) = ledger(move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Err("never".into()) }
    });
    // Back to the queue at once, whenever it fails.
    let service = service.on_failure(|_, _| urutu::Outcome::Requeue);
    let worker = worker(&bus, service).start().await.unwrap();
    Enter { line: 1 }.publish(&bus).await.unwrap();
    let mut letters = bus.dead_letters("ledger.enter").await.unwrap();
    let letter = letters.next().await.unwrap();
    assert_eq!(letter.reason(), "attempts-exhausted");
    worker.stop().await;
    assert_eq!(attempts.load(Ordering::SeqCst), ATTEMPTS);
}

pub(crate) async fn loss_09_children_inherit_a_spent_budget(bus: Bus) {
    let (service, mut entered) = ledger(|message, cx| async move {
        match cx.attempt() {
            ATTEMPTS => Ok(cx.publish(&Entered { line: message.line })?),
            attempt => Err(format!("attempt {attempt} fails").into()),
        }
    });
    let worker = worker(&bus, service).start().await.unwrap();
    Enter { line: 1 }.publish(&bus).await.unwrap();
    // The parent was in its last attempt; the child is in its first.
    assert_eq!(entered.recv().await, Some((Entered { line: 1 }, 1)));
    worker.stop().await;
}

pub(crate) async fn loss_10_an_error_after_the_ack_makes_a_duplicate(bus: Bus) {
    let runs = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&runs);
    let (service, mut entered) = ledger(move |message, cx| {
        count.fetch_add(1, Ordering::SeqCst);
        async move { Ok(cx.publish(&Entered { line: message.line })?) }
    });
    let worker = worker(&bus, service).start().await.unwrap();
    Enter { line: 1 }.publish(&bus).await.unwrap();
    assert_eq!(entered.recv().await, Some((Entered { line: 1 }, 1)));
    tokio::time::sleep(SETTLED).await;
    worker.stop().await;
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert!(entered.try_recv().is_err());
}

pub(crate) async fn loss_12_a_shutdown_waits_without_limit(bus: Bus) {
    let (started, mut begun) = mpsc::unbounded_channel();
    let (service, _entered) = ledger(move |_, _| {
        let _ = started.send(());
        async {
            // Ends neither by itself nor by its timeout before the drain does.
            std::future::pending().await
        }
    });
    let worker = worker(&bus, service)
        .drain_timeout(TIMEOUT / 2)
        .start()
        .await
        .unwrap();
    Enter { line: 1 }.publish(&bus).await.unwrap();
    begun.recv().await.unwrap();
    let stopping = Instant::now();
    let report = worker.stop().await;
    let waited = stopping.elapsed();
    assert!(waited >= TIMEOUT / 2 && waited < PATIENCE, "{waited:?}");
    assert_eq!((report.finished, report.given_back), (0, 1));
}

pub(crate) async fn loss_13_topics_bleed_into_each_other(bus: Bus) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&lines);
    let (service, mut entered) = ledger(move |message, cx| {
        log.lock().unwrap().push(message.line);
        async move { Ok(cx.publish(&Entered { line: message.line })?) }
    });
    let worker = worker(&bus, service).start().await.unwrap();
    // Its topic is `enter.twice`; the queue is bound by `enter`.
    EnterTwice { line: 7 }.publish(&bus).await.unwrap();
    Enter { line: 1 }.publish(&bus).await.unwrap();
    assert_eq!(entered.recv().await, Some((Entered { line: 1 }, 1)));
    worker.stop().await;
    assert_eq!(*lines.lock().unwrap(), [1]);
}

/// `concurrency`, `prefetch`, `timeout` and `attempts` of the specification.
pub(crate) async fn loss_14_settings_have_no_effect(bus: Bus) {
    const LINES: u32 = 8;
    let running = Arc::new(AtomicU32::new(0));
    let most = Arc::new(AtomicU32::new(0));
    let (now, peak) = (Arc::clone(&running), Arc::clone(&most));
    let (service, mut entered) = ledger(move |message, cx| {
        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let now = Arc::clone(&now);
        async move {
            tokio::time::sleep(TIMEOUT / 4).await;
            now.fetch_sub(1, Ordering::SeqCst);
            assert_eq!(cx.max_attempts(), ATTEMPTS);
            Ok(cx.publish(&Entered { line: message.line })?)
        }
    });
    let worker = worker(&bus, service).start().await.unwrap();
    for line in 1..=LINES {
        Enter { line }.publish(&bus).await.unwrap();
    }
    for _ in 1..=LINES {
        entered.recv().await.unwrap();
    }
    worker.stop().await;
    assert_eq!(most.load(Ordering::SeqCst), u32::from(CONCURRENCY));
}
