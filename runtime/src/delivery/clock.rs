//! The time that a handler may take. It begins when the handler does, not when layers around it begin to wait for their turn.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::OnceLock;
use std::task::Poll;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::time::{Instant, Sleep, sleep_until};

/// When the handler began.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    started: OnceLock<Instant>,
    /// A layer may run the handler on another task than the one that keeps the time.
    keeper: AtomicWaker,
}

impl Clock {
    /// The handler begins.
    pub(crate) fn start(&self) {
        self.started.get_or_init(Instant::now);
        self.keeper.wake();
    }

    /// Runs `work` until it ends or `limit` has passed since the start: then it is `None`.
    pub(crate) async fn keep<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = pin!(work);
        let mut alarm = pin!(None::<Sleep>);
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Some(done));
            }
            if self.started.get().is_none() {
                // After the work was polled: as a rule that starts the clock, and would wake this task for nothing.
                self.keeper.register(cx.waker());
            }
            // It may have begun meanwhile, on another task.
            let Some(started) = self.started.get() else {
                return Poll::Pending;
            };
            if alarm.is_none()
                && let Some(end) = started.checked_add(limit)
            {
                alarm.set(Some(sleep_until(end)));
            }
            match alarm.as_mut().as_pin_mut() {
                Some(alarm) => alarm.poll(cx).map(|()| None),
                None => Poll::Pending,
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn waiting_before_the_start_does_not_count() {
        let clock = Clock::default();
        let begun = Instant::now();
        let work = async {
            tokio::time::sleep(5 * LIMIT).await;
            clock.start();
            std::future::pending::<()>().await;
        };
        assert_eq!(clock.keep(LIMIT, work).await, None);
        assert_eq!(begun.elapsed(), 6 * LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_on_another_task_is_heard() {
        let clock = std::sync::Arc::new(Clock::default());
        let other = std::sync::Arc::clone(&clock);
        let begun = Instant::now();
        tokio::spawn(async move {
            tokio::time::sleep(LIMIT).await;
            other.start();
        });
        assert_eq!(clock.keep(LIMIT, std::future::pending::<()>()).await, None);
        assert_eq!(begun.elapsed(), 2 * LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn what_ends_in_time_is_kept_and_no_limit_is_too_long() {
        let clock = Clock::default();
        clock.start();
        assert_eq!(clock.keep(Duration::MAX, async { 7 }).await, Some(7));
    }
}
