//! A broker, a worker with handlers that do what they are asked, and somebody who asks.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use urutu::{Bus, DeadLetter, DeadLetterFilter, Message, RunningWorker, Worker, WorkerBuilder};
use urutu_test_broker::Broker;

use crate::bus::faults::{Ask, Errand, Trial};
use crate::wild::{Diary, service_ears, service_wild};

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks at the broker.
const PAUSE: Duration = Duration::from_millis(200);

/// A private node with nothing else on it.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Scene {
    pub broker: Broker,
    pub bus: Bus,
    pub worker: RunningWorker,
    /// What the handlers of the worker did.
    pub diary: Arc<Diary>,
}

impl Scene {
    /// With a worker in this process that handles everything. A drain ends handlers that never end after a second.
    pub async fn wild() -> Self {
        let worker = Worker::builder().drain_timeout(Duration::from_secs(1));
        Self::start(|diary| worker.service(service_wild(diary))).await
    }

    /// With somebody who only hears of children: the wild handlers are elsewhere.
    pub async fn ears() -> Self {
        Self::start(|_| Worker::builder()).await
    }

    async fn start(worker: impl FnOnce(&Arc<Diary>) -> WorkerBuilder) -> Self {
        let broker = Broker::start();
        let diary = Diary::new();
        let worker = worker(&diary)
            .broker_url(broker.url())
            .service(service_ears(&diary))
            .start()
            .await
            .unwrap();
        Self {
            bus: Bus::connect(&broker.url()).await.unwrap(),
            worker,
            diary,
            broker,
        }
    }

    /// Asks something of the handler of the quorum queue.
    pub async fn trial(&self, number: u64, ask: Ask) {
        let mut trial = Trial::new(number);
        trial.ask = ask;
        trial.publish(&self.bus).await.unwrap();
    }

    /// Asks something of the handler of the classic queue.
    pub async fn errand(&self, number: u64, ask: Ask) {
        let mut errand = Errand::new(number);
        errand.ask = ask;
        errand.publish(&self.bus).await.unwrap();
    }

    /// The worker is ready, and handles what comes now: a trial, and an errand with the next number.
    pub async fn goes_on(&self, number: u64) {
        self.trial(number, Ask::Work).await;
        self.errand(number + 1, Ask::Work).await;
        self.diary.until_done(number).await;
        self.diary.until_done(number + 1).await;
        let health = self.worker.health();
        assert!(health.is_ready(), "{:?}", health.report());
    }

    /// Waits until `look` finds something.
    pub async fn until<T>(&self, what: &str, look: impl AsyncFn(&Self) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look(self).await {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "waited for {what} in vain");
            sleep(PAUSE).await;
        }
    }

    /// What `tell` says of each dead letter of a queue.
    pub async fn letters<T>(&self, queue: &str, tell: impl Fn(&DeadLetter) -> T) -> Vec<T> {
        let mut told = Vec::new();
        let dead = self.bus.dead_letter_queue(queue);
        let mut reading = dead.read(DeadLetterFilter::new()).await.unwrap();
        while let Some(letter) = reading.next().await.unwrap() {
            told.push(tell(&letter));
        }
        reading.close().await;
        told
    }

    /// The reasons of the dead letters of a queue.
    pub async fn reasons(&self, queue: &str) -> Vec<String> {
        self.letters(queue, |letter| letter.reason().to_owned())
            .await
    }

    /// What `tell` says of each dead letter of a queue, once there are so many.
    pub async fn so_many_letters<T>(
        &self,
        queue: &str,
        count: usize,
        tell: impl Fn(&DeadLetter) -> T,
    ) -> Vec<T> {
        let what = format!("{count} dead letters of {queue}");
        self.until(&what, async |scene| {
            let told = scene.letters(queue, &tell).await;
            assert!(told.len() <= count, "{queue} has {}", told.len());
            (told.len() == count).then_some(told)
        })
        .await
    }

    /// Waits until a queue has no message, waiting or in the hands of a worker. RabbitMQ counts every few seconds.
    pub async fn is_empty(&self, queue: &str) {
        let what = format!("{queue} to be empty");
        self.until(&what, async |scene| {
            let queues = scene.broker.queues();
            let found = queues.iter().find(|found| found.name == queue);
            (found.expect("it is declared").messages == 0).then_some(())
        })
        .await;
    }
}
