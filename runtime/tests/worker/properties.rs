//! The properties. Delays are short, since on RabbitMQ they pass in real time; in memory time is paused and they are exact.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use urutu::{Bus, Message, Permanent, PublishErrorKind, PublishOptions, SettleError};

pub(crate) use crate::dead_letters::{
    a_dry_run_counts_and_changes_nothing,
    a_letter_that_cannot_be_replayed_stays_and_the_report_says_why,
    a_replay_goes_to_another_queue_when_it_is_told_to,
    a_replayed_message_is_handled_as_if_it_were_new,
    a_sweep_stops_when_it_is_told_to_and_says_how_far_it_came,
    a_sweep_takes_what_its_filter_means_up_to_its_limit, each_filter_means_what_it_says,
    letters_in_a_shared_queue_go_back_each_to_its_own,
    reading_dead_letters_ends_and_takes_none_out,
    what_fails_again_during_a_replay_is_not_replayed_again,
    what_the_broker_gave_up_is_replayed_where_it_died_and_lives_on,
};
pub(crate) use crate::failure::{
    a_transient_error_comes_back_after_its_own_delay,
    the_hook_of_a_service_hears_of_every_failure_and_chooses_what_becomes_of_it,
};
pub(crate) use crate::health::{
    a_worker_that_does_not_start_is_not_live,
    health_is_red_with_the_reason_when_the_connection_is_closed,
    health_tells_of_the_start_the_drain_and_the_end,
};
use crate::late::assert_waited;
pub(crate) use crate::later::{
    a_message_for_later_comes_out_after_its_delay_at_its_exchange_with_its_topic,
    what_is_due_is_published_at_once_and_too_long_a_delay_is_an_error,
    what_is_staged_for_later_begins_to_wait_when_its_handler_succeeds,
};
pub(crate) use crate::layers::{
    a_layer_that_gives_up_costs_an_attempt_with_its_error,
    layers_see_deliveries_in_their_order_and_hand_values_to_handlers,
    limits_hold_and_waiting_for_them_is_not_the_time_of_the_handler,
};
pub(crate) use crate::order::{
    a_handler_that_fails_does_not_hold_up_its_key, a_lost_worker_leaves_the_order_as_it_was,
    a_message_without_its_key_waits_for_nobody_and_becomes_a_dead_letter,
    messages_with_one_key_are_handled_one_after_another_while_others_run_in_parallel,
    two_workers_keep_the_order_also_when_one_drains,
    what_waits_for_its_turn_goes_back_in_order_when_the_worker_drains,
};
use crate::service::{Capture, Captured, FIRST_DELAY, Seen, Unheard, start};
pub(crate) use crate::shared::queues_of_both_types_share_a_dead_letter_queue;

/// Long enough for anything that is going to happen to have happened.
const SETTLED: Duration = Duration::from_millis(1_500);

pub(crate) async fn an_acknowledged_task_publishes_what_it_staged(bus: Bus) {
    let (worker, mut seen) = start(&bus, |delivery| async move {
        let order = delivery.message().order;
        delivery.context().publish(&Captured { order })?;
        Ok(delivery.ack().await?)
    })
    .await;
    Capture { order: 7 }.publish(&bus).await.unwrap();
    assert_eq!(
        seen.recv().await,
        Some(Seen::Capture {
            order: 7,
            attempt: 1
        })
    );
    assert_eq!(
        seen.recv().await,
        Some(Seen::Captured {
            order: 7,
            correlated: true
        })
    );
    worker.stop().await;
}

