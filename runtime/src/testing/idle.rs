//! Letting the services of a test run: until nothing is left to do, or for a while.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::app::App;
use super::history::{History, type_id};
use super::journal::Taken;
use crate::transport::memory::rest::Unfinished;

/// When a test gives up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How long nothing may happen while there is something to do.
    pub(super) patience: Duration,
    /// How many events one run may take.
    pub(super) events: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(60),
            events: 100_000,
        }
    }
}

/// How often in a row nothing may happen when every task has had its turn, before [`App::run_for`] takes it that nothing more will. A
/// handler that awaits other tasks of the test may need some turns for one step.
const QUIET_TURNS: u32 = 64;

impl App {
    /// Waits until nothing is left to do: no message waits for a handler, none is in the hands of one, and none waits for its time (a retry,
    /// `retry_later`, `publish_after`).
    ///
    /// With a paused clock (`#[tokio::test(start_paused = true)]`) delays take no time, and what is due comes in order. Without, they take as
    /// long as they do.
    ///
    /// Dead letters, and tasks that no service of this test handles, are at rest. What a handler has left to a task of its own is not known here.
    ///
    /// # Panics
    ///
    /// Where [`try_run_until_idle`](Self::try_run_until_idle) gives an error, with its text.
    pub async fn run_until_idle(&self) {
        if let Err(busy) = self.try_run_until_idle().await {
            panic!("{busy}");
        }
    }

    /// Waits as [`run_until_idle`](Self::run_until_idle) does.
    ///
    /// # Errors
    ///
    /// When there is still something to do, but nothing has happened for a while ([`patience`](super::AppBuilder::patience)), or so much that it will
    /// hardly ever end ([`most_events`](super::AppBuilder::most_events)). The error names the handlers that run, the messages that wait, and what happened.
    pub async fn try_run_until_idle(&self) -> Result<(), StillBusy> {
        let before = self.journal.len();
        loop {
            let mut stepped = pin!(self.switchboard.broker.changed());
            let mut written = pin!(self.journal.changed());
            stepped.as_mut().enable();
            written.as_mut().enable();
            let (events, unfinished) = (self.journal.len(), self.unfinished());
            let running = self.journal.running();
            // The broker was at rest at one moment. Had a handler been at work then, its end would have been written since.
            if unfinished.is_nothing() && running.is_empty() && self.journal.len() == events {
                return Ok(());
            }
            let waits_for_its_time = unfinished.queues.is_empty() && running.is_empty();
            if events - before > self.limits.events {
                return Err(self.still_busy(Why::TooMuch(events - before)));
            }
            tokio::select! {
                () = stepped => (),
                () = written => (),
                () = sleep(self.limits.patience), if !waits_for_its_time => {
                    return Err(self.still_busy(Why::Nothing(self.limits.patience)));
                }
            }
        }
    }

    /// Lets the services run for a while, to look before a delay is over. What is due at the very end is done as well, as far as it
    /// takes no time.
    ///
    /// ```
    /// # async fn example(app: urutu::testing::App) {
    /// # use std::time::Duration;
    /// app.run_for(Duration::from_millis(299)).await;      // the retry is due after 300 ms: not yet
    /// app.run_for(Duration::from_millis(1)).await;        // now
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When handlers keep each other busy at that moment without end, as [`run_until_idle`](Self::run_until_idle) does.
    pub async fn run_for(&self, duration: Duration) {
        sleep(duration).await;
        let before = self.journal.len();
        let mut quiet = 0;
        while quiet < QUIET_TURNS {
            let mut stepped = pin!(self.switchboard.broker.changed());
            let mut written = pin!(self.journal.changed());
            stepped.as_mut().enable();
            written.as_mut().enable();
            tokio::task::yield_now().await;
            let happened = stepped.enable() | written.enable();
            quiet = if happened { 0 } else { quiet + 1 };
            let events = self.journal.len() - before;
            assert!(
                events <= self.limits.events,
                "{}",
                self.still_busy(Why::TooMuch(events))
            );
        }
    }

    fn unfinished(&self) -> Unfinished {
        let names: Vec<_> = self.queues.iter().map(|queue| queue.name).collect();
        self.switchboard.broker.unfinished(&names)
    }

    fn still_busy(&self, why: Why) -> StillBusy {
        StillBusy(Box::new(Busy {
            why,
            stopped: self.worker.is_none(),
            running: self.journal.running(),
            now: Instant::now(),
            unfinished: self.unfinished(),
            history: self.history(),
        }))
    }
}

/// The services of a test do not come to rest; see [`App::try_run_until_idle`].
pub struct StillBusy(Box<Busy>);

struct Busy {
    why: Why,
    stopped: bool,
    running: Vec<Arc<Taken>>,
    now: Instant,
    unfinished: Unfinished,
    history: History,
}

enum Why {
    /// Nothing happened for so long.
    Nothing(Duration),
    /// So many things happened.
    TooMuch(usize),
}

/// The last events are enough to see a circle.
const SHOWN: usize = 40;

impl fmt::Display for StillBusy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Busy {
            why,
            stopped,
            running,
            now,
            unfinished,
            history,
        } = &*self.0;
        match why {
            Why::Nothing(patience) => write!(
                f,
                "the test app is not done, and nothing has happened for {patience:?}"
            )?,
            Why::TooMuch(events) => write!(
                f,
                "the test app is not done after {events} events; do handlers publish to each other for ever? `run_for` runs them for a while, \
                 `most_events` allows more"
            )?,
        }
        if *stopped {
            f.write_str("; it was stopped")?;
        }
        f.write_str("\n")?;
        for taken in running {
            let Taken {
                queue,
                attempt,
                handler,
                message_id,
                since,
                ..
            } = &**taken;
            let (id, handler) = (
                message_id.as_deref().unwrap_or("none"),
                handler.unwrap_or("none"),
            );
            writeln!(
                f,
                "  handler `{handler}` has been running for {:?}: {} (id {id}) from `{queue}`, attempt {attempt}",
                now.duration_since(*since),
                type_id(taken),
            )?;
        }
        for queue in &unfinished.queues {
            writeln!(
                f,
                "  queue `{}`: waiting {}, not settled {}",
                queue.name, queue.waiting, queue.unsettled
            )?;
        }
        if unfinished.delayed {
            f.write_str("  messages wait for their time\n")?;
        }
        f.write_str("what has happened:\n")?;
        let left_out = history.0.len().saturating_sub(SHOWN);
        if left_out > 0 {
            writeln!(f, "... ({left_out} events before)")?;
        }
        write!(f, "{}", History(history.0[left_out..].to_vec()))
    }
}

/// As it is displayed, so that `unwrap` shows it well.
impl fmt::Debug for StillBusy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for StillBusy {}
