//! The right to settle a delivery, and what happens to one that nobody settles.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::task::AtomicWaker;
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use lapin::types::DeliveryTag;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::acks::Acks;
use super::connection::LOOK_AGAIN;
use crate::transport::{Settle, Stale};

/// How long an acknowledgement waits for others to go with it.
const TOGETHER_FOR: Duration = Duration::from_millis(2);

/// Where one was sent this recently, more may follow: the next one waits for them, though nothing else is in hand.
const QUIET: Duration = Duration::from_millis(1);

/// How many times that one waits that a handler before it, which still runs, keeps from going with others.
const PATIENCE: u64 = 5;

/// How many go together at most. More gains nothing.
const MOST: u16 = 64;

/// A delivery that is not settled. Dropped, it goes to the [`Custody`] of its subscription.
#[derive(Debug)]
pub(super) struct Unsettled {
    tag: DeliveryTag,
    custody: Arc<Custody>,
    is_settled: bool,
}

impl Unsettled {
    pub(super) fn new(tag: DeliveryTag, custody: Arc<Custody>) -> Self {
        custody.delivered(tag);
        Self {
            tag,
            custody,
            is_settled: false,
        }
    }
}

impl Settle for Unsettled {
    fn ack(mut self: Box<Self>) -> BoxFuture<'static, Result<(), Stale>> {
        Box::pin(async move {
            self.is_settled = true;
            match &self.custody.together {
                Some(together) => self.custody.ack_with_others(together, self.tag),
                None => self.custody.ack_now(self.tag).await,
            }
        })
    }

    fn is_stale(&self) -> bool {
        self.custody.is_gone()
    }

    fn reject(mut self: Box<Self>, requeue: bool) -> BoxFuture<'static, Result<(), Stale>> {
        Box::pin(async move {
            self.is_settled = true;
            self.custody.nack_now(self.tag, requeue).await
        })
    }
}

impl Drop for Unsettled {
    fn drop(&mut self) {
        if !self.is_settled && !self.custody.is_gone() {
            self.custody.take(self.tag);
        }
    }
}

/// What a subscription and its unsettled deliveries share: the channel that they are settled on, for as long as the subscription is there, and those that
/// were dropped.
///
/// The subscription gives dropped deliveries back when it is next polled, and the end of its channel gives back the rest. They do
/// not go back at once: when a worker is dropped as a whole, the broker would send them again to its consumer, which is about to
/// end, and a quorum queue would count an attempt that nobody made.
pub(super) struct Custody {
    /// `None` when the channel is closing, or is known to be gone: an acknowledgement might come too late. A channel closes when nobody holds it any more.
    open: Mutex<Option<Open>>,
    dropped: Mutex<Vec<DeliveryTag>>,
    subscription: AtomicWaker,
    /// `None`: each acknowledgement goes for itself, and at once.
    together: Option<Together>,
}

/// A channel, and the acknowledgements that were not sent on it. They are sent under the lock: one that came behind a later one would name a tag that the
/// broker has forgotten, which ends the channel.
struct Open {
    channel: Channel,
    acks: Acks,
    /// When the last one was sent.
    sent: Option<Instant>,
    /// How many frames have settled something that the broker is not known to have carried out.
    frames: usize,
}

/// Acknowledgements wait for others to go with them.
struct Together {
    /// So many go at once.
    most: usize,
    /// Told when one waits.
    noted: Notify,
}

impl Custody {
    /// Of deliveries each of which is settled for itself.
    pub(super) fn of_each(channel: Channel) -> Arc<Self> {
        Arc::new(Self::new(channel, None))
    }

    /// Of deliveries of a consumer with this prefetch: acknowledgements go together, and as long as they wait for others, they keep no more than a part of it.
    pub(super) fn of_consumer(channel: Channel, prefetch: u16) -> Arc<Self> {
        let most = match prefetch {
            // No limit.
            0 => MOST,
            prefetch => (prefetch / 4).clamp(1, MOST),
        };
        let together = Together {
            most: most.into(),
            noted: Notify::new(),
        };
        let custody = Arc::new(Self::new(channel, Some(together)));
        tokio::spawn(send_from_time_to_time(Arc::clone(&custody)));
        custody
    }

    fn new(channel: Channel, together: Option<Together>) -> Self {
        Self {
            open: Mutex::new(Some(Open {
                channel,
                acks: Acks::default(),
                sent: None,
                frames: 0,
            })),
            dropped: Mutex::default(),
            subscription: AtomicWaker::new(),
            together,
        }
    }

    /// Said by the subscription when it is dropped. Acknowledgements that still wait go out.
    pub(super) fn end(&self) {
        if let Some(mut open) = self.open().take() {
            open.send_all();
        }
        if let Some(together) = &self.together {
            together.noted.notify_one();
        }
    }

    fn delivered(&self, tag: DeliveryTag) {
        if let (Some(_), Some(open)) = (&self.together, self.open().as_mut()) {
            open.acks.delivered(tag);
        }
    }

    /// Sends the acknowledgements that wait.
    pub(super) fn send_all(&self) {
        if let Some(open) = self.open().as_mut() {
            open.send_all();
        }
    }

    /// Gives back what was dropped, and wakes the task when more comes.
    pub(super) fn poll_give_back(&self, cx: &mut Context<'_>) {
        self.subscription.register(cx.waker());
        for tag in self.take_dropped() {
            // What is left out is the wait for the socket.
            let _ = self.nack_now(tag, true).now_or_never();
        }
    }