pub(crate) async fn a_staged_event_that_must_reach_a_queue_fails_the_attempt_where_it_reaches_none(
    bus: Bus,
) {
    let (worker, mut seen) = start(&bus, |delivery| async move {
        let context = delivery.context();
        let options = match context.attempt() {
            1 => PublishOptions::new().mandatory(),
            _ => PublishOptions::new(),
        };
        context.publish_with(&Unheard { order: 1 }, options)?;
        match delivery.ack().await {
            Err(SettleError::Publish(error)) => {
                assert!(
                    matches!(error.kind(), PublishErrorKind::Unroutable),
                    "{error}"
                );
                Err(error.into())
            }
            settled => Ok(settled?),
        }
    })
    .await;
    Capture { order: 1 }.publish(&bus).await.unwrap();
    for attempt in [1, 2] {
        assert_eq!(seen.recv().await, Some(Seen::Capture { order: 1, attempt }));
    }
    tokio::time::sleep(SETTLED).await;
    worker.stop().await;
    assert!(seen.try_recv().is_err(), "the second attempt succeeds");
}

pub(crate) async fn a_failed_handler_publishes_nothing_and_is_tried_again_until_its_attempts_are_spent(
    bus: Bus,
) {
    // Told by the handler: a test on a busy machine hears of it later.
    let begun = Arc::new(Mutex::new(Vec::new()));
    let clock = Arc::clone(&begun);
    let (worker, mut seen) = start(&bus, move |delivery| {
        clock.lock().unwrap().push(Instant::now());
        async move {
            delivery.context().publish(&Captured { order: 0 })?;
            Err("the bank is closed".into())
        }
    })
    .await;
    Capture { order: 1 }.publish(&bus).await.unwrap();
    for attempt in 1..=3 {
        assert_eq!(seen.recv().await, Some(Seen::Capture { order: 1, attempt }));
    }
    let begun = begun.lock().unwrap().clone();
    assert_waited(begun[1] - begun[0], FIRST_DELAY);
    assert_waited(begun[2] - begun[1], 2 * FIRST_DELAY);
    tokio::time::sleep(SETTLED).await;
    worker.stop().await;
    assert!(
        seen.try_recv().is_err(),
        "nothing was published, and there is no fourth attempt"
    );
}

