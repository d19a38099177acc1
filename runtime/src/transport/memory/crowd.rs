//! Publishers that are far ahead of the consumers in their process wait for them: what waits long in a queue has left the caches of the processor when it is
//! taken, and whoever goes round in circles meanwhile keeps a processor from the handlers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use super::broker::Broker;
use super::shell::Shell;

/// So many messages that wait in a queue with a consumer are a crowd.
pub(super) const CROWD: usize = 1_024;

/// So few are none any more.
pub(super) const ROOM: usize = 256;

/// Who waits looks so often whether there will be room soon: the consumers may wait for something else, perhaps for who publishes.
const LOOK: Duration = Duration::from_millis(5);

/// So many fewer at each look mean that there will be.
const FEWER: usize = 16;

/// What publishers know of the queue in which their last message stands; only a hint.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// How many messages were before it.
    before: AtomicUsize,
    /// For how many nobody waits: it was in vain.
    borne: AtomicUsize,
}

impl Crowd {
    /// The last message found so many before it.
    pub(super) fn note(&self, before: usize) {
        self.before.store(before, Ordering::Relaxed);
    }

    pub(super) fn is_there(&self) -> bool {
        self.before.load(Ordering::Relaxed) >= CROWD + self.borne.load(Ordering::Relaxed)
    }

    /// Waits until there is room, as long as there will be soon; and where there will not be, not again before there are as many more.
    pub(super) async fn wait(&self, shell: &Shell) {
        let mut room = std::pin::pin!(shell.room());
        room.as_mut().enable();
        let mut borne = 0;
        let mut waiting = shell.look(Broker::crowd);
        while let Some(before) = waiting
            && timeout(LOOK, room.as_mut()).await.is_err()
        {
            waiting = shell.look(Broker::crowd);
            if let Some(still) = waiting.filter(|still| still + FEWER > before) {
                borne = still;
                break;
            }
        }
        self.borne.store(borne, Ordering::Relaxed);
        self.note(0);
    }
}
