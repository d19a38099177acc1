//! `kill -9` under load, again and again.

use std::sync::Arc;

use urutu_faults::{Load, Scale};
use urutu_test_broker::Broker;

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_under_load() {
    let broker = Arc::new(Broker::start());
    let load = Load::start("killed_again_and_again_under_load", &broker.url()).await;
    load.warm().await;
    broker.flush();
    for _ in 0..Scale::of_this_run().rounds() {
        let broker = Arc::clone(&broker);
        load.fault("kill -9 of the broker", move || {
            broker.kill();
            broker.restart();
        })
        .await;
    }
    load.finish().await;
}
