//! What was handled, published, retried and given up.

use std::time::{Duration, Instant as RealInstant};

use urutu::testing::App;
use urutu::{DeadLetter, Message, Permanent, PublishErrorKind};

use crate::service::{
    Capture, Captured, FIRST_DELAY, Refund, TIMEOUT, billing, capture, ledger, note, refuse,
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What tells most of a dead letter.
fn told(letters: &[DeadLetter]) -> Vec<(&str, &str, u32, Vec<String>)> {
    letters
        .iter()
        .map(|letter| {
            (
                letter.queue().unwrap(),
                letter.reason(),
                letter.attempts(),
                letter.errors(),
            )
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_task_is_handled_once_and_what_it_staged_goes_to_the_other_service() {
    let app = App::builder()
        .service(billing(capture))
        .service(ledger(note))
        .start()
        .await;
    let receipt = app.publish(&Capture { order: 7 }).await.unwrap();
    app.run_until_idle().await;

    let handled = app.handled::<Capture>();
    assert_eq!(handled.len(), 1, "{}", app.history());
    assert_eq!(handled[0].message, Capture { order: 7 });
    assert_eq!(
        (handled[0].handler, handled[0].queue),
        ("capture", "billing.capture")
    );
    assert_eq!((handled[0].attempt, handled[0].at), (1, Duration::ZERO));
    assert_eq!(app.published::<Capture>(), [Capture { order: 7 }]);
    assert_eq!(app.published::<Captured>(), [Captured { order: 7 }]);
    let noted = app.handled::<Captured>();
    assert_eq!(noted.len(), 1, "{}", app.history());
    assert_eq!(noted[0].queue, "ledger.captured");

    let published = &app.publications::<Captured>()[0];
    let id = Some(receipt.message_id.to_string());
    assert_eq!(
        (&published.causation_id, &published.correlation_id),
        (&id, &id)
    );
    assert!(!published.reached_nobody && published.delay.is_zero());
    assert!(app.retried::<Capture>().is_empty());
    assert!(app.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_event_is_handled_once_by_each_service_that_takes_it() {
    let app = App::builder()
        .service(ledger(note))
        .service(crate::service::archive())
        .start()
        .await;
    app.publish(&Captured { order: 7 }).await.unwrap();
    app.run_until_idle().await;
    let mut queues: Vec<_> = app
        .handled::<Captured>()
        .iter()
        .map(|handled| handled.queue)
        .collect();
    queues.sort_unstable();
    assert_eq!(queues, ["archive.captured", "ledger.captured"]);
}

#[tokio::test(start_paused = true)]
async fn retries_come_at_their_times_and_a_failed_attempt_publishes_nothing() {
    let app = App::start(billing(|task| async move {
        if task.context().attempt() < 3 {
            refuse(task).await
        } else {
            capture(task).await
        }
    }))
    .await;
    app.publish(&Capture { order: 7 }).await.unwrap();
    app.run_until_idle().await;

    let retried: Vec<_> = app
        .retried::<Capture>()
        .into_iter()
        .map(|retried| (retried.attempt, retried.delay, retried.at, retried.errors))
        .collect();
    let closed = vec!["the bank is closed".to_owned()];
    assert_eq!(
        retried,
        [
            (1, FIRST_DELAY, Duration::ZERO, closed.clone()),
            (2, 2 * FIRST_DELAY, FIRST_DELAY, closed),
        ]
    );
    let handled = &app.handled::<Capture>()[0];
    assert_eq!((handled.attempt, handled.at), (3, 3 * FIRST_DELAY));
    // The third attempt published it; the first two staged another one in vain.
    assert_eq!(app.published::<Captured>(), [Captured { order: 7 }]);
}

#[tokio::test(start_paused = true)]
async fn dead_letters_say_why_and_are_read_as_their_type() {
    let app = App::start(billing(|task| async move {
        match task.message().order {
            1 => refuse(task).await,
            2 => Ok(task.reject("the card was stolen").await?),
            3 => panic!("out of paper"),
            4 => std::future::pending().await,
            _ => Err(Permanent::new("no such bank").into()),
        }
    }))
    .await;
    for order in 1..=5 {
        app.publish(&Capture { order }).await.unwrap();
        app.run_until_idle().await;
    }
    let letters = app.dead_letters();
    let one = |text: &str| vec![text.to_owned()];
    let late = format!("the handler took longer than its timeout of {TIMEOUT:?}");
    assert_eq!(
        told(&letters),
        [
            (
                "billing.capture",
                "attempts-exhausted",
                3,
                one("the bank is closed")
            ),
            ("billing.capture", "rejected", 1, one("the card was stolen")),
            (
                "billing.capture",
                "attempts-exhausted",
                3,
                one("the handler panicked: out of paper")
            ),
            ("billing.capture", "attempts-exhausted", 3, one(&late)),
            ("billing.capture", "permanent-error", 1, one("no such bank")),
        ],
        "{}",
        app.history()
    );
    let orders: Vec<_> = letters
        .iter()
        .map(|letter| letter.decode::<Capture>().unwrap().order)
        .collect();
    assert_eq!(orders, [1, 2, 3, 4, 5]);
    assert_eq!(letters[0].type_id(), Some("shop.Capture"));
    // To look at them changes nothing.
    assert_eq!(told(&app.dead_letters()), told(&letters));
    assert!(app.published::<Captured>().is_empty());
    assert!(app.handled::<Capture>().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_for_the_next_day_takes_milliseconds() {
    let begun = RealInstant::now();
    let app = App::start(billing(|task| async move {
        task.context().publish_after(
            &Refund {
                order: task.message().order,
            },
            DAY,
        )?;
        Ok(task.ack().await?)
    }))
    .await;
    Capture { order: 7 }
        .publish_after(app.bus(), DAY)
        .await
        .unwrap();
    app.run_for(Duration::from_millis(86_399_999)).await;
    assert!(app.handled::<Capture>().is_empty(), "{}", app.history());
    app.run_for(Duration::from_millis(1)).await;
    assert_eq!(app.handled::<Capture>()[0].at, DAY, "{}", app.history());
    assert_eq!(app.publications::<Capture>()[0].delay, DAY);
    let refund = &app.publications::<Refund>()[0];
    assert_eq!((refund.message.order, refund.delay), (7, DAY));
    // Nobody takes it when it is due: it stays where it is, and is no reason to wait.
    app.run_until_idle().await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_task_of_another_service_is_recorded_and_on_request_unroutable() {
    let lenient = App::start(billing(capture)).await;
    lenient.publish(&Refund { order: 1 }).await.unwrap();
    lenient.publish(&Captured { order: 2 }).await.unwrap();
    lenient.run_until_idle().await;
    assert!(lenient.publications::<Refund>()[0].reached_nobody);
    assert!(lenient.publications::<Captured>()[0].reached_nobody);
    assert!(lenient.dead_letters().is_empty());

    let strict = App::builder()
        .service(billing(capture))
        .strict_routing()
        .start()
        .await;
    let error = strict.publish(&Refund { order: 1 }).await.unwrap_err();
    assert!(
        matches!(error.kind(), PublishErrorKind::Unroutable),
        "{error}"
    );
    assert!(strict.published::<Refund>().is_empty());
    // An event may reach nobody anywhere.
    strict.publish(&Captured { order: 2 }).await.unwrap();
    assert!(strict.publications::<Captured>()[0].reached_nobody);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_back_is_compared_as_json() {
    let app = App::start(billing(capture)).await;
    app.publish(&Capture { order: 7 }).await.unwrap();
    app.run_until_idle().await;
    let expected = serde_json::to_value(Captured { order: 7 }).unwrap();
    assert_eq!(app.published_json::<Captured>(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn what_no_handler_takes_is_a_dead_letter_and_not_handled() {
    let app = App::start(crate::service::archive()).await;
    // Its queue is bound to everything, its handler takes one event.
    app.publish(&Capture { order: 7 }).await.unwrap();
    app.run_until_idle().await;
    assert!(app.handled::<Capture>().is_empty());
    assert!(!app.publications::<Capture>()[0].reached_nobody);
    let letters = app.dead_letters();
    assert_eq!(letters.len(), 1, "{}", app.history());
    assert_eq!(letters[0].reason(), "unknown-message");
    assert_eq!(letters[0].decode(), Some(Capture { order: 7 }));
    // The bodies are alike, but it says what it is.
    assert_eq!(letters[0].decode::<Captured>(), None);
    let history = app.history().to_string();
    let line = "0.000s dead        shop.Capture #1 in archive.captured, which no handler takes, unknown-message: ";
    assert!(history.contains(line), "{history}");
}

#[tokio::test(start_paused = true)]
async fn the_history_tells_what_happened() {
    let app = App::start(billing(|task| async move {
        match (task.message().order, task.context().attempt()) {
            (1, 1) => Ok(task.nack().await?),
            (1, _) => capture(task).await,
            (2, 1) => Ok(task.retry_later(Duration::from_secs(60)).await?),
            _ => Ok(task.reject("no").await?),
        }
    }))
    .await;
    app.publish(&Capture { order: 1 }).await.unwrap();
    app.run_until_idle().await;
    app.publish(&Capture { order: 2 }).await.unwrap();
    app.run_until_idle().await;
    let expected = "\
0.000s published   shop.Capture #1 {\"order\":1}
0.000s began       shop.Capture #1 in billing.capture, attempt 1 of 3
0.000s requeued    shop.Capture #1 in billing.capture, attempt 1 of 3, again at once
0.000s began       shop.Capture #1 in billing.capture, attempt 2 of 3
0.000s published   shop.Captured #2 {\"order\":1}, which reached nobody
0.000s handled     shop.Capture #1 in billing.capture, attempt 2 of 3
0.000s published   shop.Capture #3 {\"order\":2}
0.000s began       shop.Capture #3 in billing.capture, attempt 1 of 3
0.000s retried     shop.Capture #3 in billing.capture, attempt 1 of 3, again in 60s
60.000s began       shop.Capture #3 in billing.capture, attempt 2 of 3
60.000s dead        shop.Capture #3 in billing.capture, attempt 2 of 3, rejected: no
";
    assert_eq!(app.history().to_string(), expected);
    assert_eq!(format!("{:?}", app.history()), expected);
}