    /// What was dropped and is still to be given back, in the order of dropping.
    pub(super) fn take_dropped(&self) -> Vec<DeliveryTag> {
        std::mem::take(&mut *self.dropped())
    }

    /// The broker has carried out the first of them.
    pub(super) fn carried_out(&self, frames: usize) {
        if let Some(open) = self.open().as_mut() {
            open.frames = open.frames.saturating_sub(frames);
        }
    }

    /// How many frames have settled something that the broker is not known to have carried out.
    pub(super) fn frames(&self) -> usize {
        self.open().as_ref().map_or(0, |open| open.frames)
    }

    fn is_gone(&self) -> bool {
        self.open().as_ref().is_none_or(Open::is_gone)
    }

    fn ack_with_others(&self, together: &Together, tag: DeliveryTag) -> Result<(), Stale> {
        let mut guard = self.open();
        let open = guard.as_mut().ok_or(Stale)?;
        // Asking for the channel's state waits for lapin's thread, which writes it for each frame. So the first of those that go together asks, and the task
        // that sends from time to time, as long as any wait.
        if open.acks.unsent() == 0 && open.is_gone() {
            return Err(Stale);
        }
        if !open.acks.ack(tag) {
            open.send(tag, false);
            return Ok(());
        }
        if open.acks.covered() >= together.most || open.goes_alone() {
            open.send_covered();
        }
        if open.acks.unsent() >= 2 * together.most {
            open.send_scattered(0);
        }
        if open.acks.unsent() == 1 {
            together.noted.notify_one();
        }
        Ok(())
    }

    async fn ack_now(&self, tag: DeliveryTag) -> Result<(), Stale> {
        let channel = self.channel()?;
        let sending = channel.basic_ack(tag, BasicAckOptions::default());
        self.sent(sending).await
    }

    async fn nack_now(&self, tag: DeliveryTag, requeue: bool) -> Result<(), Stale> {
        let channel = self.channel()?;
        let options = BasicNackOptions {
            requeue,
            multiple: false,
        };
        let mut sending = std::pin::pin!(channel.basic_nack(tag, options));
        // The first poll puts the frame in line. From now on an acknowledgement for all up to a later one comes behind it.
        let sent = sending.as_mut().now_or_never();
        if let (Some(_), Some(open)) = (&self.together, self.open().as_mut()) {
            open.acks.settled(tag);
            open.frames += 1;
        }
        match sent {
            Some(sent) => sent.map_err(|_| Stale),
            None => self.sent(sending).await,
        }
    }

    /// Waits until it is sent, or its channel is gone: lapin may forget who waits where a connection breaks under many acknowledgements, and a handler
    /// that waited for ever would keep its place from others.
    async fn sent(&self, sending: impl Future<Output = lapin::Result<()>>) -> Result<(), Stale> {
        let mut sending = std::pin::pin!(sending);
        loop {
            match timeout(LOOK_AGAIN, &mut sending).await {
                Ok(sent) => return sent.map_err(|_| Stale),
                Err(_) if self.is_gone() => return Err(Stale),
                Err(_) => {}
            }
        }
    }

    fn channel(&self) -> Result<Channel, Stale> {
        let guard = self.open();
        let open = guard.as_ref().filter(|open| !open.is_gone());
        open.map(|open| open.channel.clone()).ok_or(Stale)
    }

    fn take(&self, tag: DeliveryTag) {
        self.dropped().push(tag);
        self.subscription.wake();
    }

    fn open(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dropped(&self) -> MutexGuard<'_, Vec<DeliveryTag>> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Custody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Custody").finish_non_exhaustive()
    }
}

impl Open {
    fn is_gone(&self) -> bool {
        !self.channel.status().connected()
    }

    /// Nothing is in hand that could go together, and nothing went just now.
    fn goes_alone(&self) -> bool {
        self.acks.is_at_rest() && self.sent.is_none_or(|sent| sent.elapsed() >= QUIET)
    }

    fn send_all(&mut self) {
        self.send_covered();
        self.send_scattered(0);
    }

    fn send_covered(&mut self) {
        if let Some(tag) = self.acks.take_covered() {
            self.send(tag, true);
        }
    }

    /// Sends those that have waited for so many rounds behind a delivery that is not settled.
    fn send_scattered(&mut self, rounds: u64) {
        for tag in self.acks.take_scattered(rounds) {
            self.send(tag, false);
        }
    }

    /// The first poll puts it in line; what is left out is the wait for the socket. Where the channel is gone, the broker delivers the message again.
    fn send(&mut self, tag: DeliveryTag, multiple: bool) {
        self.sent = Some(Instant::now());
        self.frames += 1;
        let options = BasicAckOptions { multiple };
        let _ = self.channel.basic_ack(tag, options).now_or_never();
    }
}

/// Sends what has waited for long enough, until the channel is gone.
async fn send_from_time_to_time(custody: Arc<Custody>) {
    let Some(together) = &custody.together else {
        return;
    };
    loop {
        together.noted.notified().await;
        loop {
            sleep(TOGETHER_FOR).await;
            let mut guard = custody.open();
            // Those that are acknowledged from now on are stale.
            guard.take_if(|open| open.is_gone());
            let Some(open) = guard.as_mut() else {
                return;
            };
            open.send_covered();
            open.send_scattered(PATIENCE);
            open.acks.end_round();
            if open.acks.unsent() == 0 {
                break;
            }
        }
    }
}
