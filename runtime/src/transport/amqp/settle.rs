//! The right to settle a delivery, and what happens to one that nobody settles.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::task::AtomicWaker;
use lapin::Acker;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use tokio::time::timeout;

use super::connection::LOOK_AGAIN;
use crate::transport::{Settle, Stale};

/// A delivery that is not settled. Dropped, it goes to the [`Custody`] of its subscription.
#[derive(Debug)]
pub(super) struct Unsettled {
    acker: Acker,
    custody: Arc<Custody>,
}

impl Unsettled {
    pub(super) fn new(acker: Acker, custody: Arc<Custody>) -> Self {
        Self { acker, custody }
    }

    fn is_gone(&self) -> bool {
        self.custody.check().is_err() || self.acker.poisoned()
    }

    /// Waits until it is sent, or its channel is gone: lapin may forget who waits where a connection breaks under many acknowledgements, and a handler
    /// that waited for ever would keep its place from others.
    async fn sent(&self, sending: impl Future<Output = lapin::Result<bool>>) -> Result<(), Stale> {
        let mut sending = std::pin::pin!(sending);
        loop {
            match timeout(LOOK_AGAIN, &mut sending).await {
                Ok(sent) => return settled(&sent),
                Err(_) if self.is_gone() => return Err(Stale),
                Err(_) => {}
            }
        }
    }
}

impl Settle for Unsettled {
    fn ack(self: Box<Self>) -> BoxFuture<'static, Result<(), Stale>> {
        Box::pin(async move {
            self.custody.check()?;
            self.sent(self.acker.ack(BasicAckOptions::default())).await
        })
    }

    fn is_stale(&self) -> bool {
        self.is_gone()
    }

    fn reject(self: Box<Self>, requeue: bool) -> BoxFuture<'static, Result<(), Stale>> {
        let options = BasicNackOptions {
            requeue,
            ..BasicNackOptions::default()
        };
        Box::pin(async move {
            self.custody.check()?;
            self.sent(self.acker.nack(options)).await
        })
    }
}

fn settled(sent: &lapin::Result<bool>) -> Result<(), Stale> {
    match sent {
        Ok(true) => Ok(()),
        // lapin says `false` for a channel that is gone, as if it were a second ack.
        Ok(false) | Err(_) => Err(Stale),
    }
}

impl Drop for Unsettled {
    fn drop(&mut self) {
        if self.acker.usable() {
            self.custody.take(self.acker.clone());
        }
    }
}

/// What a subscription and its unsettled deliveries share: those that were dropped, and whether the subscription itself was.
///
/// The subscription gives dropped deliveries back when it is next polled, and the end of its channel gives back the rest. They do
/// not go back at once: when a worker is dropped as a whole, the broker would send them again to its consumer, which is about to
/// end, and a quorum queue would count an attempt that nobody made.
#[derive(Default)]
pub(super) struct Custody {
    dropped: Mutex<Vec<Acker>>,
    subscription: AtomicWaker,
    /// The channel is closing: an ack on it might come too late.
    over: AtomicBool,
}

impl Custody {
    /// Said by the subscription when it is dropped.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// Gives back what was dropped, and wakes the task when more comes.
    pub(super) fn poll_give_back(&self, cx: &mut Context<'_>) {
        self.subscription.register(cx.waker());
        for acker in self.take_dropped() {
            let back = BasicNackOptions {
                requeue: true,
                ..BasicNackOptions::default()
            };
            // The first poll hands it to lapin's own thread; what is left out is the wait for the socket.
            let _ = acker.nack(back).now_or_never();
        }
    }

    /// What was dropped and is still to be given back, in the order of dropping.
    pub(super) fn take_dropped(&self) -> Vec<Acker> {
        std::mem::take(&mut *self.dropped())
    }

    fn check(&self) -> Result<(), Stale> {
        if self.over.load(Ordering::Acquire) {
            return Err(Stale);
        }
        Ok(())
    }

    fn take(&self, acker: Acker) {
        self.dropped().push(acker);
        self.subscription.wake();
    }

    fn dropped(&self) -> MutexGuard<'_, Vec<Acker>> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Custody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Custody").finish_non_exhaustive()
    }
}
