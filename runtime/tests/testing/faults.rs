//! What a test lets go wrong.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use urutu::testing::{App, PublishFault};
use urutu::{Delivery, Message, Outcome, PublishErrorKind, Service};

use crate::service::{Capture, Captured, FIRST_DELAY, Refund, billing, capture, refuse};

#[tokio::test(start_paused = true)]
async fn a_publish_that_fails_is_a_failed_attempt() {
    for (fault, text) in [
        (PublishFault::Refused, "the broker refused it"),
        (PublishFault::Unroutable, "no queue is bound for it"),
    ] {
        let app = App::start(billing(capture)).await;
        app.fail_next_publish::<Captured>(fault);
        app.publish(&Capture { order: 7 }).await.unwrap();
        app.run_until_idle().await;
        let retried = &app.retried::<Capture>()[0];
        assert_eq!((retried.attempt, retried.delay), (1, FIRST_DELAY));
        assert!(retried.errors[0].contains(text), "{:?}", retried.errors);
        assert_eq!(app.handled::<Capture>()[0].attempt, 2);
        assert_eq!(app.published::<Captured>(), [Captured { order: 7 }]);
        let history = app.history().to_string();
        assert!(history.contains("unpublished shop.Captured"), "{history}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_confirm_is_an_error_and_what_is_staged_is_sent_again() {
    let app = App::start(billing(capture)).await;
    app.fail_next_publish::<Capture>(PublishFault::ConfirmLost);
    let error = app.publish(&Capture { order: 7 }).await.unwrap_err();
    assert!(
        matches!(error.kind(), PublishErrorKind::ConfirmLost(_)),
        "{error}"
    );
    app.fail_next_publish::<Captured>(PublishFault::ConfirmLost);
    app.publish(&Capture { order: 7 }).await.unwrap();
    app.run_until_idle().await;
    assert!(app.retried::<Capture>().is_empty(), "{}", app.history());
    assert_eq!(app.published::<Captured>(), [Captured { order: 7 }]);
}

#[tokio::test(start_paused = true)]
async fn what_the_hook_of_a_service_wants_no_more_of_is_forgotten_and_not_handled() {
    let stubborn = billing(refuse).on_failure(|_, _| Outcome::Ack);
    let app = App::start(stubborn).await;
    app.publish(&Capture { order: 7 }).await.unwrap();
    app.run_until_idle().await;
    assert!(app.handled::<Capture>().is_empty());
    assert!(app.retried::<Capture>().is_empty());
    assert!(app.dead_letters().is_empty());
    let history = app.history().to_string();
    let line = "0.000s forgotten   shop.Capture #1 in billing.capture, attempt 1 of 3: the bank is closed\n";
    assert!(history.ends_with(line), "{history}");
}

#[tokio::test(start_paused = true)]
async fn faults_strike_in_order_and_only_their_type() {
    let app = App::start(billing(capture)).await;
    app.fail_next_publish::<Refund>(PublishFault::Unroutable);
    app.fail_next_publish::<Refund>(PublishFault::Refused);
    app.fail_next_publish::<Refund>(PublishFault::Timeout);
    app.publish(&Captured { order: 1 }).await.unwrap();
    let refund = Refund { order: 1 };
    // It cannot be unroutable today, but the others strike.
    let later = refund.publish_after(app.bus(), FIRST_DELAY).await;
    assert!(matches!(
        later.unwrap_err().kind(),
        PublishErrorKind::Refused(_)
    ));
    let unroutable = app.publish(&refund).await.unwrap_err();
    assert!(matches!(unroutable.kind(), PublishErrorKind::Unroutable));
    let begun = Instant::now();
    let timeout = app.publish(&refund).await.unwrap_err();
    assert!(matches!(timeout.kind(), PublishErrorKind::Timeout(_)) && timeout.may_be_stored());
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
    app.publish(&refund).await.unwrap();
    assert_eq!(app.published::<Refund>().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_lost_connection_held_comes_again_and_counts() {
    let app = App::start(billing(|task| async move {
        if task.context().attempt() == 1 {
            sleep(Duration::from_secs(2)).await;
        } else {
            assert!(task.context().is_redelivered());
        }
        capture(task).await
    }))
    .await;
    app.publish(&Capture { order: 7 }).await.unwrap();
    app.run_for(Duration::from_secs(1)).await;
    app.lose_connection();
    app.run_until_idle().await;
    let handled = app.handled::<Capture>();
    assert_eq!(handled.len(), 1, "{}", app.history());
    assert_eq!(handled[0].attempt, 2, "{}", app.history());
    // The first attempt had lost its delivery when it wanted to settle it, and so it published nothing.
    assert_eq!(app.published::<Captured>().len(), 1, "{}", app.history());
    let history = app.history().to_string();
    assert!(history.contains("lost        the connection"), "{history}");
    assert!(
        history.contains("the channel of the delivery is gone"),
        "{history}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_in_vain_is_a_failure_that_the_hook_hears_of() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let slow = |task: Delivery<Capture>| async move {
        if task.context().attempt() == 1 {
            sleep(Duration::from_secs(2)).await;
        }
        Ok(task.ack().await?)
    };
    let service = billing(slow).on_failure(move |failed, cx| {
        let mut log = log.lock().unwrap();
        log.push((failed.to_string(), cx.attempt()));
        Outcome::AsDeclared
    });
    let app = App::start(service).await;
    app.publish(&Capture { order: 7 }).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    app.lose_connection();
    app.run_until_idle().await;
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 1, "{heard:?}");
    let (error, attempt) = &heard[0];
    assert!(
        error.contains("the channel of the delivery is gone"),
        "{error}"
    );
    assert_eq!(*attempt, 1);
    // It came again, and no retry was stored beside that.
    let handled = app.handled::<Capture>();
    assert_eq!(
        (handled.len(), handled[0].attempt),
        (1, 2),
        "{}",
        app.history()
    );
    assert!(app.retried::<Capture>().is_empty(), "{}", app.history());
}
