//! A task, and a queue that takes it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use urutu::codegen::{
    Backoff, BindingSpec, BoxFuture, Checker, Handled, HandlerSpec, Inbound, OnError, OnUnknown,
    QueueArguments, QueueKind, QueueSpec, RetrySpec, ServiceSpec, Validate, finished,
};
use urutu::{BoxError, Bus, Contract, Kind, Message, RunningWorker, Service, Worker};

/// A task; order 0 breaks its contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) number: u32,
}

impl Validate for Count {
    fn check(&self, checker: &mut Checker) {
        checker.field("number", |checker| checker.at_least(&self.number, &1));
    }
}

impl Message for Count {
    const CONTRACT: &'static Contract = &Contract {
        type_id: "abacus.Count",
        kind: Kind::Task,
        topic: "tasks.count",
        exchange: "abacus",
        priority: None,
        ttl: None,
    };
}

/// An event that nobody listens to.
#[derive(Debug, Serialize)]
pub(crate) struct Counted {
    pub(crate) number: u32,
}

impl Validate for Counted {
    fn check(&self, _: &mut Checker) {}
}

impl Message for Counted {
    const CONTRACT: &'static Contract = &Contract {
        type_id: "abacus.Counted",
        kind: Kind::Event,
        topic: "counted",
        exchange: "abacus",
        priority: None,
        ttl: None,
    };
}

static SPEC: ServiceSpec = ServiceSpec {
    name: "abacus",
    publishes: &[],
    queues: &[QueueSpec {
        name: "abacus.count",
        kind: QueueKind::Quorum,
        arguments: QueueArguments::NONE,
        bindings: &[BindingSpec {
            exchange: "abacus",
            key: "tasks.count",
        }],
        // One after another, so that the order can be seen.
        concurrency: 1,
        prefetch: 50,
        on_unknown: OnUnknown::DeadLetter,
        dead_letter: None,
        handlers: &[HandlerSpec {
            name: "count",
            message: Count::CONTRACT,
            timeout: Duration::from_secs(10),
            on_error: OnError::DeadLetter,
            retry: RetrySpec {
                attempts: 3,
                backoff: Backoff::Fixed,
                initial: Duration::ZERO,
                max: Duration::ZERO,
            },
        }],
    }],
};

struct Abacus(mpsc::UnboundedSender<u32>);

impl Service for Abacus {
    fn spec(&self) -> &'static ServiceSpec {
        &SPEC
    }

    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
        Box::pin(async move {
            let (message, _) = inbound.decode::<Count>()?;
            finished(self.0.send(message.number).map_err(BoxError::from))
        })
    }
}

/// Starts the service; the numbers that it sees come out of the channel.
pub(crate) async fn start(bus: &Bus) -> (RunningWorker, mpsc::UnboundedReceiver<u32>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let worker = Worker::builder().bus(bus.clone()).service(Abacus(sender));
    (worker.start().await.unwrap(), receiver)
}
