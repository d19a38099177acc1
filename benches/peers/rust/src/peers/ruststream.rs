//! `RustStream` on lapin: a service with one subscription, and a publisher that waits for confirms.
//!
//! Documentation: <https://powersemmi.github.io/ruststream-lapin/latest/> and <https://powersemmi.github.io/ruststream/latest/>.

use std::future::ready;
use std::num::{NonZeroU16, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ruststream::{Broker, ConnectedBroker};
use ruststream_lapin::prelude::*;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::{CONCURRENCY, PREFETCH, settle, version_of};
use crate::meter::{Meter, Spent};
use crate::order::PlaceOrder;
use crate::queue::{Queue, Type};
use crate::tally::Tally;
use crate::{Impossible, Result};

/// How messages come to their queue, and from it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// By its name, which is what a publisher does unless it is given an exchange; to many workers.
    Straight,
    /// By a topic exchange, as urutu's messages: <https://docs.rs/ruststream-lapin/0.7.2/ruststream_lapin/struct.LapinPublish.html#method.exchange>,
    /// and the crate's example `lapin_exchanges_topic`.
    Topic,
    /// To a subscription that nobody has given workers, which is the default.
    OneByOne,
}

pub(super) fn version(way: Way) -> String {
    let (workers, way) = match way {
        Way::Straight => (CONCURRENCY, ""),
        Way::Topic => (CONCURRENCY, ".exchange(..), a topic exchange"),
        Way::OneByOne => (1, ""),
    };
    format!(
        "ruststream {} on ruststream-lapin {}: prefetch {PREFETCH}, workers({workers}), each acknowledged after its handler, JSON; published with LapinPublish::confirms{way}",
        version_of("ruststream"),
        version_of("ruststream-lapin"),
    )
}

/// A way to a queue makes no difference to who takes messages from it, nor a way from it to who publishes.
pub(super) fn measured_already() -> Box<dyn std::error::Error + Send + Sync> {
    Impossible("it does that as `ruststream` does, which is measured").into()
}

/// The broker of "Running in production": connections with a name and a prefetch; it declares nothing.
/// <https://powersemmi.github.io/ruststream-lapin/latest/guides/production/>
///
/// The prefetch is ours. "Without it the server imposes no prefetch limit", says
/// <https://docs.rs/ruststream-lapin/0.7.2/ruststream_lapin/struct.LapinBroker.html#method.prefetch>.
fn broker(queue: &Queue) -> LapinBroker {
    let prefetch = NonZeroU16::new(PREFETCH).expect("not 0");
    LapinBroker::new(&queue.url)
        .connection_name("urutu-bench-peers")
        .prefetch(prefetch)
}

const EXCHANGE: &str = "peers.ruststream";

/// A handler in the manual form, which runs like one with `#[subscriber]`: the queue's type is known at run time only.
/// "Each setting has two spellings": <https://powersemmi.github.io/ruststream/latest/components/subscribers/mount-settings/>
///
/// "`Ok(())` acks", after the handler:
/// <https://powersemmi.github.io/ruststream/latest/components/subscribers/messages/handler-outcome/>
struct Count {
    tally: &'static Tally,
    last_acknowledged: Arc<Notify>,
}

impl Handle<PlaceOrder> for Count {
    fn handle(
        &self,
        message: &PlaceOrder,
        _outs: &(),
        context: &mut Context<'_>,
    ) -> impl Future<Output = Result<(), HandlerOutcome>> {
        if self.tally.handle(message.number, &message.order) {
            let last_acknowledged = Arc::clone(&self.last_acknowledged);
            context.after_ack(async move { last_acknowledged.notify_one() });
        }
        ready(Ok(()))
    }
}

/// Handles on workers, tasks of the runtime: without them a subscription handles one delivery at a time, and dedicated
/// threads "pay from about ten microseconds of computation per delivery; on lighter handlers they cost more CPU than
/// they save": <https://powersemmi.github.io/ruststream/latest/components/subscribers/dispatch/workers/> and `threads`.
pub(super) async fn consume(queue: &Queue, tally: &'static Tally, way: Way) -> Result<Spent> {
    let last_acknowledged = Arc::new(Notify::new());
    let count = Count {
        tally,
        last_acknowledged: Arc::clone(&last_acknowledged),
    };
    let workers = match way {
        Way::OneByOne => NonZeroUsize::MIN,
        Way::Straight | Way::Topic => NonZeroUsize::new(CONCURRENCY).expect("not 0"),
    };
    let name = queue.name.as_str();
    let service = RustStream::new(AppInfo::new("urutu-bench-peers", "0.1.0"));
    let service = service.with_broker(broker(queue), |mount| match queue.of {
        Type::Quorum => {
            let source = RabbitQuorumQueue::new(name);
            mount.include(subscriber(source, count).workers(workers).build());
        }
        Type::Classic => {
            let source = RabbitQueue::new(name);
            mount.include(subscriber(source, count).workers(workers).build());
        }
    });
    let running = service.start().await?;
    tally.until(last_acknowledged.notified()).await?;
    let spent = tally.spent()?;
    settle().await;
    running.shutdown().await?;
    Ok(spent)
}

/// Publishes by so many callers at a time, each of which waits for its confirm. Messages are persistent by default.
///
/// Confirms are "the recommended transactional publisher: durable and much faster than AMQP server transactions",
/// says <https://docs.rs/ruststream-lapin/0.7.2/ruststream_lapin/struct.LapinPublish.html#method.confirms>; outside a
/// transaction each publish resolves once the broker has confirmed it, says
/// <https://powersemmi.github.io/ruststream-lapin/latest/components/transactions/confirms-publish/>. Clones share one
/// channel.
pub(super) async fn publish(queue: &Queue, messages: u64, callers: u64, way: Way) -> Result<Spent> {
    queue.declare().await?;
    let connected = broker(queue).connect().await?;
    let publish = match way {
        Way::Straight | Way::OneByOne => LapinPublish::default(),
        Way::Topic => {
            queue.bind(EXCHANGE).await?;
            LapinPublish::default().exchange(EXCHANGE)
        }
    };
    let publisher = connected.publisher(publish.confirms());
    let next = Arc::new(AtomicU64::new(1));
    let meter = Meter::begin();
    let mut publishing = JoinSet::new();
    for _ in 0..callers {
        let (publisher, next, name) = (publisher.clone(), Arc::clone(&next), queue.name.clone());
        publishing.spawn(async move {
            let mut message = PlaceOrder::new(0);
            loop {
                message.number = next.fetch_add(1, Ordering::Relaxed);
                if message.number > messages {
                    return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(());
                }
                publisher.message(&message).to(&name).publish().await?;
            }
        });
    }
    while let Some(ended) = publishing.join_next().await {
        ended??;
    }
    let spent = meter.spent();
    connected.shutdown().await?;
    Ok(spent)
}
