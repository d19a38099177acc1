//! How the handlers of the quickstart are tested: on a broker in memory, with a clock that does not make anybody wait.

use std::time::Duration;

use urutu::testing::{App, PublishFault};
use urutu::{Bus, Decimal, Uuid};

use crate::analytics::Analytics;
use crate::billing::Billing;
use crate::shop::analytics::AnalyticsHandlers;
use crate::shop::common::Money;
use crate::shop::orders::OrderPlaced;
use crate::shop::payments::{BillingHandlers, CapturePayment, PaymentCaptured};
use crate::story;

const ORDER: Uuid = Uuid::from_u128(7);

fn euros(cents: i64) -> Money {
    Money::new(Decimal::new(cents, 2), "EUR".to_owned())
}

fn capture(card: &str) -> CapturePayment {
    CapturePayment::new(ORDER, euros(2990), card.to_owned())
}

/// The service under test, alone: the story that it would note things for is not told.
async fn billing() -> App {
    let (_, notes) = story::begin(&Bus::in_memory());
    App::start(Billing::new(notes).into_service()).await
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_paid_by_card_is_captured_once() {
    let app = billing().await;
    let placed = story::order_placed(ORDER);
    app.publish(&placed).await.unwrap();
    app.run_until_idle().await;

    assert_eq!(app.handled::<OrderPlaced>().len(), 1, "{}", app.history());
    let expected = CapturePayment::new(ORDER, placed.total, "card-good".to_owned());
    assert_eq!(app.published::<CapturePayment>(), [expected]);
    assert_eq!(app.handled::<CapturePayment>().len(), 1);
    let captured = app.published::<PaymentCaptured>();
    assert_eq!(captured.len(), 1, "{}", app.history());
    assert_eq!(captured[0].order_id, ORDER);
}

#[tokio::test(start_paused = true)]
async fn a_busy_bank_is_asked_again_after_a_second() {
    let app = billing().await;
    app.publish(&capture("card-busy")).await.unwrap();
    app.run_until_idle().await;

    let retried = app.retried::<CapturePayment>();
    assert_eq!(retried.len(), 1, "{}", app.history());
    assert_eq!(retried[0].delay, Duration::from_secs(1));
    let handled = app.handled::<CapturePayment>();
    assert_eq!(
        (handled[0].attempt, handled[0].at),
        (2, Duration::from_secs(1))
    );
    assert_eq!(app.published::<PaymentCaptured>().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stolen_card_is_given_up_at_once() {
    let app = billing().await;
    app.publish(&capture("card-stolen")).await.unwrap();
    app.run_until_idle().await;

    let letters = app.dead_letters();
    assert_eq!(letters.len(), 1, "{}", app.history());
    assert_eq!(letters[0].reason(), "rejected");
    assert_eq!(letters[0].errors(), ["the card was reported stolen"]);
    assert_eq!(letters[0].decode(), Some(capture("card-stolen")));
    assert!(app.published::<PaymentCaptured>().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_capture_whose_event_cannot_be_published_is_tried_again() {
    let app = billing().await;
    app.fail_next_publish::<PaymentCaptured>(PublishFault::Refused);
    app.publish(&capture("card-good")).await.unwrap();
    app.run_until_idle().await;

    assert_eq!(
        app.retried::<CapturePayment>().len(),
        1,
        "{}",
        app.history()
    );
    assert_eq!(app.published::<PaymentCaptured>().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn analytics_counts_what_billing_captured() {
    let (_, notes) = story::begin(&Bus::in_memory());
    let app = App::builder()
        .service(Billing::new(notes.clone()).into_service())
        .service(Analytics::new(notes).into_service())
        .start()
        .await;
    app.publish(&capture("card-good")).await.unwrap();
    app.run_until_idle().await;
    let counted = app.handled::<PaymentCaptured>();
    assert_eq!(counted.len(), 1, "{}", app.history());
    assert_eq!(counted[0].queue, "analytics");
}
