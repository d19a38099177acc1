//! What every transport promises: one suite of properties that runs on each of them.
//!
//! A property is an async function whose name says it, and is tried with quorum and with classic
//! queues. On the in-memory broker each is a test of its own, in paused time. All of them together
//! also run there and on RabbitMQ in real time ([`together`]): a node takes seconds to start. Where
//! the two differ, RabbitMQ is right; random steps look for such differences ([`side_by_side`]).

mod bench;
mod closing;
mod dead_letters;
mod deliveries;
pub(super) mod dice;
mod expiry;
mod limits;
mod load;
mod pulling;
mod routing;
mod settlement;
mod side_by_side;
mod single_active;
mod together;
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
