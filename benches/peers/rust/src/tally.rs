//! Counts what handlers handle, and tells when they are through.

use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time;

use crate::Result;
use crate::meter::{Meter, Spent};
use crate::order::Order;

/// No handler ran for so long: the library hangs.
const STALLED: Duration = Duration::from_secs(30);

/// One process handles one queue once, and some libraries take handlers without state: this is theirs.
static TALLY: OnceLock<Tally> = OnceLock::new();

#[derive(Debug)]
pub(crate) struct Tally {
    expected: u64,
    handled: AtomicU64,
    /// Begins when the first message comes to its handler.
    meter: OnceLock<Meter>,
    /// A bit for each number: each message counts once.
    seen: Vec<AtomicU64>,
    /// Messages that came again, or that nobody sent.
    strange: AtomicU64,
    all_handled: Notify,
}

impl Tally {
    /// Expects the messages 1 to `expected`.
    pub(crate) fn begin(expected: u64) -> &'static Self {
        TALLY.get_or_init(|| Self::new(expected))
    }

    fn new(expected: u64) -> Self {
        Self {
            expected,
            handled: AtomicU64::new(0),
            meter: OnceLock::new(),
            seen: (0..=expected / 64).map(|_| AtomicU64::new(0)).collect(),
            strange: AtomicU64::new(0),
            all_handled: Notify::new(),
        }
    }

    /// That of this process.
    pub(crate) fn get() -> &'static Self {
        TALLY.get().expect("it begins before anything is handled")
    }

    pub(crate) fn expected(&self) -> u64 {
        self.expected
    }

    /// What each handler does. Says whether this was the last message.
    pub(crate) fn handle(&self, number: u64, order: &Order) -> bool {
        black_box(order);
        self.meter.get_or_init(Meter::begin);
        let bit = 1 << (number % 64);
        let word = usize::try_from(number / 64)
            .ok()
            .and_then(|word| self.seen.get(word));
        let new = word.is_some_and(|word| word.fetch_or(bit, Ordering::Relaxed) & bit == 0);
        if !new || number == 0 || number > self.expected {
            self.strange.fetch_add(1, Ordering::Relaxed);
        }
        let last = self.handled.fetch_add(1, Ordering::Relaxed) + 1 == self.expected;
        if last {
            self.all_handled.notify_one();
        }
        last
    }

    /// What it took since the first message came to its handler.
    pub(crate) fn spent(&self) -> Result<Spent> {
        let meter = self.meter.get().ok_or("nothing was handled")?;
        Ok(meter.spent())
    }

    /// Waits until so many messages are handled as are expected.
    pub(crate) async fn all_handled(&self) {
        self.all_handled.notified().await;
    }

    /// Waits for an end that comes when everything is handled, as long as messages are.
    pub(crate) async fn until<T>(&self, end: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            ended = end => Ok(ended),
            handled = self.stalled() => {
                Err(format!("after {handled} messages nothing happened for {STALLED:?}").into())
            }
        }
    }

    async fn stalled(&self) -> u64 {
        let mut before = None;
        loop {
            let now = self.handled.load(Ordering::Relaxed);
            if before == Some(now) {
                return now;
            }
            before = Some(now);
            time::sleep(STALLED).await;
        }
    }

    /// Complains unless each message was handled once.
    pub(crate) fn check(&self) -> Result<()> {
        let handled = self.handled.load(Ordering::Relaxed);
        let strange = self.strange.load(Ordering::Relaxed);
        if handled == self.expected && strange == 0 {
            return Ok(());
        }
        let expected = self.expected;
        Err(
            format!("{handled} messages were handled, not {expected}, {strange} of them again")
                .into(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::PlaceOrder;

    fn handled(expected: u64, numbers: &[u64]) -> Result<()> {
        let tally = Tally::new(expected);
        for &number in numbers {
            tally.handle(number, &PlaceOrder::new(number).order);
        }
        tally.check()
    }

    #[test]
    fn each_message_counts_once() {
        assert!(handled(3, &[1, 2, 3]).is_ok());
        assert!(handled(3, &[1, 2]).is_err());
        assert!(handled(3, &[1, 2, 2]).is_err());
        assert!(handled(3, &[1, 2, 4]).is_err());
        assert!(handled(3, &[0, 1, 2]).is_err());
        assert!(handled(3, &[1, 2, 3, 3]).is_err());
        assert!(handled(64, &(1..=64).collect::<Vec<_>>()).is_ok());
    }
}
