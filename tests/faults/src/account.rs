//! What became of each message.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::hands::Book;
use crate::report::Report;
use crate::scale::PATIENCE;

/// The account of a run: every message by its number, from 0.
#[derive(Debug, Default)]
pub struct Account {
    state: Mutex<State>,
    /// Grows with everything that is noted.
    noted: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    entries: Vec<Entry>,
    /// Publishes that failed, by what the error said.
    errors: BTreeMap<String, u64>,
    faults: BTreeMap<String, u32>,
    recoveries: Vec<Duration>,
    /// Handled, but never published.
    unexpected: u64,
}

#[derive(Debug, Default, Clone)]
struct Entry {
    /// How often it was published, under an id of its own each time.
    published: u32,
    confirmed: bool,
    handled: u32,
    settled: bool,
    audited: u32,
    dead: bool,
}

impl Entry {
    /// Whether the broker has promised to keep it and nobody has seen it since.
    fn is_missing(&self) -> bool {
        self.confirmed && self.handled == 0 && !self.dead
    }

    /// Whether its work was done, and what that staged is not there. Where the acknowledgement failed, it comes again, and stages it again.
    fn misses_what_it_staged(&self) -> bool {
        self.handled > 0 && self.audited == 0 && !self.dead && (self.confirmed || self.settled)
    }
}

impl Account {
    /// What a message in the account takes, with the room for more that a vector keeps.
    pub const BYTES_PER_MESSAGE: u64 = 2 * size_of::<Entry>() as u64;

    /// A new message is about to be published: its number.
    pub fn next_number(&self) -> u64 {
        let mut state = self.state();
        state.entries.push(Entry::default());
        number(state.entries.len() - 1)
    }

    /// How many numbers were given out.
    pub fn numbers(&self) -> u64 {
        number(self.state().entries.len())
    }

    /// It is sent.
    pub fn publishing(&self, number: u64) {
        self.note(number, |entry| entry.published += 1);
    }

    /// The broker has confirmed it.
    pub fn confirmed(&self, number: u64) {
        self.note(number, |entry| entry.confirmed = true);
    }

    /// It was not confirmed; `what` says why, in a word.
    pub fn failed(&self, what: impl Into<String>) {
        *self.state().errors.entry(what.into()).or_default() += 1;
        self.told();
    }

    /// It is in a dead-letter queue. Looks that find it there again are nothing new.
    pub fn dead(&self, number: u64) {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let is_known = |entry: &Entry| entry.dead;
        if !self.state().entries.get(index).is_some_and(is_known) {
            self.note(number, |entry| entry.dead = true);
        }
    }

    /// An attack has begun.
    pub fn fault(&self, name: impl Into<String>) {
        *self.state().faults.entry(name.into()).or_default() += 1;
    }

    /// This long after the end of an attack, a message that was published since was handled.
    pub fn recovered_after(&self, time: Duration) {
        self.state().recoveries.push(time);
    }

    /// How many messages are accounted for: handled or dead.
    pub fn ended(&self) -> u64 {
        let state = self.state();
        let ended = state
            .entries
            .iter()
            .filter(|entry| entry.handled > 0 || entry.dead);
        number(ended.count())
    }

    /// Whether a message from this number on was handled.
    pub fn any_handled_since(&self, first: u64) -> bool {
        let first = usize::try_from(first).expect("it was given out");
        let state = self.state();
        state
            .entries
            .iter()
            .skip(first)
            .any(|entry| entry.handled > 0)
    }

    /// How many that were confirmed are neither handled nor dead, and how many acknowledged ones miss what they staged.
    pub fn missing(&self) -> u64 {
        let state = self.state();
        let missing = |entry: &&Entry| entry.is_missing() || entry.misses_what_it_staged();
        number(state.entries.iter().filter(missing).count())
    }

    /// Whether what it staged came.
    pub fn is_audited(&self, number: u64) -> bool {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let state = self.state();
        state
            .entries
            .get(index)
            .is_some_and(|entry| entry.audited > 0)
    }

