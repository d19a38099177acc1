//! A copy of a delivery that the broker takes late, or never, while its handler settles by hand: in memory, with a clock that is paused.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

use crate::bus::{Bus, Settings};
use crate::codegen::{
    Backoff, BindingSpec, Checker, Handled, HandlerSpec, Inbound, OnError, OnUnknown,
    QueueArguments, QueueKind, QueueSpec, RetrySpec, ServiceSpec, Validate, settled,
};
use crate::service::Service;
use crate::topology::Topology;
use crate::transport::memory::MemoryTransport;
use crate::transport::{
    Loss, Publish, PublishFailure, PublishingState, Pull, Subscription, Transport, TransportError,
};
use crate::wire::headers;
use crate::worker::{RunningWorker, Worker};
use crate::{
    BoxError, Contract, DeadLetterFilter, Delivery, Kind, Message, Outcome, SettleError, Settled,
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DELAY: Duration = Duration::from_secs(3);

/// How a handler settles its first attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Nack,
    Reject,
    RetryLater,
}

impl By {
    const ALL: [Self; 3] = [Self::Nack, Self::Reject, Self::RetryLater];

    async fn settle(self, delivery: Delivery<Job>) -> Result<Settled, SettleError> {
        match self {
            Self::Nack => delivery.nack().await,
            Self::Reject => delivery.reject("stolen").await,
            Self::RetryLater => delivery.retry_later(DELAY).await,
        }
    }
}

/// What becomes of the copy in the end.
#[derive(Debug)]
enum Fate {
    Stored,
    Refused,
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Job {}

impl Validate for Job {
    fn check(&self, _: &mut Checker) {}
}

impl Message for Job {
    const CONTRACT: &'static Contract = &Contract {
        type_id: "shop.Job",
        kind: Kind::Task,
        topic: "jobs",
        exchange: "shop",
        priority: None,
        ttl: None,
    };
}

/// On a classic queue `nack` is a copy as well.
static SPEC: ServiceSpec = ServiceSpec {
    name: "shop",
    publishes: &[],
    queues: &[QueueSpec {
        name: "shop.job",
        kind: QueueKind::Classic,
        arguments: QueueArguments::NONE,
        bindings: &[BindingSpec {
            exchange: "shop",
            key: "jobs",
        }],
        concurrency: 1,
        prefetch: 1,
        on_unknown: OnUnknown::DeadLetter,
        dead_letter: None,
        handlers: &[HandlerSpec {
            name: "job",
            message: Job::CONTRACT,
            ordered_by: &[],
            timeout: HOUR,
            on_error: OnError::DeadLetter,
            retry: RetrySpec {
                attempts: 3,
                backoff: Backoff::Fixed,
                initial: SECOND,
                max: SECOND,
                jitter: 0,
            },
        }],
    }],
};

/// Settles the first attempt by hand, acknowledges the others, and tells of each, with the error where that gave one.
struct Shop {
    by: By,
    tell: mpsc::UnboundedSender<Tried>,
}

#[derive(Debug)]
struct Tried {
    attempt: u32,
    error: Option<String>,
}

impl Service for Shop {
    fn spec(&self) -> &'static ServiceSpec {
        &SPEC
    }

    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
        Box::pin(async move {
            let delivery = inbound.delivery::<Job>()?;
            let attempt = delivery.context().attempt();
            let done = match attempt {
                1 => self.by.settle(delivery).await,
                _ => delivery.ack().await,
            };
            let error = done.as_ref().err().map(ToString::to_string);
            let _ = self.tell.send(Tried { attempt, error });
            settled(done.map_err(BoxError::from))
        })
    }
}

/// A broker that keeps the first copy of a delivery to itself until it is told what becomes of it.
#[derive(Debug)]
struct Hesitant {
    broker: MemoryTransport,
    fate: Mutex<Option<oneshot::Receiver<Fate>>>,
}

impl Transport for Hesitant {
    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<(), PublishFailure>> {
        let properties = publish.properties.headers().as_ref();
        let is_copy = headers::count(properties, headers::ATTEMPTS).is_some();
        let fate = if is_copy {
            self.fate.lock().unwrap().take()
        } else {
            None
        };
        Box::pin(async move {
            if let Some(fate) = fate
                && let Ok(Fate::Refused) = fate.await
            {
                return Err(PublishFailure::Nacked("the queue is full".to_owned()));
            }
            self.broker.publish(publish).await
        })
    }

    fn declare<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<(), TransportError>> {
        self.broker.declare(topology)
    }

    fn verify<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<(), TransportError>> {
        self.broker.verify(topology)
    }

    fn look<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<(), TransportError>> {
        self.broker.look(queue)
    }

