//! Two queues that share a dead-letter queue, in the service `desk`, whose handlers fail.

use std::time::Duration;

use urutu::codegen::{
    BindingSpec, BoxFuture, Handled, HandlerSpec, Inbound, OnError, OnUnknown, QueueArguments,
    QueueKind, QueueSpec, RetrySpec, ServiceSpec, finished,
};
use urutu::{Bus, Contract, Message, Permanent, RunningWorker, Service, Worker};

use crate::service::{Capture, Captured};

pub(crate) const FAILED: &str = "shop.failed";

const fn queue(
    name: &'static str,
    kind: QueueKind,
    arguments: QueueArguments,
    bindings: &'static [BindingSpec],
    handlers: &'static [HandlerSpec],
) -> QueueSpec {
    QueueSpec {
        name,
        kind,
        arguments,
        bindings,
        concurrency: 1,
        prefetch: 2,
        on_unknown: OnUnknown::DeadLetter,
        dead_letter: Some(FAILED),
        handlers,
    }
}

const fn handler(name: &'static str, message: &'static Contract) -> HandlerSpec {
    HandlerSpec {
        name,
        message,
        ordered_by: &[],
        timeout: Duration::from_secs(5),
        on_error: OnError::DeadLetter,
        retry: RetrySpec::NONE,
    }
}

static SPEC: ServiceSpec = ServiceSpec {
    name: "desk",
    publishes: &[],
    queues: &[
        queue(
            "desk.capture",
            QueueKind::Classic,
            QueueArguments {
                message_ttl: Some(Duration::from_millis(500)),
                ..QueueArguments::NONE
            },
            &[BindingSpec {
                exchange: "shop",
                key: "tasks.capture",
            }],
            &[handler("capture", Capture::CONTRACT)],
        ),
        queue(
            "desk.captured",
            QueueKind::Quorum,
            QueueArguments::NONE,
            &[BindingSpec {
                exchange: "shop",
                key: "payments.captured",
            }],
            &[handler("captured", Captured::CONTRACT)],
        ),
    ],
};

struct Desk;

impl Service for Desk {
    fn spec(&self) -> &'static ServiceSpec {
        &SPEC
    }

    fn handle(&self, _: Inbound) -> BoxFuture<'_, Handled> {
        Box::pin(async { finished(Err(Permanent::new("out of paper"))) })
    }
}

pub(crate) fn desk() -> impl Service {
    Desk
}

pub(crate) async fn start(bus: &Bus) -> RunningWorker {
    let worker = Worker::builder().bus(bus.clone()).service(desk());
    worker.start().await.unwrap()
}

pub(crate) async fn queues_of_both_types_share_a_dead_letter_queue(bus: Bus) {
    let worker = start(&bus).await;
    let mut letters = bus.dead_letters_in(FAILED).await.unwrap();
    // A letter that is dropped goes back to its queue, and would be the next one again.
    let mut read = Vec::new();
    Capture { order: 1 }.publish(&bus).await.unwrap();
    read.push(letters.next().await.unwrap());
    Captured { order: 2 }.publish(&bus).await.unwrap();
    read.push(letters.next().await.unwrap());
    worker.stop().await;
    // What nobody takes in time is given up by the broker.
    Capture { order: 3 }.publish(&bus).await.unwrap();
    read.push(letters.next().await.unwrap());
    let found = read.iter().map(|letter| {
        assert_eq!(letter.dead_letter_queue(), FAILED);
        (letter.queue().unwrap(), letter.reason(), letter.body())
    });
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            ("desk.capture", "permanent-error", &b"{\"order\":1}"[..]),
            ("desk.captured", "permanent-error", b"{\"order\":2}"),
            ("desk.capture", "expired", b"{\"order\":3}"),
        ]
    );
    let own = bus.dead_letters("desk.capture").await.unwrap_err();
    assert!(own.to_string().contains("desk.capture.dead"), "{own}");
}
