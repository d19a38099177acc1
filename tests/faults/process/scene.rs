//! A broker, and somebody who listens in this process.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use urutu::{Bus, DeadLetterFilter, DeadLetterSweep, Message, RunningWorker, Worker};
use urutu_faults::bus::faults::{Ask, Errand, Trial};
use urutu_faults::{Diary, service_ears};
use urutu_test_broker::Broker;

use crate::child::Process;

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct Scene {
    pub(crate) broker: Broker,
    pub(crate) bus: Bus,
    pub(crate) diary: Arc<Diary>,
    /// Hears of children.
    pub(crate) ears: RunningWorker,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let broker = Broker::start();
        let diary = Diary::new();
        let ears = Worker::builder()
            .broker_url(broker.url())
            .service(service_ears(&diary))
            .start()
            .await
            .unwrap();
        Self {
            bus: Bus::connect(&broker.url()).await.unwrap(),
            diary,
            ears,
            broker,
        }
    }

    /// A worker process whose handlers are written down in the diary.
    pub(crate) fn worker(&self, arguments: &[&str]) -> Process {
        let diary = Arc::clone(&self.diary);
        Process::start(&self.broker.url(), arguments, move |word| diary.read(word))
    }

    /// A worker process that has declared its queues.
    pub(crate) async fn ready_worker(&self, arguments: &[&str]) -> Process {
        let worker = self.worker(arguments);
        let begun = Instant::now();
        // A task is an error until somebody has declared its queue.
        while let Err(error) = Trial::new(0).publish(&self.bus).await {
            assert!(begun.elapsed() < PATIENCE, "{error}");
            sleep(Duration::from_millis(100)).await;
        }
        self.diary.until_done(0).await;
        worker
    }

    pub(crate) async fn trial(&self, number: u64, ask: Ask) {
        let mut trial = Trial::new(number);
        trial.ask = ask;
        trial.publish(&self.bus).await.unwrap();
    }

    pub(crate) async fn errand(&self, number: u64, ask: Ask) {
        let mut errand = Errand::new(number);
        errand.ask = ask;
        errand.publish(&self.bus).await.unwrap();
    }

    /// The reasons of the dead letters of a queue.
    pub(crate) async fn reasons(&self, queue: &str) -> Vec<String> {
        let mut reasons = Vec::new();
        let dead = self.bus.dead_letter_queue(queue);
        let mut reading = dead.read(DeadLetterFilter::new()).await.unwrap();
        while let Some(letter) = reading.next().await.unwrap() {
            reasons.push(letter.reason().to_owned());
        }
        reading.close().await;
        reasons
    }

    /// Removes the dead letters of a queue.
    pub(crate) async fn purge(&self, queue: &str) {
        let dead = self.bus.dead_letter_queue(queue);
        let report = dead.purge(DeadLetterSweep::new()).await.unwrap();
        assert_eq!(report.progress.failed, 0);
    }

    /// Waits until a queue has no message that is not settled.
    pub(crate) async fn is_empty(&self, queue: &str) {
        let begun = Instant::now();
        loop {
            let queues = self.broker.queues();
            let found = queues.iter().find(|found| found.name == queue).unwrap();
            if found.messages == 0 {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{found:?}");
            sleep(Duration::from_secs(1)).await;
        }
    }
}
