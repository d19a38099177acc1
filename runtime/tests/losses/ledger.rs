//! A service with a task whose handler comes in as a function, and an event that the task's handler may publish.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use urutu::codegen::{
    BindingSpec, BoxFuture, Checker, Handled, HandlerSpec, Inbound, OnError, OnUnknown,
    QueueArguments, QueueKind, QueueSpec, RetrySpec, ServiceSpec, Validate, finished,
};
use urutu::{BoxError, Bus, Context, Contract, Kind, Message, Service, Worker, WorkerBuilder};

/// A task.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Enter {
    pub(crate) line: u32,
}

/// An event.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entered {
    pub(crate) line: u32,
}

/// A task that no service handles.
#[derive(Debug, Serialize)]
pub(crate) struct Audit {
    pub(crate) line: u32,
}

/// Under the topic of [`Enter`], one word longer.
#[derive(Debug, Serialize)]
pub(crate) struct EnterTwice {
    pub(crate) line: u32,
}

const fn contract(type_id: &'static str, kind: Kind, topic: &'static str) -> Contract {
    Contract {
        type_id,
        kind,
        topic,
        exchange: "books",
        priority: None,
        ttl: None,
    }
}

macro_rules! messages {
    ($($name:ident: $kind:ident, $topic:literal;)*) => {$(
        impl Validate for $name {
            fn check(&self, _: &mut Checker) {}
        }

        impl Message for $name {
            const CONTRACT: &'static Contract =
                &contract(concat!("books.", stringify!($name)), Kind::$kind, $topic);
        }
    )*};
}

messages! {
    Enter: Task, "enter";
    Entered: Event, "entered";
    Audit: Task, "audit";
    EnterTwice: Event, "enter.twice";
}

/// How many attempts a task has.
pub(crate) const ATTEMPTS: u32 = 3;

/// How long a handler may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(2);

/// How many tasks are handled at a time; the broker sends no more either.
pub(crate) const CONCURRENCY: u16 = 2;

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
        concurrency: CONCURRENCY,
        prefetch: CONCURRENCY,
        on_unknown: OnUnknown::DeadLetter,
        dead_letter: None,
        handlers,
    }
}

const fn handler(name: &'static str, message: &'static Contract) -> HandlerSpec {
    HandlerSpec {
        name,
        message,
        ordered_by: &[],
        timeout: TIMEOUT,
        on_error: OnError::Retry,
        retry: RetrySpec {
            attempts: ATTEMPTS,
            initial: Duration::from_millis(100),
            max: Duration::from_millis(100),
            ..RetrySpec::NONE
        },
    }
}

static SPEC: ServiceSpec = ServiceSpec {
    name: "ledger",
    publishes: &[Entered::CONTRACT],
    queues: &[
        queue(
            "ledger.enter",
            &[BindingSpec {
                exchange: "books",
                key: "enter",
            }],
            &[handler("enter", Enter::CONTRACT)],
        ),
        queue(
            "ledger.entered",
            &[BindingSpec {
                exchange: "books",
                key: "entered",
            }],
            &[handler("entered", Entered::CONTRACT)],
        ),
    ],
};

/// The service.
struct Ledger<F> {
    enter: F,
    entered: mpsc::UnboundedSender<(Entered, u32)>,
}

/// The event and its attempt, as its handler saw them.
pub(crate) type Seen = mpsc::UnboundedReceiver<(Entered, u32)>;

/// The service with this handler of the task; the events that it sees come out of the channel.
pub(crate) fn ledger<F, R>(enter: F) -> (impl Service, Seen)
where
    F: Fn(Enter, Context) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    let (entered, seen) = mpsc::unbounded_channel();
    (Ledger { enter, entered }, seen)
}

impl<F, R> Service for Ledger<F>
where
    F: Fn(Enter, Context) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    fn spec(&self) -> &'static ServiceSpec {
        &SPEC
    }

    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
        match inbound.type_id() {
            "books.Enter" => Box::pin(async move {
                let (message, cx) = inbound.decode::<Enter>()?;
                finished((self.enter)(message, cx).await)
            }),
            "books.Entered" => Box::pin(async move {
                let (message, cx) = inbound.decode::<Entered>()?;
                let seen = self.entered.send((message, cx.attempt()));
                finished(seen.map_err(BoxError::from))
            }),
            _ => inbound.unhandled(),
        }
    }
}

/// A worker for one service that has not started.
pub(crate) fn worker(bus: &Bus, service: impl Service) -> WorkerBuilder {
    Worker::builder()
        .bus(bus.clone())
        .service(service)
        .drain_timeout(Duration::from_secs(1))
}
