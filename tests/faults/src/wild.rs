//! A service that meets attackers, or is wild itself. What its handlers did is told to a [`Watch`](tokio::sync::watch) of the test.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use urutu::{BoxError, Context, Delivery, Service, Settled};

use crate::bus::faults::{Ask, Ball, Child, EarsHandlers, Errand, Step, Trial, WildHandlers};
use crate::moods::act;
use crate::words::Word;

/// What handlers have begun and ended, by the numbers of their messages.
#[derive(Debug, Default)]
pub struct Diary {
    entries: Mutex<BTreeMap<u64, Entry>>,
    written: watch::Sender<u64>,
    /// Whether what handlers do is told on the standard output as well.
    is_printed: bool,
}

/// What became of a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// How often a handler began with it.
    pub begun: u32,
    /// How often a handler did what was asked.
    pub done: u32,
    /// How many children of it came.
    pub children: u32,
}

/// Nothing takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(90);

impl Diary {
    /// An empty one.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// An empty one, which is told on the standard output as it is written.
    pub fn printed() -> Arc<Self> {
        Arc::new(Self {
            is_printed: true,
            ..Self::default()
        })
    }

    /// Writes down what a worker process did.
    pub fn read(&self, word: Word) {
        match word {
            Word::Begun(number) => self.write(number, |entry| entry.begun += 1),
            Word::Done(number) => self.write(number, |entry| entry.done += 1),
            Word::Handled(_) | Word::Settled(_) => {}
        }
    }

    /// What became of this number.
    pub fn of(&self, number: u64) -> Entry {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(&number).cloned().unwrap_or_default()
    }

    /// How often handlers began, with whatever number.
    pub fn begun(&self) -> u64 {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.values().map(|entry| u64::from(entry.begun)).sum()
    }

    /// Waits until it is so with this number.
    ///
    /// # Panics
    ///
    /// When it does not come to be so.
    pub async fn until(&self, number: u64, is_so: impl Fn(&Entry) -> bool) {
        let mut written = self.written.subscribe();
        let waiting = async {
            while !is_so(&self.of(number)) {
                written.changed().await.unwrap();
            }
        };
        let ended = timeout(PATIENCE, waiting).await;
        assert!(ended.is_ok(), "{number} stays {:?}", self.of(number));
    }

    /// Waits until a handler has done what was asked with this number.
    pub async fn until_done(&self, number: u64) {
        self.until(number, |entry| entry.done > 0).await;
    }

    fn write(&self, number: u64, change: impl FnOnce(&mut Entry)) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        change(entries.entry(number).or_default());
        drop(entries);
        self.written.send_modify(|written| *written += 1);
    }
}

struct Wild(Arc<Diary>);

/// The service that handles trials, errands and steps.
pub fn service_wild(diary: &Arc<Diary>) -> impl Service {
    Wild(Arc::clone(diary)).into_service()
}

impl Wild {
    async fn handle(&self, number: u64, ask: Ask, cx: &Context) -> Result<(), BoxError> {
        self.tell(Word::Begun(number));
        act(number, ask, cx).await?;
        self.tell(Word::Done(number));
        Ok(())
    }

    fn tell(&self, word: Word) {
        if self.0.is_printed {
            word.tell();
        }
        self.0.read(word);
    }
}

impl WildHandlers for Wild {
    type Error = BoxError;

    async fn trial(&self, trial: Trial, cx: &Context) -> Result<(), BoxError> {
        self.handle(trial.number, trial.ask, cx).await
    }

    async fn errand(&self, errand: Errand, cx: &Context) -> Result<(), BoxError> {
        self.handle(errand.number, errand.ask, cx).await
    }

    async fn ball(&self, ball: Delivery<Ball>) -> Result<Settled, BoxError> {
        let number = ball.message().number;
        self.tell(Word::Begun(number));
        Ok(ball.nack().await?)
    }

    async fn step(&self, step: Step, cx: &Context) -> Result<(), BoxError> {
        self.handle(step.number, step.ask, cx).await
    }
}

struct Ears(Arc<Diary>);

/// The service that hears of children.
pub fn service_ears(diary: &Arc<Diary>) -> impl Service {
    Ears(Arc::clone(diary)).into_service()
}

impl EarsHandlers for Ears {
    type Error = BoxError;

    async fn child(&self, child: Child, _: &Context) -> Result<(), BoxError> {
        self.0.write(child.number, |entry| entry.children += 1);
        Ok(())
    }
}
