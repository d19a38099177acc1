//! The broker behind its lock: who asks it wakes the consumers and keeps the timer that follow.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::SystemTime;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

use super::broker::Broker;
use super::consumer::ConsumerId;
use super::queue::QueueId;

/// A broker that many tasks share.
///
/// The lock is held for single steps of the state machine only, never across an await. Wakers are
/// woken and dropped outside of it, as they may run or drop anything.
pub(super) struct Shell {
    state: Mutex<State>,
    /// Tells publishers that there is room.
    room: Notify,
    /// Tells the timer of an earlier deadline, or of the end.
    timer: Arc<Notify>,
    /// Tells of every step.
    #[cfg(feature = "testing")]
    stepped: Notify,
}

struct State {
    broker: Broker,
    /// Of the consumers that wait.
    wakers: BTreeMap<ConsumerId, Waker>,
    timer: Timer,
}

/// What the task that expires messages is doing.
#[derive(Clone, Copy)]
enum Timer {
    /// There is none: the first deadline starts it.
    Stopped,
    /// It sleeps until it is told more.
    Idle,
    /// It sleeps until then, or until it is told more.
    Until(std::time::Instant),
}

impl Shell {
    pub(super) fn new() -> Arc<Self> {
        let broker = Broker::new(Instant::now().into_std(), SystemTime::now());
        let state = State {
            broker,
            wakers: BTreeMap::new(),
            timer: Timer::Stopped,
        };
        Arc::new(Self {
            state: Mutex::new(state),
            room: Notify::new(),
            timer: Arc::new(Notify::new()),
            #[cfg(feature = "testing")]
            stepped: Notify::new(),
        })
    }

    /// Does one step of the broker, then what follows from it.
    pub(super) fn step<R>(
        self: &Arc<Self>,
        step: impl FnOnce(&mut Broker, std::time::Instant) -> R,
    ) -> R {
        let now = Instant::now().into_std();
        let mut state = self.lock();
        let result = step(&mut state.broker, now);
        let has_room = state.broker.has_room_again();
        let woken = state.take_woken();
        let start = state.timer_is_due(&self.timer).then(Handle::try_current);
        // Outside of a runtime there is no timer: what is due expires with the next step.
        let runtime = start.and_then(Result::ok);
        if runtime.is_some() {
            state.timer = Timer::Idle;
        }
        drop(state);
        if let Some(runtime) = runtime {
            let timer = Expiry(Arc::downgrade(self));
            runtime.spawn(expire_in_time(timer, Arc::clone(&self.timer)));
        }
        woken.into_iter().for_each(Waker::wake);
        if has_room {
            self.room.notify_waiters();
        }
        self.tell_of_step();
        result
    }

    /// Does one step for a consumer; where it finds nothing, the consumer is woken when that changes.
    pub(super) fn step_or_wait<R>(
        &self,
        consumer: ConsumerId,
        waker: &Waker,
        step: impl FnOnce(&mut Broker) -> Option<R>,
    ) -> Option<R> {
        let mut state = self.lock();
        let found = step(&mut state.broker);
        let known = state
            .wakers
            .get(&consumer)
            .is_some_and(|known| known.will_wake(waker));
        let replaced = if found.is_none() && !known {
            state.wakers.insert(consumer, waker.clone())
        } else {
            None
        };
        drop(state);
        drop(replaced);
        found
    }

    /// Looks at the broker, which is no step.
    pub(super) fn look<R>(&self, look: impl FnOnce(&Broker) -> R) -> R {
        look(&self.lock().broker)
    }

    /// How many messages wait in a queue; `None` where there is room. [`room`](Self::room) tells when that changes.
    pub(super) fn wait_for_room(&self, queue: QueueId) -> Option<usize> {
        self.lock().broker.wait_for_room(queue)
    }

    /// Nobody is to wait for the consumers of a queue, until there is room or there are many more messages than these.
    pub(super) fn bear(&self, queue: QueueId, messages: usize) {
        self.lock().broker.queues[queue.0].borne = messages;
    }

    /// Is ready when there is room in a queue that somebody has waited for.
    pub(super) fn room(&self) -> Notified<'_> {
        self.room.notified()
    }

    /// Is ready after the next step.
    #[cfg(feature = "testing")]
    pub(super) fn changed(&self) -> Notified<'_> {
        self.stepped.notified()
    }

    #[cfg_attr(
        not(feature = "testing"),
        expect(clippy::unused_self, reason = "there is nobody to tell")
    )]
    fn tell_of_step(&self) {
        #[cfg(feature = "testing")]
        self.stepped.notify_waiters();
    }

    /// Forgets who waits for a consumer.
    pub(super) fn forget(&self, consumer: ConsumerId) {
        let forgotten = self.lock().wakers.remove(&consumer);
        drop(forgotten);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No step of the broker panics, and a poisoned lock would only spread another one's panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_woken(&mut self) -> Vec<Waker> {
        let woken = self.broker.take_woken();
        woken
            .iter()
            .filter_map(|consumer| self.wakers.remove(consumer))
            .collect()
    }

    /// Tells the timer where it has to wake earlier. Returns whether one has to be started.
    fn timer_is_due(&mut self, notify: &Notify) -> bool {
        let Some(deadline) = self.broker.next_deadline() else {
            return false;
        };
        match self.timer {
            Timer::Stopped => return true,
            Timer::Until(earlier) if earlier <= deadline => {}
            Timer::Idle | Timer::Until(_) => {
                self.timer = Timer::Until(deadline);
                notify.notify_one();
            }
        }
        false
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.timer.notify_one();
    }
}

impl fmt::Debug for Shell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").finish_non_exhaustive()
    }
}

/// Expires messages when they are due, as long as the broker lives.
async fn expire_in_time(expiry: Expiry, told: Arc<Notify>) {
    while let Some(timer) = expiry.run_due() {
        match timer {
            // Told or late, both lead to another look.
            Timer::Until(deadline) => {
                drop(tokio::time::timeout_at(deadline.into(), told.notified()).await);
            }
            Timer::Idle | Timer::Stopped => told.notified().await,
        }
    }
}

/// The timer task's hold on the broker, which does not keep it alive. When a runtime ends, it drops the
/// task; the next step then starts another on the runtime that it runs on.
struct Expiry(Weak<Shell>);

impl Expiry {
    /// Expires what is due and says when to come again; `None` once the broker is gone.
    fn run_due(&self) -> Option<Timer> {
        let shell = self.0.upgrade()?;
        let now = Instant::now().into_std();
        let mut state = shell.lock();
        state.broker.run(now);
        let deadline = state.broker.next_deadline();
        let timer = deadline.map_or(Timer::Idle, Timer::Until);
        state.timer = timer;
        let has_room = state.broker.has_room_again();
        let woken = state.take_woken();
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        if has_room {
            shell.room.notify_waiters();
        }
        shell.tell_of_step();
        Some(timer)
    }
}

impl Drop for Expiry {
    fn drop(&mut self) {
        if let Some(shell) = self.0.upgrade() {
            shell.lock().timer = Timer::Stopped;
        }
    }
}
