//! What becomes of a failed attempt: by the class of its error, and by the hook of the service.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use urutu::{Bus, FailureKind, Message, Outcome, Permanent, Service, Transient};

use crate::service::{Capture, Captured, FIRST_DELAY, Seen, billing, start, worker};

pub(crate) async fn a_transient_error_comes_back_after_its_own_delay(bus: Bus) {
    const DELAY: Duration = Duration::from_millis(1_100);
    let (worker, mut seen) = start(&bus, |delivery| async move {
        match delivery.context().attempt() {
            1 => Err(Transient::after("the bank is closed", DELAY).into()),
            _ => Ok(delivery.ack().await?),
        }
    })
    .await;
    let begun = Instant::now();
    Capture { order: 1 }.publish(&bus).await.unwrap();
    seen.recv().await.unwrap();
    assert_eq!(
        seen.recv().await,
        Some(Seen::Capture {
            order: 1,
            attempt: 2
        })
    );
    assert!(begun.elapsed() >= DELAY && DELAY > 3 * FIRST_DELAY);
    worker.stop().await;
}

#[derive(Debug, thiserror::Error)]
#[error("order {0} is odd")]
struct Odd(u32);

pub(crate) async fn the_hook_of_a_service_hears_of_every_failure_and_chooses_what_becomes_of_it(
    bus: Bus,
) {
    let (service, mut seen) = billing(|delivery| async move {
        let order = delivery.message().order;
        delivery.context().publish(&Captured { order })?;
        match order {
            2 => panic!("a panic that belongs to the test"),
            4 => Err(Permanent::new("stolen").into()),
            _ => Err(Odd(order).into()),
        }
    });
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let service = service
        .on_failure(|_, cx| match cx.attempt() {
            // Of the inner hook: it is asked where the outer one leaves it open.
            1 => Outcome::RetryLater(Duration::from_millis(200)),
            _ => Outcome::DeadLetter,
        })
        .on_failure(move |failed, cx| {
            let order = failed.find::<Odd>().map(|odd| odd.0);
            let mut log = log.lock().unwrap();
            log.push((order, failed.kind(), failed.is_permanent(), cx.attempt()));
            drop(log);
            match order {
                Some(1) => Outcome::Ack,
                Some(3) => Outcome::AsDeclared,
                Some(5) => panic!("a panic in a hook"),
                _ => Outcome::DeadLetter,
            }
        });
    let worker = worker(&bus, service).start().await.unwrap();
    let mut letters = bus.dead_letters("billing.capture").await.unwrap();
    let mut read = Vec::new();
    // One after another, so that what was heard has one order.
    for (order, attempts, letter) in [
        (1, 1, None),
        (2, 1, Some(("failed", "a panic that belongs to the test"))),
        (3, 2, Some(("failed", "order 3 is odd"))),
        (4, 1, Some(("permanent-error", "stolen"))),
        // A hook that panics leaves it to the catalog: three attempts.
        (5, 3, Some(("attempts-exhausted", "order 5 is odd"))),
    ] {
        Capture { order }.publish(&bus).await.unwrap();
        for attempt in 1..=attempts {
            assert_eq!(seen.recv().await, Some(Seen::Capture { order, attempt }));
        }
        if let Some((reason, error)) = letter {
            let letter = letters.next().await.unwrap();
            assert_eq!((letter.reason(), letter.attempts()), (reason, attempts));
            assert!(letter.errors().join(": ").contains(error), "{letter:?}");
            read.push(letter);
        }
    }
    worker.stop().await;
    // An acknowledgement by the hook publishes nothing either.
    assert!(
        seen.try_recv().is_err(),
        "a failed handler publishes nothing"
    );
    let error = FailureKind::Error;
    assert_eq!(
        *heard.lock().unwrap(),
        [
            (Some(1), error, false, 1),
            (None, FailureKind::Panic, false, 1),
            (Some(3), error, false, 1),
            (Some(3), error, false, 2),
            (None, error, true, 1),
            (Some(5), error, false, 1),
            (Some(5), error, false, 2),
            (Some(5), error, false, 3),
        ]
    );
}
