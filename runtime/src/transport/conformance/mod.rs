//! What every transport promises: one suite of properties that runs on each of them.
//!
//! A property is an async function whose name says it. It runs on the in-memory broker as a test of its
//! own, in paused time, with quorum and with classic queues.

mod bench;
mod dead_letters;
mod deliveries;
mod load;
mod routing;
mod settlement;
mod topology;

use futures_util::future::BoxFuture;

use self::bench::Bench;

/// Something that holds on every transport.
struct Property {
    name: &'static str,
    holds: fn(Bench) -> BoxFuture<'static, ()>,
}

/// Lists the properties of a module, and makes them tests.
macro_rules! properties {
    ($($name:ident),* $(,)?) => {
        pub(super) const PROPERTIES: &[super::Property] = &[$(super::Property {
            name: stringify!($name),
            holds: |bench| Box::pin(async move { $name(&bench).await }),
        }),*];

        mod memory {
            use crate::spec::QueueKind::{Classic, Quorum};
            use crate::transport::conformance::bench::Bench;
            $(mod $name {
                #[tokio::test(start_paused = true)]
                async fn with_quorum_queues() {
                    let bench = super::Bench::in_memory(super::Quorum);
                    super::super::$name(&bench).await;
                }

                #[tokio::test(start_paused = true)]
                async fn with_classic_queues() {
                    let bench = super::Bench::in_memory(super::Classic);
                    super::super::$name(&bench).await;
                }
            })*
        }
    };
}
use properties;

mod broker_amqp {
    use std::sync::Arc;

    use tokio::sync::Semaphore;
    use tokio::task::JoinSet;
    use urutu_test_broker::Broker;

    use super::bench::Bench;
    use super::{dead_letters, deliveries, load, routing, settlement, topology};
    use crate::spec::QueueKind;
    use crate::transport::amqp::AmqpTransport;

    /// How many properties run at a time: enough to fill the waits for time to pass.
    const AT_A_TIME: usize = 8;

    /// All of them on one node, as it takes seconds to start one; each has names of its own.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_property_holds() {
        let broker = Broker::start();
        let groups = [
            routing::PROPERTIES,
            topology::PROPERTIES,
            deliveries::PROPERTIES,
            settlement::PROPERTIES,
            dead_letters::PROPERTIES,
            load::PROPERTIES,
        ];
        let slots = Arc::new(Semaphore::new(AT_A_TIME));
        let mut running = JoinSet::new();
        for property in groups.into_iter().flatten() {
            for kind in [QueueKind::Quorum, QueueKind::Classic] {
                let url = broker.url();
                let bench = Bench::new(kind, move || {
                    let url = url.clone();
                    Box::pin(async move {
                        AmqpTransport::connect(url.as_str())
                            .await
                            .expect("the broker accepts connections")
                    })
                });
                let slots = Arc::clone(&slots);
                running.spawn(async move {
                    let _slot = slots
                        .acquire_owned()
                        .await
                        .expect("the semaphore stays open");
                    let held = tokio::spawn((property.holds)(bench)).await;
                    held.err()
                        .map(|error| format!("{} ({kind:?}): {error}", property.name))
                });
            }
        }
        let broken: Vec<_> = running.join_all().await.into_iter().flatten().collect();
        assert!(broken.is_empty(), "broken on RabbitMQ: {broken:#?}");
    }
}
