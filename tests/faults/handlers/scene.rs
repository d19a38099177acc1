//! A broker and a worker.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use urutu::{Bus, DeadLetter, DeadLetterFilter, Message, RunningWorker, Worker};
use urutu_faults::bus::faults::{Ask, Errand, Trial};
use urutu_faults::{Diary, service_ears, service_wild};
use urutu_test_broker::Broker;

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(90);

/// What is left of a scene.
pub(crate) struct Stopped(Broker);

pub(crate) struct Scene {
    pub(crate) bus: Bus,
    pub(crate) diary: Arc<Diary>,
    pub(crate) worker: RunningWorker,
    broker: Broker,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let broker = Broker::start();
        let diary = Diary::new();
        let worker = Worker::builder()
            .broker_url(broker.url())
            .drain_timeout(Duration::from_secs(1))
            .service(service_wild(&diary))
            .service(service_ears(&diary))
            .start()
            .await
            .unwrap();
        Self {
            bus: Bus::connect(&broker.url()).await.unwrap(),
            diary,
            worker,
            broker,
        }
    }

    /// Asks something of the handler of the quorum queue.
    pub(crate) async fn trial(&self, number: u64, ask: Ask) {
        let mut trial = Trial::new(number);
        trial.ask = ask;
        trial.publish(&self.bus).await.unwrap();
    }

    /// Asks something of the handler of the classic queue.
    pub(crate) async fn errand(&self, number: u64, ask: Ask) {
        let mut errand = Errand::new(number);
        errand.ask = ask;
        errand.publish(&self.bus).await.unwrap();
    }

    /// Waits until a queue has so many dead letters, and gives what `tell` says of each.
    pub(crate) async fn letters<T>(
        &self,
        queue: &str,
        count: usize,
        tell: impl Fn(&DeadLetter) -> T,
    ) -> Vec<T> {
        let begun = Instant::now();
        loop {
            let mut told = Vec::new();
            let dead = self.bus.dead_letter_queue(queue);
            let mut reading = dead.read(DeadLetterFilter::new()).await.unwrap();
            while let Some(letter) = reading.next().await.unwrap() {
                told.push(tell(&letter));
            }
            reading.close().await;
            assert!(told.len() <= count, "{queue} has {}", told.len());
            if told.len() == count {
                return told;
            }
            assert!(begun.elapsed() < PATIENCE, "{queue} has {}", told.len());
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Stops the worker. What is left in queues stays there.
    pub(crate) async fn stop(self) -> Stopped {
        self.worker.stop().await;
        self.bus.close().await;
        Stopped(self.broker)
    }
    /// The worker is ready, and handles what comes now.
    pub(crate) async fn goes_on(&self, number: u64) {
        self.trial(number, Ask::Work).await;
        self.errand(number + 1, Ask::Work).await;
        self.diary.until_done(number).await;
        self.diary.until_done(number + 1).await;
        let health = self.worker.health();
        assert!(health.is_ready(), "{:?}", health.report());
    }
}

impl Stopped {
    /// Waits until a queue has no message. What was acknowledged last takes a moment.
    pub(crate) async fn is_empty(&self, queue: &str) {
        let begun = Instant::now();
        while self.waiting(queue) > 0 {
            assert!(begun.elapsed() < PATIENCE, "{queue} is not empty");
            sleep(Duration::from_secs(1)).await;
        }
    }

    fn waiting(&self, queue: &str) -> u64 {
        let queues = self.0.queues();
        let found = queues.iter().find(|found| found.name == queue);
        found.unwrap().messages
    }
}
