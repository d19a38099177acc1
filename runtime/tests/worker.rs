//! The worker's promises, on the in-memory broker, with a service written by hand as the generator writes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use urutu::codegen::{
    Backoff, BindingSpec, BoxFuture, Checker, Handled, HandlerSpec, Inbound, OnError, OnUnknown,
    QueueKind, QueueSpec, RetrySpec, ServiceSpec, Validate, finished, settled,
};
use urutu::{
    Bus, Context, Contract, Delivery, Kind, Message, Permanent, PublishErrorKind, Service, Settled,
    Worker,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Capture {
    order: u32,
}

impl Validate for Capture {
    fn check(&self, checker: &mut Checker) {
        checker.field("order", |checker| checker.at_least(&self.order, &1));
    }
}

impl Message for Capture {
    const CONTRACT: &'static Contract = &Contract {
        type_id: "shop.Capture",
        kind: Kind::Task,
        topic: "tasks.capture",
        exchange: "shop",
        priority: None,
        ttl: None,
    };
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Captured {
    order: u32,
}

impl Validate for Captured {
    fn check(&self, _: &mut Checker) {}
}

impl Message for Captured {
    const CONTRACT: &'static Contract = &Contract {
        type_id: "shop.Captured",
        kind: Kind::Event,
        topic: "payments.captured",
        exchange: "shop",
        priority: None,
        ttl: None,
    };
}

/// What a handler saw.
#[derive(Debug, PartialEq)]
enum Seen {
    Capture { order: u32, attempt: u32 },
    Captured { order: u32, correlated: bool },
}

type ManualFuture = BoxFuture<'static, Result<Settled, urutu::BoxError>>;

/// Its behaviour comes in as a function, so that each test says what the handler does.
struct Billing {
    seen: mpsc::UnboundedSender<Seen>,
    manual: Box<dyn Fn(Delivery<Capture>) -> ManualFuture + Send + Sync>,
}

static SPEC: ServiceSpec = ServiceSpec {
    name: "billing",
    publishes: &[Captured::CONTRACT],
    queues: &[
        QueueSpec {
            name: "billing.capture",
            kind: QueueKind::Quorum,
            bindings: &[BindingSpec {
                exchange: "shop",
                key: "tasks.capture",
            }],
            concurrency: 4,
            prefetch: 8,
            on_unknown: OnUnknown::DeadLetter,
            handlers: &[HandlerSpec {
                name: "capture",
                message: Capture::CONTRACT,
                timeout: Duration::from_secs(5),
                on_error: OnError::Retry,
                retry: RetrySpec {
                    attempts: 3,
                    backoff: Backoff::Exponential,
                    initial: Duration::from_secs(10),
                    max: Duration::from_secs(60),
                },
            }],
        },
        QueueSpec {
            name: "billing.captured",
            kind: QueueKind::Quorum,
            bindings: &[BindingSpec {
                exchange: "shop",
                key: "payments.captured",
            }],
            concurrency: 1,
            prefetch: 2,
            on_unknown: OnUnknown::DeadLetter,
            handlers: &[HandlerSpec {
                name: "captured",
                message: Captured::CONTRACT,
                timeout: Duration::from_secs(5),
                on_error: OnError::DeadLetter,
                retry: RetrySpec {
                    attempts: 1,
                    backoff: Backoff::Fixed,
                    initial: Duration::ZERO,
                    max: Duration::ZERO,
                },
            }],
        },
    ],
};

impl Billing {
    async fn captured(&self, message: Captured, cx: &Context) -> Result<(), urutu::BoxError> {
        let correlated = cx.correlation_id().is_some() && cx.correlation_id() != cx.message_id();
        self.seen.send(Seen::Captured {
            order: message.order,
            correlated,
        })?;
        Ok(())
    }
}

impl Service for Billing {
    fn spec(&self) -> &'static ServiceSpec {
        &SPEC
    }

    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
        match inbound.type_id() {
            "shop.Capture" => Box::pin(async move {
                let delivery = inbound.delivery::<Capture>()?;
                let seen = Seen::Capture {
                    order: delivery.message().order,
                    attempt: delivery.context().attempt(),
                };
                let _ = self.seen.send(seen);
                settled((self.manual)(delivery).await)
            }),
            "shop.Captured" => Box::pin(async move {
                let (message, cx) = inbound.decode::<Captured>()?;
                finished(self.captured(message, &cx).await)
            }),
            _ => inbound.unhandled(),
        }
    }
}

type Running = (Bus, urutu::RunningWorker, mpsc::UnboundedReceiver<Seen>);

