//! A service written by hand, as the generator writes it. What its handler does comes in as a function, so that each property says it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use urutu::codegen::{
    Backoff, BindingSpec, BoxFuture, Checker, Handled, HandlerSpec, Inbound, OnError, OnUnknown,
    QueueArguments, QueueKind, QueueSpec, RetrySpec, ServiceSpec, Validate, finished, settled,
};
use urutu::{
    BoxError, Bus, Context, Contract, Delivery, Kind, Message, RunningWorker, Service, Settled,
    Worker, WorkerBuilder,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Capture {
    pub(crate) order: u32,
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
pub(crate) struct Captured {
    pub(crate) order: u32,
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

/// An event that no service of these tests handles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unheard {
    pub(crate) order: u32,
}

impl Validate for Unheard {
    fn check(&self, _: &mut Checker) {}
}

impl Message for Unheard {
    const CONTRACT: &'static Contract = &Contract {
        type_id: "shop.Unheard",
        topic: "payments.unheard",
        ..*Captured::CONTRACT
    };
}

/// What a handler saw.
#[derive(Debug, PartialEq)]
pub(crate) enum Seen {
    Capture { order: u32, attempt: u32 },
    Captured { order: u32, correlated: bool },
}

type ManualFuture = BoxFuture<'static, Result<Settled, BoxError>>;

/// Its behaviour comes in as a function, so that each test says what the handler does.
struct Billing {
    seen: mpsc::UnboundedSender<Seen>,
    manual: Box<dyn Fn(Delivery<Capture>) -> ManualFuture + Send + Sync>,
}

/// The delay after the first attempt; the one after the second is twice as long.
pub(crate) const FIRST_DELAY: Duration = Duration::from_millis(300);

/// How long handlers may go on when the worker stops.
pub(crate) const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);

static SPEC: ServiceSpec = ServiceSpec {
    name: "billing",
    publishes: &[Captured::CONTRACT],
    queues: &[
        QueueSpec {
            name: "billing.capture",
            kind: QueueKind::Quorum,
            arguments: QueueArguments::NONE,
            bindings: &[BindingSpec {
                exchange: "shop",
                key: "tasks.capture",
            }],
            concurrency: 4,
            prefetch: 8,
            on_unknown: OnUnknown::DeadLetter,
            dead_letter: None,
            handlers: &[HandlerSpec {
                name: "capture",
                message: Capture::CONTRACT,
                ordered_by: &[],
                timeout: Duration::from_secs(8),
                on_error: OnError::Retry,
                retry: RetrySpec {
                    attempts: 3,
                    backoff: Backoff::Exponential,
                    initial: FIRST_DELAY,
                    max: Duration::from_secs(60),
                    jitter: 0,
                },
            }],
        },
        QueueSpec {
            name: "billing.captured",
            kind: QueueKind::Quorum,
            arguments: QueueArguments::NONE,
            bindings: &[BindingSpec {
                exchange: "shop",
                key: "payments.captured",
            }],
            concurrency: 1,
            prefetch: 2,
            on_unknown: OnUnknown::DeadLetter,
            dead_letter: None,
            handlers: &[HandlerSpec {
                name: "captured",
                message: Captured::CONTRACT,
                ordered_by: &[],
                timeout: Duration::from_secs(5),
                on_error: OnError::DeadLetter,
                retry: RetrySpec::NONE,
            }],
        },
    ],
};

impl Billing {
    fn captured(&self, message: &Captured, cx: &Context) -> Result<(), BoxError> {
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
                finished(self.captured(&message, &cx))
            }),
            _ => inbound.unhandled(),
        }
    }
}

/// Starts the service; what its handlers see comes out of the channel.
pub(crate) async fn start<F, R>(
    bus: &Bus,
    manual: F,
) -> (RunningWorker, mpsc::UnboundedReceiver<Seen>)
where
    F: Fn(Delivery<Capture>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Settled, BoxError>> + Send + 'static,
{
    let (builder, receiver) = builder(bus, manual);
    (builder.start().await.unwrap(), receiver)
}

/// A worker for the service that has not started.
pub(crate) fn builder<F, R>(bus: &Bus, manual: F) -> (WorkerBuilder, mpsc::UnboundedReceiver<Seen>)
where
    F: Fn(Delivery<Capture>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Settled, BoxError>> + Send + 'static,
{
    let (billing, receiver) = billing(manual);
    (worker(bus, billing), receiver)
}

/// The service, to be changed before it runs.
pub(crate) fn billing<F, R>(manual: F) -> (impl Service, mpsc::UnboundedReceiver<Seen>)
where
    F: Fn(Delivery<Capture>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Settled, BoxError>> + Send + 'static,
{
    let (seen, receiver) = mpsc::unbounded_channel();
    let manual = Box::new(move |delivery| -> ManualFuture { Box::pin(manual(delivery)) });
    (Billing { seen, manual }, receiver)
}

/// A worker for one service that has not started.
pub(crate) fn worker(bus: &Bus, service: impl Service) -> WorkerBuilder {
    Worker::builder()
        .bus(bus.clone())
        .service(service)
        .drain_timeout(DRAIN_TIMEOUT)
}