    fn open_publishing(&self) -> BoxFuture<'_, Result<Loss, TransportError>> {
        self.broker.open_publishing()
    }

    fn publishing(&self) -> PublishingState {
        self.broker.publishing()
    }

    fn consume<'a>(
        &'a self,
        queue: &'a str,
        prefetch: u16,
    ) -> BoxFuture<'a, Result<Box<dyn Subscription>, TransportError>> {
        self.broker.consume(queue, prefetch)
    }

    fn pull<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<Box<dyn Pull>, TransportError>> {
        self.broker.pull(queue)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.broker.close()
    }
}

/// A message whose handler has settled it, on a broker that does not take the copy.
struct Held {
    begun: Instant,
    bus: Bus,
    worker: RunningWorker,
    tried: mpsc::UnboundedReceiver<Tried>,
    copy: Option<oneshot::Sender<Fate>>,
}

impl Held {
    async fn start(by: By, hook: Outcome) -> Self {
        let begun = Instant::now();
        let (copy, fate) = oneshot::channel();
        let transport = Box::new(Hesitant {
            broker: MemoryTransport::new(),
            fate: Mutex::new(Some(fate)),
        });
        let bus = Bus::observed("hesitant".to_owned(), transport, Settings::default(), None);
        let (tell, tried) = mpsc::unbounded_channel();
        let service = Shop { by, tell }.on_failure(move |_, _| hook);
        let worker = Worker::builder().bus(bus.clone()).service(service);
        let worker = worker.start().await.unwrap();
        bus.publish(&Job {}).await.unwrap();
        Self {
            begun,
            bus,
            worker,
            tried,
            copy: Some(copy),
        }
    }

    /// The error of the first attempt.
    async fn error(&mut self) -> String {
        let first = self.tried.recv().await.unwrap();
        assert_eq!(first.attempt, 1);
        first.error.expect("it is not stored")
    }

    /// Lets the copy wait for three minutes, in which nothing may happen, then gives it its fate. Gives back the attempts of the next hour, and the dead
    /// letters: why, and the error.
    async fn end(mut self, fate: Fate) -> (Vec<u32>, Vec<(String, String)>) {
        sleep(180 * SECOND).await;
        assert!(self.tried.is_empty(), "it came again beside its copy");
        assert_eq!(self.letters().await, [], "it is dead, and has a copy");
        let copy = self.copy.take().unwrap();
        copy.send(fate).unwrap();
        sleep(HOUR).await;
        let letters = self.letters().await;
        let given_back = self.worker.stop().await.given_back;
        assert_eq!(given_back, 0, "it is settled");
        let mut attempts = Vec::new();
        while let Ok(tried) = self.tried.try_recv() {
            assert_eq!(tried.error, None);
            attempts.push(tried.attempt);
        }
        (attempts, letters)
    }

    async fn letters(&self) -> Vec<(String, String)> {
        let letters = self.bus.dead_letter_queue("shop.job");
        let mut reading = letters.read(DeadLetterFilter::new()).await.unwrap();
        let mut dead = Vec::new();
        while let Some(letter) = reading.next().await.unwrap() {
            dead.push((letter.reason().to_owned(), letter.errors().join(": ")));
        }
        reading.close().await;
        dead
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_stored_in_ten_seconds_is_an_error_and_holds_once_it_is() {
    for by in By::ALL {
        let mut held = Held::start(by, Outcome::AsDeclared).await;
        let error = held.error().await;
        assert_eq!(held.begun.elapsed(), 10 * SECOND, "{by:?}");
        assert!(error.contains("did not confirm it within 10s"), "{error}");
        let (attempts, letters) = held.end(Fate::Stored).await;
        // Without the copy it would be dead as `failed`.
        match by {
            By::Reject => {
                assert!(attempts.is_empty());
                assert_eq!(letters, [("rejected".to_owned(), "stolen".to_owned())]);
            }
            By::Nack | By::RetryLater => {
                assert_eq!((attempts, letters), (vec![2], vec![]), "{by:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_never_stored_falls_to_on_error() {
    for by in By::ALL {
        let mut held = Held::start(by, Outcome::AsDeclared).await;
        let error = held.error().await;
        let (attempts, letters) = held.end(Fate::Refused).await;
        assert!(attempts.is_empty(), "{by:?}");
        assert_eq!(letters, [("failed".to_owned(), error)], "{by:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_wants_no_more_of_it_counts_only_where_the_copy_is_not_stored() {
    for (fate, attempts) in [(Fate::Stored, vec![2]), (Fate::Refused, vec![])] {
        let mut held = Held::start(By::RetryLater, Outcome::Ack).await;
        held.error().await;
        assert_eq!(held.end(fate).await, (attempts, vec![]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_the_broker_never_answers_for_is_given_up_after_five_minutes() {
    let mut held = Held::start(By::RetryLater, Outcome::AsDeclared).await;
    let error = held.error().await;
    sleep(289 * SECOND).await;
    assert_eq!(held.letters().await, []);
    sleep(2 * SECOND).await;
    assert_eq!(held.letters().await, [("failed".to_owned(), error)]);
    held.worker.stop().await;
}