async fn start<F, R>(manual: F) -> Running
where
    F: Fn(Delivery<Capture>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Settled, urutu::BoxError>> + Send + 'static,
{
    let bus = Bus::in_memory();
    let (seen, receiver) = mpsc::unbounded_channel();
    let manual = Box::new(move |delivery| -> ManualFuture { Box::pin(manual(delivery)) });
    let worker = Worker::builder()
        .bus(bus.clone())
        .service(Billing { seen, manual })
        .drain_timeout(Duration::from_secs(3))
        .start()
        .await
        .unwrap();
    (bus, worker, receiver)
}

#[tokio::test(start_paused = true)]
async fn an_acknowledged_task_publishes_what_it_staged() {
    let (bus, worker, mut seen) = start(|delivery| async move {
        delivery.context().publish(&Captured {
            order: delivery.message().order,
        })?;
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

#[tokio::test(start_paused = true)]
async fn a_failed_handler_publishes_nothing_and_is_tried_again_after_its_delay_until_its_attempts_are_spent()
 {
    let (bus, worker, mut seen) = start(|delivery| async move {
        delivery.context().publish(&Captured { order: 0 })?;
        Err("the bank is closed".into())
    })
    .await;
    let begun = tokio::time::Instant::now();
    Capture { order: 1 }.publish(&bus).await.unwrap();
    let mut times = Vec::new();
    for attempt in 1..=3 {
        assert_eq!(seen.recv().await, Some(Seen::Capture { order: 1, attempt }));
        times.push(begun.elapsed().as_secs());
    }
    assert_eq!(times, [0, 10, 30]);
    let report = worker.stop().await;
    assert_eq!(report.given_back, 0);
    assert!(
        seen.try_recv().is_err(),
        "nothing was published, and there is no fourth attempt"
    );
}

#[tokio::test(start_paused = true)]
async fn retry_later_comes_back_after_the_delay_that_was_asked_for() {
    let (bus, worker, mut seen) = start(|delivery| async move {
        match delivery.context().attempt() {
            1 => Ok(delivery.retry_later(Duration::from_millis(4_700)).await?),
            _ => Ok(delivery.ack().await?),
        }
    })
    .await;
    Capture { order: 1 }.publish(&bus).await.unwrap();
    seen.recv().await.unwrap();
    let begun = tokio::time::Instant::now();
    assert_eq!(
        seen.recv().await,
        Some(Seen::Capture {
            order: 1,
            attempt: 2
        })
    );
    let waited = begun.elapsed();
    assert!(
        waited >= Duration::from_millis(4_700) && waited < Duration::from_millis(4_800),
        "{waited:?}"
    );
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_and_a_timeout_count_as_attempts() {
    let (bus, worker, mut seen) = start(|delivery| async move {
        match delivery.context().attempt() {
            1 => panic!("out of range"),
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

#[tokio::test(start_paused = true)]
async fn nack_comes_back_at_once_and_counts() {
    let (bus, worker, mut seen) = start(|delivery| async move { Ok(delivery.nack().await?) }).await;
    let begun = tokio::time::Instant::now();
    Capture { order: 1 }.publish(&bus).await.unwrap();
    for attempt in 1..=3 {
        assert_eq!(seen.recv().await, Some(Seen::Capture { order: 1, attempt }));
    }
    assert!(begun.elapsed() < Duration::from_secs(1));
    worker.stop().await;
    assert!(seen.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn an_error_after_settling_changes_nothing() {
    let (bus, worker, mut seen) = start(|delivery| async move {
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
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(seen.try_recv().is_err(), "no second attempt");
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_says_why_how_often_and_where_it_comes_from() {
    let (bus, worker, mut seen) = start(|delivery| async move {
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
        assert!(letter.first_failed_at() <= letter.last_failed_at());
        assert_eq!(letter.body(), format!("{{\"order\":{order}}}").as_bytes());
        for attempt in 1..=attempts {
            assert_eq!(seen.recv().await, Some(Seen::Capture { order, attempt }));
        }
        read.push(letter);
    }
    worker.stop().await;
}

#[tokio::test]
async fn what_breaks_its_contract_or_reaches_nobody_is_an_error_at_the_caller() {
    let bus = Bus::in_memory();
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

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_what_runs_and_gives_back_what_takes_too_long() {
    let finished = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&finished);
    let (bus, worker, mut seen) = start(move |delivery| {
        let count = Arc::clone(&count);
        async move {
            // Odd orders take longer than the drain.
            let seconds = if delivery.message().order % 2 == 0 {
                2
            } else {
                4
            };
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            count.fetch_add(1, Ordering::SeqCst);
            Ok(delivery.ack().await?)
        }
    })
    .await;
    for order in 1..=8 {
        Capture { order }.publish(&bus).await.unwrap();
    }
    for _ in 0..4 {
        seen.recv().await.unwrap();
    }
    let report = worker.stop().await;
    assert_eq!(finished.load(Ordering::SeqCst), 2, "orders 2 and 4");
    assert_eq!((report.finished, report.given_back), (2, 6));
}
