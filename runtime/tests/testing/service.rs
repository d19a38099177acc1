//! Two services written by hand, as the generator writes them. What their handlers do comes in as functions, so that each test says it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use urutu::codegen::{
    Backoff, BindingSpec, BoxFuture, Checker, Handled, HandlerSpec, Inbound, OnError, OnUnknown,
    QueueArguments, QueueKind, QueueSpec, RetrySpec, ServiceSpec, Validate, finished, settled,
};
use urutu::{BoxError, Context, Contract, Delivery, Kind, Message, Service, Settled};

/// Declares a message with the one field `order`.
macro_rules! message {
    ($name:ident, $kind:ident, $topic:literal) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub(crate) struct $name {
            pub(crate) order: u32,
        }

        impl Validate for $name {
            fn check(&self, checker: &mut Checker) {
                checker.field("order", |checker| checker.at_least(&self.order, &1));
            }
        }

        impl Message for $name {
            const CONTRACT: &'static Contract = &Contract {
                type_id: concat!("shop.", stringify!($name)),
                kind: Kind::$kind,
                topic: $topic,
                exchange: "shop",
                priority: None,
                ttl: None,
            };
        }
    };
}

message!(Capture, Task, "tasks.capture");
message!(Captured, Event, "payments.captured");
message!(Refund, Task, "tasks.refund");

/// The delay after the first attempt; the one after the second is twice as long.
pub(crate) const FIRST_DELAY: Duration = Duration::from_millis(300);
/// How long a handler of `billing` may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(4);

const fn queue(
    name: &'static str,
    bindings: &'static [BindingSpec],
    handlers: &'static [HandlerSpec],
) -> QueueSpec {
    QueueSpec {
        name,
        kind: QueueKind::Quorum,
        arguments: QueueArguments::NONE,
        bindings,
        concurrency: 4,
        prefetch: 8,
        on_unknown: OnUnknown::DeadLetter,
        dead_letter: None,
        handlers,
    }
}

static BILLING: ServiceSpec = ServiceSpec {
    name: "billing",
    publishes: &[Captured::CONTRACT],
    queues: &[queue(
        "billing.capture",
        &[BindingSpec {
            exchange: "shop",
            key: "tasks.capture",
        }],
        &[HandlerSpec {
            name: "capture",
            message: Capture::CONTRACT,
            timeout: TIMEOUT,
            on_error: OnError::Retry,
            retry: RetrySpec {
                attempts: 3,
                backoff: Backoff::Exponential,
                initial: FIRST_DELAY,
                max: Duration::from_secs(60),
            },
        }],
    )],
};

type Capturing = BoxFuture<'static, Result<Settled, BoxError>>;

struct Billing(Box<dyn Fn(Delivery<Capture>) -> Capturing + Send + Sync>);

/// The service `billing`, whose handler settles its delivery itself.
pub(crate) fn billing<F, R>(capture: F) -> impl Service
where
    F: Fn(Delivery<Capture>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Settled, BoxError>> + Send + 'static,
{
    Billing(Box::new(move |delivery| -> Capturing {
        Box::pin(capture(delivery))
    }))
}

impl Service for Billing {
    fn spec(&self) -> &'static ServiceSpec {
        &BILLING
    }

    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
        match inbound.type_id() {
            "shop.Capture" => Box::pin(async move {
                let delivery = inbound.delivery::<Capture>()?;
                settled((self.0)(delivery).await)
            }),
            _ => inbound.unhandled(),
        }
    }
}

static LEDGER: ServiceSpec = ServiceSpec {
    name: "ledger",
    publishes: &[],
    queues: &[queue(
        "ledger.captured",
        &[BindingSpec {
            exchange: "shop",
            key: "payments.*",
        }],
        &[HandlerSpec {
            name: "captured",
            message: Captured::CONTRACT,
            timeout: Duration::from_secs(24 * 3_600),
            on_error: OnError::Requeue,
            retry: RetrySpec {
                attempts: 2,
                backoff: Backoff::Fixed,
                initial: Duration::ZERO,
                max: Duration::ZERO,
            },
        }],
    )],
};

type Noting = BoxFuture<'static, Result<(), BoxError>>;

struct Ledger(Box<dyn Fn(Captured, Context) -> Noting + Send + Sync>);

/// The service `ledger`, whose deliveries the worker settles. A handler of it may take a day.
pub(crate) fn ledger<F, R>(captured: F) -> impl Service
where
    F: Fn(Captured, Context) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    Ledger(Box::new(move |message, cx| -> Noting {
        Box::pin(captured(message, cx))
    }))
}

impl Service for Ledger {
    fn spec(&self) -> &'static ServiceSpec {
        &LEDGER
    }

    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
        match inbound.type_id() {
            "shop.Captured" => Box::pin(async move {
                let (message, cx) = inbound.decode::<Captured>()?;
                finished((self.0)(message, cx).await)
            }),
            _ => inbound.unhandled(),
        }
    }
}

/// Captures what it is given and publishes that it did.
pub(crate) async fn capture(task: Delivery<Capture>) -> Result<Settled, BoxError> {
    let order = task.message().order;
    task.context().publish(&Captured { order })?;
    Ok(task.ack().await?)
}

/// Fails whatever it is given, having staged a message.
pub(crate) async fn refuse(task: Delivery<Capture>) -> Result<Settled, BoxError> {
    task.context().publish(&Captured { order: 1 })?;
    Err("the bank is closed".into())
}

/// Notes everything.
pub(crate) async fn note(_: Captured, _: Context) -> Result<(), BoxError> {
    Ok(())
}

static ARCHIVE: ServiceSpec = ServiceSpec {
    name: "archive",
    publishes: &[],
    queues: &[queue(
        "archive.captured",
        &[BindingSpec {
            exchange: "shop",
            key: "#",
        }],
        &[HandlerSpec {
            name: "captured",
            message: Captured::CONTRACT,
            timeout: TIMEOUT,
            on_error: OnError::DeadLetter,
            retry: RetrySpec {
                attempts: 1,
                backoff: Backoff::Fixed,
                initial: Duration::ZERO,
                max: Duration::ZERO,
            },
        }],
    )],
};

struct Archive;

/// The service `archive`, which takes the same event as `ledger`.
pub(crate) fn archive() -> impl Service {
    Archive
}

impl Service for Archive {
    fn spec(&self) -> &'static ServiceSpec {
        &ARCHIVE
    }

    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
        Box::pin(async move {
            inbound.decode::<Captured>()?;
            finished(Ok::<(), BoxError>(()))
        })
    }
}
