//! A broker that takes nothing for a while: copies of deliveries are on their way then. RabbitMQ only.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use urutu::{Bus, DeadLetterFilter, Message, Outcome, Service};
use urutu_test_broker::Broker;

use crate::service::{Capture, Seen, billing, worker};

/// What the handler does with each of them at its first attempt. It does not wait for the alarm to end: its time is up before.
const RETRIED: u32 = 1;
const REJECTED: u32 = 2;
/// The same as the first, in a task of its own.
const RETRIED_IN_A_TASK: u32 = 3;
/// Opens the ways that the others need.
const FIRST: u32 = 4;

const DELAY: Duration = Duration::from_millis(100);

/// Where letters stay.
const DEAD: &str = "billing.capture.dead";

/// A service that settles its first attempts by hand, and tells when one has failed.
fn by_hand() -> (
    impl Service,
    mpsc::UnboundedReceiver<Seen>,
    mpsc::UnboundedReceiver<()>,
) {
    let (failed, failures) = mpsc::unbounded_channel();
    let (service, seen) = billing(|delivery| async move {
        let (order, attempt) = (delivery.message().order, delivery.context().attempt());
        Ok(match order {
            _ if attempt > 1 => delivery.ack().await?,
            REJECTED => delivery.reject("stolen").await?,
            RETRIED_IN_A_TASK => tokio::spawn(delivery.retry_later(DELAY)).await??,
            _ => delivery.retry_later(DELAY).await?,
        })
    });
    let service = service.on_failure(move |_, _| {
        let _ = failed.send(());
        Outcome::AsDeclared
    });
    (service, seen, failures)
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_that_takes_nothing_for_a_while_gets_one_copy_of_what_its_handler_settles() {
    let broker = Arc::new(Broker::start());
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let (service, mut seen, _) = by_hand();
    let running = worker(&bus, service).start().await.unwrap();
    Capture { order: FIRST }.publish(&bus).await.unwrap();
    while seen.recv().await.unwrap() != came(FIRST, 2) {}
    running.stop().await;
    for order in [RETRIED, REJECTED, RETRIED_IN_A_TASK] {
        Capture { order }.publish(&bus).await.unwrap();
    }

    let (service, mut seen, mut failures) = by_hand();
    broker.raise_alarm();
    let running = worker(&bus, service).start().await.unwrap();
    // From now on the worker settles them.
    for _ in 0..3 {
        failures.recv().await.unwrap();
    }
    // Long enough for other copies, were there any.
    tokio::time::sleep(Duration::from_secs(1)).await;
    broker.clear_alarm();
    broker.wait_until_empty(&[DEAD], Duration::from_secs(60));
    running.stop().await;
    let mut all = Vec::new();
    while let Ok(seen) = seen.try_recv() {
        all.push(seen);
    }
    for (order, attempt) in [
        (RETRIED, 1),
        (RETRIED, 2),
        (REJECTED, 1),
        (RETRIED_IN_A_TASK, 1),
        (RETRIED_IN_A_TASK, 2),
    ] {
        let came = came(order, attempt);
        let place = all.iter().position(|seen| *seen == came);
        all.swap_remove(place.unwrap_or_else(|| panic!("not among them: {came:?}")));
    }
    assert_eq!(all, [], "nothing else came");
    let dead = bus.dead_letter_queue_named(DEAD);
    let mut reading = dead.read(DeadLetterFilter::new()).await.unwrap();
    let mut reasons = Vec::new();
    while let Some(letter) = reading.next().await.unwrap() {
        reasons.push(letter.reason().to_owned());
    }
    assert_eq!(reasons, ["rejected"]);
}

fn came(order: u32, attempt: u32) -> Seen {
    Seen::Capture { order, attempt }
}
