//! Every deadline there is, while the broker hangs: its sockets are open, and nothing is answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use urutu::{
    BoxError, Bus, DeadLetterFilter, DeadLetterSweep, Delivery, PublishError, PublishErrorKind,
    PublishOptions, Settled, Worker, WorkerError,
};
use urutu_faults::bus::faults::{Chore, Finished, HandsHandlers, Job, Plan};
use urutu_faults::{Account, service_audit, service_hands};
use urutu_test_broker::Broker;

use crate::scene::{PATIENCE, publish, soon};

const DEADLINE: Duration = Duration::from_secs(2);
/// What a slow machine may add to a deadline.
const SLACK: Duration = Duration::from_secs(10);

fn job(number: u64) -> Job {
    Job::new(number, Plan::Work)
}

fn options() -> PublishOptions {
    PublishOptions::new().deadline(DEADLINE)
}

/// Waits for something that has a deadline of its own.
async fn within<F: Future>(what: &str, limit: Duration, step: F) -> F::Output {
    let begun = Instant::now();
    let outcome = soon(what, step).await;
    let took = begun.elapsed();
    assert!(took < limit + SLACK, "{what}: {took:?}, not {limit:?}");
    outcome
}

#[track_caller]
fn timed_out(error: &PublishError) {
    assert!(
        matches!(error.kind(), PublishErrorKind::Timeout(_)),
        "{error}"
    );
    assert!(error.may_be_stored(), "{error}");
}

