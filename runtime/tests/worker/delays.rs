//! What may go wrong at the end of a delay: a queue that takes nothing, a way out that somebody has removed. RabbitMQ only.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use urutu::codegen::{
    Backoff, BindingSpec, BoxFuture, Checker, Handled, HandlerSpec, Inbound, OnError, OnUnknown,
    QueueArguments, QueueKind, QueueSpec, RetrySpec, ServiceSpec, Validate, finished,
};
use urutu::{
    BoxError, Bus, Contract, Kind, Message, PublishErrorKind, PublishOptions, RunningWorker,
    Service, TopologyMode,
};
use urutu_test_broker::Broker;

use crate::service::{Capture, Captured, Seen, start, worker};

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// More than the broker forwards of a queue at a time.
const MANY: u32 = 50;

/// How much fits into the queue of [`Narrow`]. A quorum queue that is full tells so a moment later, and takes more until then.
const ROOM: u32 = 5;

/// Long enough that all of [`MANY`] have failed, and their queue is full again, before the first one is due.
const DELAY: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Squeeze {
    number: u32,
}

impl Validate for Squeeze {
    fn check(&self, _: &mut Checker) {}
}

impl Message for Squeeze {
    const CONTRACT: &'static Contract = &Contract {
        type_id: "shop.Squeeze",
        kind: Kind::Task,
        topic: "tasks.squeeze",
        exchange: "shop",
        priority: None,
        ttl: None,
    };
}

/// A service whose queue has room for a few messages. It fails at each first attempt where it is told to.
struct Narrow {
    fails: bool,
    seen: mpsc::UnboundedSender<u32>,
}

static NARROW: ServiceSpec = ServiceSpec {
    name: "narrow",
    publishes: &[],
    queues: &[QueueSpec {
        name: "narrow.squeeze",
        kind: QueueKind::Quorum,
        arguments: QueueArguments {
            max_length: Some(ROOM),
            ..QueueArguments::NONE
        },
        bindings: &[BindingSpec {
            exchange: "shop",
            key: "tasks.squeeze",
        }],
        concurrency: 64,
        prefetch: 128,
        on_unknown: OnUnknown::DeadLetter,
        dead_letter: None,
        handlers: &[HandlerSpec {
            name: "squeeze",
            message: Squeeze::CONTRACT,
            ordered_by: &[],
            timeout: Duration::from_secs(8),
            on_error: OnError::Retry,
            retry: RetrySpec {
                attempts: 3,
                backoff: Backoff::Fixed,
                initial: DELAY,
                max: DELAY,
                jitter: 0,
            },
        }],
    }],
};

impl Service for Narrow {
    fn spec(&self) -> &'static ServiceSpec {
        &NARROW
    }

    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
        Box::pin(async move {
            let (message, _) = inbound.decode::<Squeeze>()?;
            let _ = self.seen.send(message.number);
            finished(if self.fails {
                Err(BoxError::from("not yet"))
            } else {
                Ok(())
            })
        })
    }
}

async fn narrow(bus: &Bus, fails: bool) -> (RunningWorker, mpsc::UnboundedReceiver<u32>) {
    let (seen, receiver) = mpsc::unbounded_channel();
    let worker = worker(bus, Narrow { fails, seen });
    (worker.start().await.unwrap(), receiver)
}

