//! What may happen to a broker, its connections and the workers.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use urutu_faults::{Dice, Load};
use urutu_test_broker::Broker;

/// One attack.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attack {
    /// `kill -9`, and a start on the same data.
    Kill,
    /// A restart in order.
    Restart,
    CloseConnections,
    CloseChannels,
    /// No memory for so many milliseconds.
    NoMemory(u64),
    /// No space on the disk for so many milliseconds.
    NoDisk(u64),
    /// A worker drains, and another one starts.
    ReplaceWorker,
    /// A worker is gone with all that it has in hand, and another one starts.
    LoseWorker,
}

/// What RabbitMQ does with an acknowledgement of a tag that it does not know: it closes the channel with a 406.
pub(crate) const CLOSE_CHANNELS: &str =
    "[gen_server2:cast(Channel, {method, {'basic.ack', 4000000000, false}, none, noflow})
    || Channel <- rabbit_channel:list_local()], ok.";

impl Attack {
    /// Those after which the broker's process is the same.
    pub(crate) const GENTLE: [Self; 5] = [
        Self::CloseConnections,
        Self::CloseChannels,
        Self::NoMemory(500),
        Self::ReplaceWorker,
        Self::LoseWorker,
    ];

    pub(crate) fn any(dice: &mut Dice) -> Self {
        match dice.below(8) {
            0 => Self::Kill,
            1 => Self::Restart,
            2 => Self::CloseConnections,
            3 => Self::CloseChannels,
            // Publishers give up after ten seconds.
            4 => Self::NoMemory(dice.below(15_000)),
            5 => Self::NoDisk(dice.below(15_000)),
            6 => Self::ReplaceWorker,
            _ => Self::LoseWorker,
        }
    }

    pub(crate) async fn run(self, broker: &Arc<Broker>, load: &Load) {
        load.account().fault(self.name());
        match self {
            Self::Kill => on_thread(broker, Broker::restart).await,
            Self::Restart => on_thread(broker, Broker::restart_in_order).await,
            Self::CloseConnections => ctl(broker, &["close_all_connections", "by chance"]).await,
            Self::CloseChannels => ctl(broker, &["eval", CLOSE_CHANNELS]).await,
            Self::NoMemory(millis) => {
                on_thread(broker, Broker::raise_alarm).await;
                sleep(Duration::from_millis(millis)).await;
                on_thread(broker, Broker::clear_alarm).await;
            }
            Self::NoDisk(millis) => {
                ctl(broker, &["set_disk_free_limit", "1000000GB"]).await;
                sleep(Duration::from_millis(millis)).await;
                ctl(broker, &["set_disk_free_limit", "1MB"]).await;
            }
            Self::ReplaceWorker => load.replace_worker(false).await,
            Self::LoseWorker => load.replace_worker(true).await,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill -9",
            Self::Restart => "restart",
            Self::CloseConnections => "connections closed",
            Self::CloseChannels => "channels closed (406)",
            Self::NoMemory(_) => "memory alarm",
            Self::NoDisk(_) => "disk alarm",
            Self::ReplaceWorker => "worker drained",
            Self::LoseWorker => "worker lost",
        }
    }
}

/// A command to a node that may be away at this moment, as two attacks come at once: an alarm need not be raised, but it must be cleared, and a node
/// that starts has none.
async fn ctl(broker: &Arc<Broker>, args: &'static [&str]) {
    on_thread(broker, |broker| {
        let _ = broker.try_ctl(args);
    })
    .await;
}

async fn on_thread(broker: &Arc<Broker>, attack: impl FnOnce(&Broker) + Send + 'static) {
    let broker = Arc::clone(broker);
    tokio::task::spawn_blocking(move || attack(&broker))
        .await
        .unwrap();
}