/// A worker with a job in its hands that ends when it is told to, by acknowledging.
struct Slow {
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl HandsHandlers for Slow {
    type Error = BoxError;

    async fn job(&self, job: Delivery<Job>) -> Result<Settled, BoxError> {
        self.begun.notify_one();
        self.go_on.notified().await;
        // A message goes out before the acknowledgement, and needs the broker's confirm.
        job.context()
            .publish(&Finished::new(job.message().number))?;
        Ok(job.ack().await?)
    }

    async fn chore(&self, chore: Delivery<Chore>) -> Result<Settled, BoxError> {
        Ok(chore.ack().await?)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn publishes_end_by_their_deadlines_and_with_their_errors() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let account = Arc::new(Account::default());
    let worker = urutu_faults::worker(&account)
        .bus(bus.clone())
        .start()
        .await
        .unwrap();
    bus.publish(&job(1)).await.unwrap();
    broker.pause();

    let batch = async {
        let mut batch = bus.batch();
        for number in 0..10 {
            batch.add_with(&job(number), options()).unwrap();
        }
        let error = within("a batch", DEADLINE, batch.publish())
            .await
            .unwrap_err();
        assert_eq!(error.failures().count(), 10);
        for (_, failure) in error.failures() {
            timed_out(failure);
        }
    };
    let later = async {
        // Its queues must be declared first.
        let options = options().after(Duration::from_secs(60));
        let published = publish(&bus, 2, options);
        let error = within("a publish for later", DEADLINE, published).await;
        timed_out(&error.unwrap_err());
    };
    let single = async {
        let published = publish(&bus, 3, options());
        let error = within("a publish", DEADLINE, published).await;
        timed_out(&error.unwrap_err());
        // That of the bus.
        let published = publish(&bus, 4, PublishOptions::new());
        let error = within("a publish", Duration::from_secs(10), published).await;
        timed_out(&error.unwrap_err());
        // Ends before its deadline: heartbeats are missed.
        let patient = PublishOptions::new().deadline(PATIENCE * 2);
        let error = soon("the loss", publish(&bus, 5, patient)).await;
        let error = error.unwrap_err();
        let kind = error.kind();
        assert!(matches!(kind, PublishErrorKind::ConfirmLost(_)), "{error}");
        // By now it is known that there is none.
        let at_once = PublishOptions::new().on_disconnect(urutu::OnDisconnect::Fail);
        let published = publish(&bus, 6, at_once);
        let error = within("a publish that fails at once", Duration::ZERO, published).await;
        let error = error.unwrap_err();
        let kind = error.kind();
        assert!(matches!(kind, PublishErrorKind::Disconnected(_)), "{error}");
        assert!(!error.may_be_stored());
    };
    tokio::join!(batch, later, single);

    broker.resume();
    let again = PublishOptions::new().deadline(PATIENCE);
    soon("a publish", publish(&bus, 7, again)).await.unwrap();
    soon("the drain", worker.stop()).await;
    soon("the close", bus.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_starting_and_reading_end_in_time() {
    let broker = Broker::start();
    let url = broker.url();
    let bus = Bus::connect(&url).await.unwrap();
    let account = Arc::new(Account::default());
    let services = || service_hands(Arc::clone(&account));
    let worker = Worker::builder().bus(bus.clone()).service(services());
    let worker = worker.start().await.unwrap();
    for number in 0..100 {
        let rejected = Job::new(number, Plan::Reject);
        bus.publish(&rejected).await.unwrap();
    }
    let letters = bus.dead_letter_queue("faults.jobs");
    let mut watching = bus.dead_letters("faults.jobs").await.unwrap();
    for _ in 0..100 {
        soon("a dead letter", watching.next()).await.unwrap();
    }
    let mut reading = letters.read(DeadLetterFilter::new()).await.unwrap();
    let fresh = Bus::connect(&url).await.unwrap();
    broker.pause();

    let connecting = async {
        let connect = Duration::from_secs(5);
        let error = within("connect", connect, Bus::connect(&url)).await;
        let text = error.unwrap_err().to_string();
        assert!(text.contains("no answer within 5s"), "{text}");
        let worker = Worker::builder().broker_url(&url).service(services());
        let error = within("start", connect, worker.start()).await;
        assert!(matches!(error, Err(WorkerError::Connect(_))), "{error:?}");
    };
    let starting = async {
        // The bus is there, its declarations are not answered.
        let worker = Worker::builder().bus(fresh.clone()).service(services());
        let error = soon("start", worker.start()).await;
        assert!(matches!(error, Err(WorkerError::Topology(_))), "{error:?}");
    };
    let reading = async {
        let end = async { while let Ok(Some(_)) = reading.next().await {} };
        soon("the end of a reading", end).await;
        soon("the close of a reading", reading.close()).await;
        let error = soon("a new reading", letters.read(DeadLetterFilter::new())).await;
        assert!(error.is_err());
    };
    let sweeping = async {
        let error = soon("a replay", letters.replay(DeadLetterSweep::new())).await;
        assert!(error.is_err());
        let error = soon("a purge", letters.purge(DeadLetterSweep::new())).await;
        assert!(error.is_err());
    };
    let watching = async {
        let error = soon("the end of a watch", watching.next()).await;
        assert!(error.is_err());
    };
    tokio::join!(connecting, starting, reading, sweeping, watching);

    // It never answers again.
    let limit = Duration::from_secs(5);
    within("the drain of nothing", limit, worker.stop()).await;
    within("the close", limit, bus.close()).await;
    within("the close", limit, fresh.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_ends_by_its_deadline() {
    let broker = Broker::start();
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = Slow {
        begun: Arc::clone(&begun),
        go_on: Arc::clone(&go_on),
    };
    let worker = Worker::builder()
        .broker_url(broker.url())
        .drain_timeout(DEADLINE)
        .service(slow.into_service())
        .service(service_audit(Arc::new(Account::default())))
        .start()
        .await
        .unwrap();
    worker.bus().publish(&job(1)).await.unwrap();
    soon("the job", begun.notified()).await;
    broker.pause();
    // What it publishes is not confirmed, and so it cannot end.
    go_on.notify_one();
    let close = Duration::from_secs(5);
    let report = within("the drain", DEADLINE + close, worker.stop()).await;
    assert_eq!((report.finished, report.given_back), (0, 1));

    // Nothing is lost by that.
    broker.resume();
    let account = Arc::new(Account::default());
    while account.numbers() < 2 {
        account.next_number();
    }
    let worker = urutu_faults::worker(&account)
        .broker_url(broker.url())
        .start()
        .await
        .unwrap();
    let mut noted = account.subscribe();
    soon("the job, again", async {
        while !account.any_handled_since(1) {
            noted.changed().await.unwrap();
        }
    })
    .await;
    soon("the drain", worker.stop()).await;
}
