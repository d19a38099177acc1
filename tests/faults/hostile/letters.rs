//! Dead letters that nobody has died for: somebody has written them into a dead-letter queue.

use std::collections::BTreeMap;

use urutu::{DeadLetterFilter, DeadLetterSweep};

use crate::raw::{Answer, Properties, Value};
use crate::scene::{ERRANDS, Scene, TRIAL, TRIALS};

const DEAD: &str = "faults.trials.dead";

/// What a letter says about where it died.
fn origins() -> Vec<(&'static str, Properties)> {
    let says = |value: &Value| {
        Properties::none()
            .of_type(TRIAL)
            .header("urutu-queue", value)
    };
    let death = |queue: &str| {
        let death = Value::table(&[
            ("queue", Value::text(queue)),
            ("reason", Value::text("rejected")),
            ("exchange", Value::text("\u{1b}[2J")),
            ("routing-keys", Value::list(&[Value::text("a")])),
            ("time", Value::timestamp(u64::MAX)),
            ("count", Value::number(1)),
        ]);
        Properties::none()
            .of_type(TRIAL)
            .header("x-death", &Value::list(&[death]))
    };
    vec![
        ("its own", says(&Value::text(TRIALS))),
        ("its own, by the broker", death(TRIALS)),
        ("nothing", Properties::none().of_type(TRIAL)),
        ("a number", says(&Value::number(7))),
        ("too long a name", says(&Value::text("q".repeat(60_000)))),
        ("a table", says(&Value::table(&[("a", Value::void())]))),
        ("another", says(&Value::text(ERRANDS))),
        ("another, by the broker", death(ERRANDS)),
        ("a delay queue", says(&Value::text("urutu.delay.1"))),
        (
            "an outlet",
            says(&Value::text("urutu.due.task/faults/trials.hold")),
        ),
        ("a queue of the broker", death("amq.gen-x")),
        ("none that exists", says(&Value::text("gone"))),
        ("the dead letters", says(&Value::text(DEAD))),
        ("words", says(&Value::text("\u{1b}[31m\u{202e}"))),
    ]
}

/// Of these, the first go to the queue whose letters they are: no other is named.
const OWN: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_goes_where_no_letter_can_send_it() {
    let mut scene = Scene::start().await;
    let flood = Value::lists_in_lists(1_000);
    for ((_, properties), number) in origins().iter().zip(1..) {
        let properties = properties
            .clone()
            .header("urutu-error-chain", &flood)
            .header("urutu-first-failed-at", &Value::text("\u{1b}[2J"))
            .header("CC", &Value::list(&[Value::text("urutu.delay.stray")]));
        let body = format!("{{\"number\":{number}}}");
        // The broker follows `CC` with the rights of whoever publishes; to replay is another's right.
        let answer = scene.raw.publish("", DEAD, &properties, body.as_bytes());
        assert_eq!(answer, Answer::Stored);
    }
    let all = origins().len();
    assert_eq!(scene.dead(TRIALS, all).await.len(), all);

    let own = scene.bus.dead_letter_queue(TRIALS);
    let expected = BTreeMap::from([(TRIALS.to_owned(), u64::try_from(OWN).unwrap())]);
    for dry_run in [true, false] {
        let report = own
            .replay(DeadLetterSweep::new().dry_run(dry_run))
            .await
            .unwrap();
        assert_eq!(report.queues, expected, "{report:?}");
        let failed = report.failures.values().sum::<u64>();
        assert_eq!(failed, u64::try_from(all - OWN).unwrap(), "{report:?}");
        let elsewhere = report
            .failures
            .keys()
            .filter(|why| why.contains("it says that it died in"));
        assert_eq!(elsewhere.count(), all - OWN - 1, "two say the same");
    }
    for number in 1..=u64::try_from(OWN).unwrap() {
        scene.diary.until_done(number).await;
    }

    // Where several queues share, they are told apart by what they say; urutu's own are none of them.
    let shared = scene.bus.dead_letter_queue_named(DEAD);
    let report = shared
        .replay(DeadLetterSweep::new().dry_run(true))
        .await
        .unwrap();
    let told: Vec<_> = report.queues.into_iter().collect();
    let expected = [
        ("\u{1b}[31m\u{202e}".to_owned(), 1),
        (ERRANDS.to_owned(), 2),
        ("gone".to_owned(), 1),
    ];
    assert_eq!(told, expected);
    let of_errands = DeadLetterFilter::new().queue(ERRANDS);
    let report = shared
        .replay(DeadLetterSweep::new().filter(of_errands))
        .await
        .unwrap();
    assert_eq!(
        (report.progress.done, report.progress.failed),
        (2, 0),
        "{report:?}"
    );
    // They are of another service's type there.
    assert_eq!(
        scene.tally(ERRANDS, 2).await,
        [("unknown-message".to_owned(), 2)].into()
    );
    let report = own.purge(DeadLetterSweep::new()).await.unwrap();
    assert_eq!(report.progress.done, u64::try_from(all - OWN - 2).unwrap());
    // What is there came with the rights of whoever wrote the letters, not with a replay.
    let strays = scene.bus.dead_letter_queue_named("urutu.delay.stray");
    let report = strays.purge(DeadLetterSweep::new()).await.unwrap();
    assert_eq!(report.progress.done, u64::try_from(all).unwrap());
    scene.end().await;
}

/// Letters that are no message at all are shown and go.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_a_dead_letter_queue_can_always_be_read_and_removed() {
    let mut scene = Scene::start().await;
    let full = scene.raw.largest_properties();
    let filling = Properties::none().header("a", &Value::text(""));
    let filling = "x".repeat(full - filling.len());
    let letters = [
        (Properties::none(), &b""[..]),
        (
            Properties::none().text(Properties::MESSAGE_ID, b"\xff"),
            b"\xff\xfe",
        ),
        (
            Properties::none().header("a", &Value::text(&filling)),
            b"{}",
        ),
        (
            Properties::none().header("a", &Value::lists_in_lists(2_000)),
            b"[[[[[",
        ),
        (
            Properties::none().header(b"\xff", &Value::void()),
            b"\x1b[2J",
        ),
    ];
    for round in 1..=3 {
        for (properties, body) in &letters {
            let answer = scene.raw.publish("", DEAD, properties, body);
            assert_eq!(answer, Answer::Stored);
        }
        // Each reading gives them back, and the broker notes that, in a frame that is full.
        for _ in 0..3 {
            scene.dead(TRIALS, letters.len() * round).await;
        }
    }
    let dead = scene.bus.dead_letter_queue(TRIALS);
    let report = dead.purge(DeadLetterSweep::new()).await.unwrap();
    assert_eq!(report.progress.done, 15, "{report:?}");
    scene.end().await;
}
