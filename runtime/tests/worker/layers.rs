//! tower layers around the handlers of a service.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use tower::limit::ConcurrencyLimitLayer;
use tower::timeout::TimeoutLayer;
use tower::util::MapRequestLayer;
use urutu::{Bus, Inbound, Message, Service};

use crate::service::{Capture, Seen, billing, worker};

#[derive(Debug, PartialEq)]
struct Tenant(String);

pub(crate) async fn layers_see_deliveries_in_their_order_and_hand_values_to_handlers(bus: Bus) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let noting = |word: &'static str| {
        let log = Arc::clone(&log);
        MapRequestLayer::new(move |inbound: Inbound| {
            let cx = inbound.context();
            inbound.insert(Tenant(format!("{} on {}", inbound.type_id(), cx.queue())));
            log.lock().unwrap().push((word, cx.attempt()));
            inbound
        })
    };
    let handlers = Arc::clone(&log);
    let (service, mut seen) = billing(move |delivery| {
        let cx = delivery.context();
        assert_eq!(
            cx.get::<Tenant>().as_deref(),
            Some(&Tenant("shop.Capture on billing.capture".to_owned()))
        );
        assert!(cx.get::<String>().is_none());
        handlers.lock().unwrap().push(("handler", cx.attempt()));
        async move {
            Ok(match delivery.context().attempt() {
                1 => delivery.nack().await?,
                _ => delivery.ack().await?,
            })
        }
    });
    let service = service.layer(noting("inner")).layer(noting("outer"));
    let worker = worker(&bus, service).start().await.unwrap();
    Capture { order: 1 }.publish(&bus).await.unwrap();
    seen.recv().await.unwrap();
    seen.recv().await.unwrap();
    worker.stop().await;
    assert_eq!(
        *log.lock().unwrap(),
        [
            ("outer", 1),
            ("inner", 1),
            ("handler", 1),
            ("outer", 2),
            ("inner", 2),
            ("handler", 2)
        ]
    );
}

/// Five handlers of 2.5 s one after another take longer than the timeout of one, 8 s.
pub(crate) async fn limits_hold_and_waiting_for_them_is_not_the_time_of_the_handler(bus: Bus) {
    const EACH: Duration = Duration::from_millis(2_500);
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, peak) = (Arc::clone(&running), Arc::clone(&most));
    let (service, mut seen) = billing(move |delivery| {
        let (now, peak) = (Arc::clone(&now), Arc::clone(&peak));
        async move {
            peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(EACH).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(delivery.ack().await?)
        }
    });
    // A service that is limited in its rate is not `Clone`: it goes behind a buffer.
    let service = service.layer(ConcurrencyLimitLayer::new(1)).layer(
        tower::ServiceBuilder::new()
            .buffer(16)
            .rate_limit(1, EACH / 3),
    );
    let worker = worker(&bus, service).start().await.unwrap();
    let begun = Instant::now();
    for order in 1..=5 {
        Capture { order }.publish(&bus).await.unwrap();
    }
    let mut orders = Vec::new();
    for _ in 1..=5 {
        match seen.recv().await {
            Some(Seen::Capture { order, attempt: 1 }) => orders.push(order),
            other => panic!("{other:?}"),
        }
    }
    assert!(begun.elapsed() >= 4 * EACH, "{:?}", begun.elapsed());
    worker.stop().await;
    orders.sort_unstable();
    assert_eq!(orders, [1, 2, 3, 4, 5]);
    assert_eq!(most.load(Ordering::SeqCst), 1, "never two at a time");
    assert!(seen.try_recv().is_err(), "none came twice");
}

pub(crate) async fn a_layer_that_gives_up_costs_an_attempt_with_its_error(bus: Bus) {
    let (service, mut seen) = billing(|delivery| async move {
        match delivery.context().attempt() {
            3 => Ok(delivery.reject("seen enough").await?),
            _ => std::future::pending().await,
        }
    });
    let service = service.layer(TimeoutLayer::new(Duration::from_millis(400)));
    let errors = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&errors);
    let service = service.on_failure(move |failed, cx| {
        let elapsed = failed.find::<tower::timeout::error::Elapsed>().is_some();
        heard.lock().unwrap().push((cx.attempt(), elapsed));
        urutu::Outcome::AsDeclared
    });
    let worker = worker(&bus, service).start().await.unwrap();
    Capture { order: 1 }.publish(&bus).await.unwrap();
    for attempt in 1..=3 {
        assert_eq!(seen.recv().await, Some(Seen::Capture { order: 1, attempt }));
    }
    let mut letters = bus.dead_letters("billing.capture").await.unwrap();
    let letter = letters.next().await.unwrap();
    assert_eq!((letter.reason(), letter.attempts()), ("rejected", 3));
    worker.stop().await;
    assert_eq!(*errors.lock().unwrap(), [(1, true), (2, true)]);
}
