//! Connections and channels that the broker closes.

use std::sync::Arc;

use urutu_faults::{Load, Scale};
use urutu_test_broker::Broker;

#[tokio::test(flavor = "multi_thread")]
async fn connections_closed_again_and_again_under_load() {
    let name = "connections_closed_again_and_again_under_load";
    let broker = Arc::new(Broker::start());
    let load = Load::start(name, &broker.url()).await;
    load.warm().await;
    for _ in 0..5 * Scale::of_this_run().rounds() {
        let broker = Arc::clone(&broker);
        load.fault("connections closed", move || {
            broker.close_all_connections();
        })
        .await;
    }
    load.finish().await;
}

/// Channels alone: their connections stay. RabbitMQ closes a channel after an error on it, as after a 406.
#[tokio::test(flavor = "multi_thread")]
async fn channels_closed_by_a_406_under_load() {
    /// What RabbitMQ does with an acknowledgement of a tag that it does not know.
    const CLOSE: &str =
        "[gen_server2:cast(Channel, {method, {'basic.ack', 4000000000, false}, none, noflow})
        || Channel <- rabbit_channel:list_local()], ok.";
    let name = "channels_closed_by_a_406_under_load";
    let broker = Arc::new(Broker::start());
    let load = Load::start(name, &broker.url()).await;
    load.warm().await;
    for _ in 0..5 * Scale::of_this_run().rounds() {
        let broker = Arc::clone(&broker);
        load.fault("channels closed (406)", move || {
            broker.ctl(&["eval", CLOSE]);
        })
        .await;
    }
    load.finish().await;
}
