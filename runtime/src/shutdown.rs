//! The signals by which a worker begins and stops: first it drains, then, past its deadline, it gives up.

use std::sync::Arc;

use tokio::sync::watch;

/// How far a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Starting,
    Running,
    Draining,
    GivingUp,
}

/// Tells a worker to begin, and to stop.
#[derive(Debug, Clone)]
pub(crate) struct StopSwitch(Arc<watch::Sender<Phase>>);

/// Lets everything in a worker know that it begins, and that it stops.
#[derive(Debug, Clone)]
pub(crate) struct Draining(watch::Receiver<Phase>);

pub(crate) fn switch() -> (StopSwitch, Draining) {
    let (sender, receiver) = watch::channel(Phase::Starting);
    (StopSwitch(Arc::new(sender)), Draining(receiver))
}

impl StopSwitch {
    /// Handlers may begin.
    pub(crate) fn begin(&self) {
        self.advance(Phase::Running);
    }

    /// No new deliveries; what runs may finish.
    pub(crate) fn drain(&self) {
        self.advance(Phase::Draining);
    }

    /// Nothing may take any longer.
    pub(crate) fn give_up(&self) {
        self.advance(Phase::GivingUp);
    }

    fn advance(&self, to: Phase) {
        self.0.send_if_modified(|phase| {
            let forward = to > *phase;
            *phase = to.max(*phase);
            forward
        });
    }
}

impl Draining {
    /// Waits until handlers may begin, or the worker stops without.
    pub(crate) async fn started(&self) {
        self.reached(Phase::Running).await;
    }

    pub(crate) fn has_begun(&self) -> bool {
        *self.0.borrow() >= Phase::Draining
    }

    /// Waits until the worker begins to stop.
    pub(crate) async fn begun(&self) {
        self.reached(Phase::Draining).await;
    }

    /// Waits until the deadline of the drain is over.
    pub(crate) async fn given_up(&self) {
        self.reached(Phase::GivingUp).await;
    }

    async fn reached(&self, phase: Phase) {
        // An error means that the worker, and with it the switch, is gone: that is as far as stopping goes.
        let _ = self.0.clone().wait_for(|now| *now >= phase).await;
    }
}
