//! When a test app is done, and what it says when it is not.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use urutu::Message;
use urutu::testing::App;

use crate::service::{Capture, Captured, FIRST_DELAY, billing, capture, ledger, note, refuse};

#[tokio::test(start_paused = true)]
async fn with_nothing_to_do_it_is_idle_at_once() {
    let app = App::start(billing(capture)).await;
    let begun = Instant::now();
    app.run_until_idle().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    // What was done is done.
    app.publish(&Capture { order: 1 }).await.unwrap();
    app.run_until_idle().await;
    app.run_until_idle().await;
    assert_eq!(app.handled::<Capture>().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn it_waits_for_what_a_handler_does_after_it_has_settled() {
    let finished = Arc::new(Notify::new());
    let done = Arc::clone(&finished);
    let app = App::start(billing(move |task| {
        let done = Arc::clone(&done);
        async move {
            let settled = task.ack().await?;
            sleep(Duration::from_secs(2)).await;
            done.notify_one();
            Ok(settled)
        }
    }))
    .await;
    app.publish(&Capture { order: 1 }).await.unwrap();
    app.run_until_idle().await;
    timeout(Duration::ZERO, finished.notified()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn it_can_be_looked_at_while_a_delay_lasts() {
    let app = App::start(billing(refuse)).await;
    app.publish(&Capture { order: 1 }).await.unwrap();
    app.run_for(Duration::ZERO).await;
    assert_eq!(app.retried::<Capture>().len(), 1, "{}", app.history());
    app.run_for(Duration::from_millis(299)).await;
    assert_eq!(app.retried::<Capture>().len(), 1, "{}", app.history());
    app.run_for(Duration::from_millis(1)).await;
    assert_eq!(app.retried::<Capture>().len(), 2, "{}", app.history());
    app.run_for(2 * FIRST_DELAY).await;
    assert_eq!(app.dead_letters().len(), 1, "{}", app.history());
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_is_named() {
    let app = App::builder()
        .service(ledger(|_, _| std::future::pending()))
        .patience(Duration::from_secs(30))
        .start()
        .await;
    let receipt = app.publish(&Captured { order: 7 }).await.unwrap();
    let begun = Instant::now();
    let error = app.try_run_until_idle().await.unwrap_err();
    assert_eq!(begun.elapsed(), Duration::from_secs(30));
    assert_eq!(
        error.to_string(),
        format!(
            "the test app is not done, and nothing has happened for 30s
  handler `captured` has been running for 30s: shop.Captured (id {}) from `ledger.captured`, attempt 1
  queue `ledger.captured`: waiting 0, not settled 1
what has happened:
0.000s published   shop.Captured #1 {{\"order\":7}}
0.000s began       shop.Captured #1 in ledger.captured, attempt 1 of 2
",
            receipt.message_id
        )
    );
}

#[tokio::test(start_paused = true)]
async fn handlers_that_publish_to_each_other_for_ever_are_told() {
    let app = App::builder()
        .service(billing(capture))
        .service(ledger(|captured, cx| async move {
            cx.publish(&Capture {
                order: captured.order,
            })?;
            Ok(())
        }))
        .most_events(1_000)
        .start()
        .await;
    app.publish(&Capture { order: 1 }).await.unwrap();
    let text = app.try_run_until_idle().await.unwrap_err().to_string();
    assert!(text.contains("publish to each other for ever"), "{text}");
    assert!(text.contains("events before"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_stopped_app_drains_and_is_read_afterwards() {
    let mut app = App::start(billing(|task| async move {
        sleep(Duration::from_secs(2)).await;
        capture(task).await
    }))
    .await;
    app.publish(&Capture { order: 1 }).await.unwrap();
    app.run_for(Duration::from_secs(1)).await;
    let report = app.stop().await;
    assert_eq!((report.finished, report.given_back), (1, 0));
    assert_eq!(app.handled::<Capture>()[0].at, Duration::from_secs(2));
    assert_eq!(app.published::<Captured>(), [Captured { order: 1 }]);
    app.run_until_idle().await;
    assert_eq!(app.stop().await.finished, 0);
    // Nobody takes it any more.
    app.publish(&Capture { order: 2 }).await.unwrap();
    let text = app.try_run_until_idle().await.unwrap_err().to_string();
    assert!(text.contains("it was stopped"), "{text}");
    assert!(
        text.contains("queue `billing.capture`: waiting 1, not settled 0"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_drain_gives_back_what_takes_too_long() {
    let mut app = App::builder()
        .service(ledger(|_, _| std::future::pending()))
        .worker(|worker| worker.drain_timeout(Duration::from_secs(3)))
        .start()
        .await;
    app.publish(&Captured { order: 1 }).await.unwrap();
    app.run_for(Duration::ZERO).await;
    let begun = Instant::now();
    let report = app.stop().await;
    assert_eq!((report.finished, report.given_back), (0, 1));
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
    let history = app.history().to_string();
    assert!(
        history.ends_with(
            "3.000s ended       shop.Captured #1 in ledger.captured, attempt 1 of 2, not settled\n"
        ),
        "{history}"
    );
}

#[tokio::test]
async fn in_real_time_delays_pass_really() {
    let app = App::start(billing(refuse)).await;
    let begun = Instant::now();
    app.publish(&Capture { order: 1 }).await.unwrap();
    app.run_until_idle().await;
    assert!(begun.elapsed() >= 3 * FIRST_DELAY, "{:?}", begun.elapsed());
    assert_eq!(app.dead_letters().len(), 1, "{}", app.history());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_threads_everything_is_told_before_it_is_idle() {
    let app = App::builder()
        .service(billing(capture))
        .service(ledger(note))
        .start()
        .await;
    for round in 1..=200 {
        for order in 1..=5 {
            Capture { order }.publish(app.bus()).await.unwrap();
        }
        app.run_until_idle().await;
        let handled = (
            app.handled::<Capture>().len(),
            app.handled::<Captured>().len(),
        );
        assert_eq!(handled, (5 * round, 5 * round));
    }
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "the test app does not start: ")]
async fn an_app_that_does_not_start_says_why() {
    App::builder()
        .service(billing(capture))
        .worker(|worker| worker.handlers(["billing.refund"]))
        .start()
        .await;
}
