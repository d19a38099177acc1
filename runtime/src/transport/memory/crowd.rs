//! Publishers that are far ahead of the consumers in their process let them catch up: what waits long in a queue has left the caches of the processor when it
//! is taken.
//!
//! Where several threads run tasks, they wait for room, for whoever goes round in circles meanwhile keeps a processor from the handlers. On a single thread it
//! is enough to let others run, and nothing else would do: its clock may be paused, and a wait without an end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::timeout;

use super::queue::QueueId;
use super::shell::Shell;

/// So many messages that wait in a queue with a consumer are a crowd.
const CROWD: usize = 1_024;

/// So few are none any more.
pub(super) const ROOM: usize = 256;

/// Who waits looks so often whether there will be room soon: the consumers may wait for something else, perhaps for who publishes.
const LOOK: Duration = Duration::from_millis(5);

/// So many fewer at each look mean that there will be.
const FEWER: usize = 16;

/// Nobody looks more often: a publish has a deadline.
const MOST_LOOKS: u32 = 10;

/// On a single thread, a publisher lets others run once for so many messages.
const EACH: usize = 64;

/// And no more often than this.
const MOST_YIELDS: usize = 32;

/// The queue in which a message stands behind the most others, and that somebody consumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ahead {
    pub(super) queue: QueueId,
    /// How many messages are before it.
    pub(super) before: usize,
    /// For how many nobody waits: it was in vain.
    pub(super) borne: usize,
}

/// What publishers know of their last message; only a hint.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    queue: AtomicUsize,
    before: AtomicUsize,
    borne: AtomicUsize,
}

impl Crowd {
    /// How the last message found its queues.
    pub(super) fn note(&self, ahead: Option<Ahead>) {
        let (queue, before, borne) = ahead.map_or((0, 0, 0), |ahead| {
            (ahead.queue.0, ahead.before, ahead.borne)
        });
        self.queue.store(queue, Ordering::Relaxed);
        self.borne.store(borne, Ordering::Relaxed);
        self.before.store(before, Ordering::Relaxed);
    }

    fn before(&self) -> usize {
        self.before.load(Ordering::Relaxed)
    }

    /// What the next publisher had better do first.
    pub(super) fn asks(&self) -> Option<Asks> {
        let before = self.before();
        if before < EACH {
            return None;
        }
        let flavor = Handle::try_current().ok()?.runtime_flavor();
        if flavor == RuntimeFlavor::CurrentThread {
            return Some(Asks::Yields((before / EACH).min(MOST_YIELDS)));
        }
        let is_crowd = before >= CROWD + self.borne.load(Ordering::Relaxed);
        is_crowd.then(|| Asks::Room(QueueId(self.queue.load(Ordering::Relaxed))))
    }

    /// Does it.
    pub(super) async fn heed(&self, asks: Asks, shell: &Shell) {
        match asks {
            Asks::Yields(count) => {
                for _ in 0..count {
                    tokio::task::yield_now().await;
                }
            }
            Asks::Room(queue) => {
                wait(queue, shell).await;
                self.note(None);
            }
        }
    }
}

/// What a publisher had better do before it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// To let others run so often.
    Yields(usize),
    /// To wait until there is room in this queue.
    Room(QueueId),
}

/// Waits until there is room, as long as there will be soon. Where there will not be, nobody waits before there are as many more.
async fn wait(queue: QueueId, shell: &Shell) {
    let mut room = std::pin::pin!(shell.room());
    room.as_mut().enable();
    let Some(mut waiting) = shell.wait_for_room(queue) else {
        return;
    };
    for _ in 0..MOST_LOOKS {
        let told = timeout(LOOK, room.as_mut()).await.is_ok();
        if told {
            // Perhaps of another queue.
            room.set(shell.room());
            room.as_mut().enable();
        }
        let Some(still) = shell.wait_for_room(queue) else {
            return;
        };
        if !told {
            if still + FEWER > waiting {
                return shell.bear(queue, still);
            }
            waiting = still;
        }
    }
}