pub(crate) async fn retry_later_comes_back_after_the_delay_that_was_asked_for(bus: Bus) {
    let (worker, mut seen) = start(&bus, |delivery| async move {
        Ok(match delivery.context().attempt() {
            1 => delivery.retry_later(Duration::from_millis(1_270)).await?,
            _ => delivery.ack().await?,
        })
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
    // It is rounded up to the unit of the cascade.
    assert_waited(begun.elapsed(), Duration::from_millis(1_270));
    worker.stop().await;
}

pub(crate) async fn a_short_delay_never_waits_behind_a_long_one(bus: Bus) {
    let (worker, mut seen) = start(&bus, |delivery| async move {
        let delay = Duration::from_millis(if delivery.message().order == 1 {
            6_400
        } else {
            200
        });
        Ok(match delivery.context().attempt() {
            1 => delivery.retry_later(delay).await?,
            _ => delivery.ack().await?,
        })
    })
    .await;
    for order in [1, 2] {
        Capture { order }.publish(&bus).await.unwrap();
        assert_eq!(seen.recv().await, Some(Seen::Capture { order, attempt: 1 }));
    }
    for order in [2, 1] {
        assert_eq!(seen.recv().await, Some(Seen::Capture { order, attempt: 2 }));
    }
    worker.stop().await;
}

pub(crate) async fn a_panic_and_a_timeout_count_as_attempts(bus: Bus) {
    let (worker, mut seen) = start(&bus, |delivery| async move {
        match delivery.context().attempt() {
            1 => panic!("a panic that belongs to the test"),
            2 => std::future::pending().await,
            _ => Ok(delivery.ack().await?),
        }
    })
    .await;
    Capture { order: 1 }.publish(&bus).await.unwrap();
    for attempt in 1..=3 {
        assert_eq!(seen.recv().await, Some(Seen::Capture { order: 1, attempt }));
    }
    worker.stop().await;
}

pub(crate) async fn nack_comes_back_at_once_and_counts(bus: Bus) {
    let (worker, mut seen) =
        start(&bus, |delivery| async move { Ok(delivery.nack().await?) }).await;
    Capture { order: 1 }.publish(&bus).await.unwrap();
    let begun = Instant::now();
    for attempt in 1..=3 {
        assert_eq!(seen.recv().await, Some(Seen::Capture { order: 1, attempt }));
    }
    assert_waited(begun.elapsed(), Duration::ZERO);
    let letter = bus
        .dead_letters("billing.capture")
        .await
        .unwrap()
        .next()
        .await
        .unwrap();
    assert_eq!(
        (letter.reason(), letter.attempts()),
        ("attempts-exhausted", 3)
    );
    worker.stop().await;
    assert!(seen.try_recv().is_err());
}

pub(crate) async fn an_error_after_settling_changes_nothing(bus: Bus) {
    let (worker, mut seen) = start(&bus, |delivery| async move {
        let _settled = delivery.ack().await?;
        Err("too late".into())
    })
    .await;
    Capture { order: 1 }.publish(&bus).await.unwrap();
    assert_eq!(
        seen.recv().await,
        Some(Seen::Capture {
            order: 1,
            attempt: 1
        })
    );
    tokio::time::sleep(SETTLED).await;
    assert!(seen.try_recv().is_err(), "no second attempt");
    worker.stop().await;
}

/// What is staged after the attempt has failed would go out beside what its retry publishes.
pub(crate) async fn an_acknowledgement_that_comes_too_late_is_an_error_and_publishes_nothing(
    bus: Bus,
) {
    let (keep, mut kept) = mpsc::unbounded_channel();
    let (worker, mut seen) = start(&bus, move |delivery| {
        let keep = keep.clone();
        async move {
            if delivery.context().attempt() == 1 {
                keep.send(delivery).ok();
                return Err("it is elsewhere".into());
            }
            Ok(delivery.ack().await?)
        }
    })
    .await;
    Capture { order: 1 }.publish(&bus).await.unwrap();
    for attempt in [1, 2] {
        assert_eq!(seen.recv().await, Some(Seen::Capture { order: 1, attempt }));
    }
    let delivery = kept.recv().await.unwrap();
    delivery.context().publish(&Captured { order: 1 }).unwrap();
    let late = delivery.ack().await;
    assert!(matches!(late, Err(SettleError::TooLate)), "{late:?}");
    tokio::time::sleep(SETTLED).await;
    worker.stop().await;
    assert!(seen.try_recv().is_err(), "nothing is published");
}

pub(crate) async fn a_dead_letter_says_why_how_often_and_where_it_comes_from(bus: Bus) {
    let (worker, mut seen) = start(&bus, |delivery| async move {
        match delivery.message().order {
            1 => Ok(delivery.reject("card refused").await?),
            2 => Err(Permanent::new("stolen").into()),
            _ => Err("the bank is closed".into()),
        }
    })
    .await;
    let mut letters = bus.dead_letters("billing.capture").await.unwrap();
    // A letter that is dropped goes back to its queue, and would be the next one again.
    let mut read = Vec::new();
    for (order, reason, error, attempts) in [
        (1, "rejected", "card refused", 1),
        (2, "permanent-error", "stolen", 1),
        (3, "attempts-exhausted", "the bank is closed", 3),
    ] {
        let receipt = Capture { order }.publish(&bus).await.unwrap();
        let letter = letters.next().await.unwrap();
        assert_eq!((letter.reason(), letter.attempts()), (reason, attempts));
        assert_eq!(letter.errors(), [error]);
        assert_eq!(letter.message_id(), Some(&*receipt.message_id.to_string()));
        assert_eq!(letter.type_id(), Some("shop.Capture"));
        assert_eq!(
            (letter.exchange(), letter.topic()),
            (Some("shop"), Some("tasks.capture"))
        );
        assert!(letter.first_failed_at().is_some());
        assert!(letter.first_failed_at() <= letter.last_failed_at());
        assert_eq!(letter.body(), format!("{{\"order\":{order}}}").as_bytes());
        for attempt in 1..=attempts {
            assert_eq!(seen.recv().await, Some(Seen::Capture { order, attempt }));
        }
        read.push(letter);
    }
    worker.stop().await;
}

pub(crate) async fn what_breaks_its_contract_or_reaches_nobody_is_an_error_at_the_caller(bus: Bus) {
    let invalid = Capture { order: 0 }.publish(&bus).await.unwrap_err();
    assert!(
        matches!(invalid.kind(), PublishErrorKind::Invalid(_)),
        "{invalid}"
    );
    assert!(invalid.to_string().contains("order"), "{invalid}");
    let unroutable = Capture { order: 1 }.publish(&bus).await.unwrap_err();
    assert!(
        matches!(unroutable.kind(), PublishErrorKind::Unroutable),
        "{unroutable}"
    );
    assert!(!unroutable.may_be_stored());
    Captured { order: 1 }
        .publish(&bus)
        .await
        .expect("an event needs no consumer");
}

pub(crate) async fn a_drain_waits_for_what_runs_and_gives_back_what_takes_too_long(bus: Bus) {
    let finished = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&finished);
    let (worker, mut seen) = start(&bus, move |delivery| {
        let count = Arc::clone(&count);
        async move {
            // Odd orders take longer than the drain.
            let seconds = if delivery.message().order % 2 == 0 {
                1
            } else {
                60
            };
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            count.fetch_add(1, Ordering::SeqCst);
            Ok(delivery.ack().await?)
        }
    })
    .await;
    // Four handlers run at a time, and the broker sends eight deliveries.
    for order in 1..=8 {
        Capture { order }.publish(&bus).await.unwrap();
    }
    for _ in 0..4 {
        seen.recv().await.unwrap();
    }
    let report = worker.stop().await;
    assert_eq!(finished.load(Ordering::SeqCst), 2, "orders 2 and 4");
    assert_eq!((report.finished, report.given_back), (2, 6));
    // All six are there for the next worker.
    let (worker, mut seen) = start(&bus, |delivery| async move { Ok(delivery.ack().await?) }).await;
    let mut left = Vec::new();
    for _ in 0..6 {
        match seen.recv().await {
            Some(Seen::Capture { order, .. }) => left.push(order),
            other => panic!("{other:?}"),
        }
    }
    left.sort_unstable();
    assert_eq!(left, [1, 3, 5, 6, 7, 8]);
    worker.stop().await;
}

pub(crate) async fn a_worker_that_is_lost_costs_an_attempt_and_no_message(bus: Bus) {
    let (worker, mut seen) = start(&bus, |_delivery| std::future::pending()).await;
    Capture { order: 1 }.publish(&bus).await.unwrap();
    assert_eq!(
        seen.recv().await,
        Some(Seen::Capture {
            order: 1,
            attempt: 1
        })
    );
    drop(worker);
    let (worker, mut seen) = start(&bus, |delivery| async move { Ok(delivery.ack().await?) }).await;
    assert_eq!(
        seen.recv().await,
        Some(Seen::Capture {
            order: 1,
            attempt: 2
        })
    );
    worker.stop().await;
}

pub(crate) async fn thousands_published_at_once_are_each_handled_once(bus: Bus) {
    const PUBLISHERS: u32 = 50;
    const EACH: u32 = 100;
    let (worker, mut seen) = start(&bus, |delivery| async move { Ok(delivery.ack().await?) }).await;
    let mut publishing = tokio::task::JoinSet::new();
    for publisher in 0..PUBLISHERS {
        let bus = bus.clone();
        publishing.spawn(async move {
            for number in 1..=EACH {
                let order = publisher * EACH + number;
                Capture { order }.publish(&bus).await.unwrap();
            }
        });
    }
    let mut orders = Vec::new();
    while orders.len() < (PUBLISHERS * EACH) as usize {
        match seen.recv().await {
            Some(Seen::Capture { order, attempt: 1 }) => orders.push(order),
            other => panic!("{other:?}"),
        }
    }
    while let Some(published) = publishing.join_next().await {
        published.unwrap();
    }
    orders.sort_unstable();
    assert!(orders.into_iter().eq(1..=PUBLISHERS * EACH));
    worker.stop().await;
    assert!(seen.try_recv().is_err(), "none came twice");
}