/// Publishes until the queue takes it; `false` where it is full.
async fn squeeze(bus: &Bus, number: u32) -> bool {
    match (Squeeze { number }).publish(bus).await {
        Ok(_) => true,
        Err(error) if matches!(error.kind(), PublishErrorKind::Refused(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn next<T>(seen: &mut mpsc::UnboundedReceiver<T>) -> T {
    let next = timeout(PATIENCE, seen.recv()).await;
    next.expect("it comes in the end").expect("a worker")
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_a_full_queue_stops_the_delays_of_no_other() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (failing, mut seen) = narrow(&bus, true).await;
    for number in 0..MANY {
        while !squeeze(&bus, number).await {}
        next(&mut seen).await;
    }
    failing.stop().await;
    let failed = Instant::now();
    let mut published = MANY;
    while squeeze(&bus, published).await {
        published += 1;
    }
    assert!(
        failed.elapsed() < DELAY,
        "the machine is too slow for this test"
    );
    tokio::time::sleep_until(failed + DELAY + Duration::from_secs(1)).await;

    let (billing, mut others) = start(&bus, |delivery| async move {
        Ok(match delivery.context().attempt() {
            1 => delivery.retry_later(Duration::from_millis(200)).await?,
            _ => delivery.ack().await?,
        })
    })
    .await;
    Capture { order: 1 }.publish(&bus).await.unwrap();
    for attempt in 1..=2 {
        assert_eq!(next(&mut others).await, Seen::Capture { order: 1, attempt });
    }
    billing.stop().await;

    // They have waited for room.
    let (working, mut seen) = narrow(&bus, false).await;
    let mut missing: std::collections::BTreeSet<u32> = (0..published).collect();
    while !missing.is_empty() {
        missing.remove(&next(&mut seen).await);
    }
    working.stop().await;
}

/// Removes exchanges and queues of the default vhost, by how their names begin.
fn remove(broker: &Broker, prefix: &str) {
    let list = |what: &str| broker.ctl(&[what, "--no-table-headers", "name"]);
    for name in list("list_queues")
        .lines()
        .filter(|name| name.starts_with(prefix))
    {
        broker.ctl(&["delete_queue", name]);
    }
    let exchanges = list("list_exchanges");
    let exchanges = exchanges.lines().filter(|name| name.starts_with(prefix));
    let delete = |name: &str| {
        format!(
            "rabbit_exchange:delete(rabbit_misc:r(<<\"/\">>, exchange, <<\"{name}\">>), false, <<\"guest\">>)"
        )
    };
    let all: Vec<String> = exchanges.map(delete).collect();
    if !all.is_empty() {
        broker.ctl(&["eval", &(all.join(", ") + ".")]);
    }
}

/// Publishes one message after another, each to be seen once more after a delay, until one is. What was on its way to what is gone does not come.
async fn until_one_comes<F>(
    seen: &mut mpsc::UnboundedReceiver<Seen>,
    numbers: std::ops::Range<u32>,
    attempt: u32,
    publish: impl Fn(u32) -> F,
) where
    F: Future<Output = ()>,
{
    let begun = Instant::now();
    for number in numbers.clone() {
        publish(number).await;
        let comes = async {
            loop {
                match seen.recv().await.expect("a worker") {
                    Seen::Capture {
                        order,
                        attempt: found,
                    } if numbers.contains(&order) && found == attempt => {
                        return;
                    }
                    _ => {}
                }
            }
        };
        if timeout(Duration::from_secs(2), comes).await.is_ok() {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "none of {number} has come");
    }
    panic!("none of {numbers:?} has come");
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_a_way_out_of_the_delays_that_is_gone_is_made_again_or_told() {
    const RETRIED: u32 = 1_000;
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (worker, mut seen) = start(&bus, |delivery| async move {
        let retries = delivery.message().order >= RETRIED && delivery.context().attempt() == 1;
        Ok(if retries {
            delivery.retry_later(Duration::from_millis(100)).await?
        } else {
            delivery.ack().await?
        })
    })
    .await;
    let later = async |order, millis| {
        let delay = Duration::from_millis(millis);
        Capture { order }.publish_after(&bus, delay).await.unwrap();
    };
    let retried = async |order| {
        Capture { order }.publish(&bus).await.unwrap();
    };
    until_one_comes(&mut seen, 1..50, 1, |order| later(order, 100)).await;
    until_one_comes(&mut seen, RETRIED..RETRIED + 50, 2, retried).await;
    // What is published in the first seconds after each of these may be a stray.
    remove(&broker, "urutu.due.task/");
    until_one_comes(&mut seen, 100..500, 1, |order| later(order, 100)).await;
    remove(&broker, "urutu.due.queue/");
    until_one_comes(&mut seen, 2 * RETRIED..3 * RETRIED, 2, retried).await;
    // All of it, by somebody who then needs a longer delay than was needed before.
    remove(&broker, "urutu.");
    until_one_comes(&mut seen, 500..RETRIED, 1, |order| later(order, 900)).await;
    worker.stop().await;

    // Nobody makes it where nobody declares: then it is an error, and nothing is taken.
    let off = Bus::builder(&broker.url()).topology(TopologyMode::Off);
    let off = off.connect().await.unwrap();
    let event = Captured { order: 1 };
    let delay = Duration::from_millis(100);
    let mandatory = PublishOptions::new().mandatory().after(delay);
    for (missing, error) in [
        (
            "urutu.due.event/shop/payments.captured",
            event.publish_after(&off, delay).await,
        ),
        (
            "urutu.due.task/shop/payments.captured",
            off.publish_with(&event, mandatory).await,
        ),
    ] {
        let error = error.unwrap_err();
        assert!(
            matches!(error.kind(), PublishErrorKind::Delay(_)),
            "{error}"
        );
        for part in [missing, "does not exist", "topology is off", "--later"] {
            assert!(
                error.to_string().contains(part),
                "`{part}` is not in: {error}"
            );
        }
    }
}
