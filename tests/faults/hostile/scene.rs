//! A broker, a worker, an honest publisher and one who is not.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};

use urutu::{DeadLetter, Message};
use urutu_faults::bus::faults::{Errand, Step, Trial};

use crate::raw::{Answer, Properties, Raw};

/// The type ids.
pub(crate) const TRIAL: &str = "faults.Trial";
pub(crate) const ERRAND: &str = "faults.Errand";
/// The queues.
pub(crate) const TRIALS: &str = "faults.trials";
pub(crate) const ERRANDS: &str = "faults.errands";

/// The exchange of the catalog, and the topics.
pub(crate) const EXCHANGE: &str = "faults";
pub(crate) const TRIAL_TOPIC: &str = "trials.hold";
pub(crate) const ERRAND_TOPIC: &str = "errands.run";

pub(crate) struct Scene {
    base: urutu_faults::Scene,
    pub(crate) raw: Raw,
    /// What honest publishers have sent.
    honest: AtomicU64,
}

/// A dead letter, as far as tests ask.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) reason: String,
    pub(crate) error: String,
    pub(crate) body: Vec<u8>,
}

impl Letter {
    pub(crate) fn of(letter: &DeadLetter) -> Self {
        Self {
            reason: letter.reason().to_owned(),
            error: letter.errors().join(": "),
            body: letter.body().to_vec(),
        }
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = &self.body[..self.body.len().min(60)];
        write!(
            f,
            "{}: {}: {:?}",
            self.reason,
            self.error,
            String::from_utf8_lossy(start)
        )
    }
}

/// The numbers of honest messages begin here.
const HONEST: u64 = 1_000_000;

impl Deref for Scene {
    type Target = urutu_faults::Scene;

    fn deref(&self) -> &Self::Target {
        &self.base
    }
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let base = urutu_faults::Scene::wild().await;
        let scene = Self {
            raw: Raw::connect(&base.broker.url()),
            base,
            honest: AtomicU64::new(HONEST),
        };
        scene.neighbours_are_handled().await;
        scene
    }

    /// Somebody sends a trial, and the broker stores it.
    pub(crate) fn send_trial(&mut self, properties: &Properties, body: impl AsRef<[u8]>) {
        let answer = self
            .raw
            .publish(EXCHANGE, TRIAL_TOPIC, properties, body.as_ref());
        assert_eq!(answer, Answer::Stored);
    }

    /// Somebody sends an errand, and the broker stores it.
    pub(crate) fn send_errand(&mut self, properties: &Properties, body: impl AsRef<[u8]>) {
        let answer = self
            .raw
            .publish(EXCHANGE, ERRAND_TOPIC, properties, body.as_ref());
        assert_eq!(answer, Answer::Stored);
    }

    /// Publishes to each queue what an honest program would, and waits until it is handled.
    pub(crate) async fn neighbours_are_handled(&self) {
        let numbers = [0; 3].map(|_| self.honest.fetch_add(1, Ordering::Relaxed));
        let [trial, errand, step] = numbers;
        Trial::new(trial).publish(&self.bus).await.unwrap();
        Errand::new(errand).publish(&self.bus).await.unwrap();
        let key = "honest".to_owned();
        Step::new(step, key).publish(&self.bus).await.unwrap();
        for number in numbers {
            self.diary.until_done(number).await;
        }
        // Each once: what others sent has not pushed them around.
        for number in numbers {
            assert_eq!(self.diary.of(number).begun, 1, "{number}");
        }
    }

    /// The dead letters of a queue, once there are so many.
    pub(crate) async fn dead(&self, queue: &str, count: usize) -> Vec<Letter> {
        self.so_many_letters(queue, count, Letter::of).await
    }

    /// How many dead letters a queue has of each reason, once there are so many in all.
    pub(crate) async fn tally(&self, queue: &str, count: usize) -> BTreeMap<String, usize> {
        let mut tally = BTreeMap::new();
        for letter in self.dead(queue, count).await {
            *tally.entry(letter.reason).or_default() += 1;
        }
        tally
    }

    /// Stops the worker. Nothing may be left but dead letters.
    pub(crate) async fn end(self) {
        self.end_but(&[]).await;
    }

    /// Stops the worker. Nothing may be left but dead letters, and what is in these queues.
    pub(crate) async fn end_but(self, others: &[&str]) {
        self.neighbours_are_handled().await;
        let health = self.worker.health();
        assert!(health.is_ready(), "{:?}", health.report());
        self.broker_is_empty_but(others).await;
        self.base.worker.stop().await;
    }

    async fn broker_is_empty_but(&self, others: &[&str]) {
        self.until("the broker to have nothing left", async |scene| {
            let mut left = scene.broker.queues();
            left.retain(|queue| {
                let is_for_the_dead = queue.name.strip_suffix(".dead").is_some();
                let may_be_left = is_for_the_dead || others.contains(&&*queue.name);
                !may_be_left && queue.messages > 0
            });
            left.is_empty().then_some(())
        })
        .await;
    }
}