    /// Whether all that was published is confirmed, and either dead or handled, with what that staged. (Of a worker that was lost, nobody knows whether
    /// its last acknowledgements went out.)
    pub fn is_at_rest(&self) -> bool {
        let at_rest = |entry: &Entry| {
            entry.confirmed && (entry.dead || (entry.handled > 0 && entry.audited > 0))
        };
        self.state().entries.iter().all(at_rest)
    }

    /// How many publishes have failed with this kind of error.
    pub fn failures(&self, kind: &str) -> u64 {
        self.state().errors.get(kind).copied().unwrap_or_default()
    }

    /// Is told of everything that is noted.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.noted.subscribe()
    }

    /// Waits until nothing is missing.
    ///
    /// # Panics
    ///
    /// When something is for too long: the message says `what`, and which.
    pub async fn until_all_ended(&self, what: &str) {
        let mut noted = self.subscribe();
        let all = async {
            while self.missing() > 0 {
                noted.changed().await.expect("the account is here");
            }
        };
        let ended = timeout(PATIENCE, all).await;
        assert!(
            ended.is_ok(),
            "{what} is not handled: {:?}",
            self.some_missing()
        );
    }

    /// The sums.
    pub fn report(&self, name: &str, took: Duration) -> Report {
        let state = self.state();
        let count = |which: &dyn Fn(&Entry) -> bool| {
            number(state.entries.iter().filter(|entry| which(entry)).count())
        };
        let sum = |of: &dyn Fn(&Entry) -> u32| {
            state.entries.iter().map(|entry| u64::from(of(entry))).sum()
        };
        let mut recoveries = state.recoveries.clone();
        recoveries.sort_unstable();
        let millis = |time: &Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Report {
            name: name.to_owned(),
            took_s: took.as_secs(),
            published: count(&|entry| entry.published > 0),
            again: sum(&|entry| entry.published.saturating_sub(1)),
            confirmed: count(&|entry| entry.confirmed),
            handled: count(&|entry| entry.handled > 0),
            duplicates: sum(&|entry| entry.handled.saturating_sub(1)),
            // Of messages that were sent once only: the broker's, or a worker's.
            redelivered: sum(&|entry| match entry.published {
                1 => entry.handled.saturating_sub(1),
                _ => 0,
            }),
            dead: count(&|entry| entry.dead),
            lost: count(&Entry::is_missing),
            staged_lost: count(&Entry::misses_what_it_staged),
            unexpected: state.unexpected,
            errors: state.errors.clone(),
            faults: state.faults.clone(),
            recovery_p50_ms: recoveries.get(recoveries.len() / 2).map(millis),
            recovery_max_ms: recoveries.last().map(millis),
        }
    }

    /// The first numbers that are missing, for a message.
    pub fn some_missing(&self) -> Vec<(u64, String)> {
        let state = self.state();
        let entries = (0..).zip(&state.entries);
        let missing =
            entries.filter(|(_, entry)| entry.is_missing() || entry.misses_what_it_staged());
        missing
            .take(10)
            .map(|(number, entry)| (number, format!("{entry:?}")))
            .collect()
    }

    fn note(&self, number: u64, change: impl FnOnce(&mut Entry)) {
        let mut state = self.state();
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        match state.entries.get_mut(index) {
            Some(entry) => change(entry),
            None => state.unexpected += 1,
        }
        drop(state);
        self.told();
    }

    fn told(&self) {
        self.noted.send_modify(|noted| *noted += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book for Account {
    fn handled(&self, number: u64) {
        self.note(number, |entry| entry.handled += 1);
    }

    fn settled(&self, number: u64) {
        self.note(number, |entry| entry.settled = true);
    }

    fn audited(&self, number: u64) {
        self.note(number, |entry| entry.audited += 1);
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).expect("no more than fit into memory")
}
