//! `kill -9` under load, again and again.

use std::sync::Arc;

use urutu_faults::{Load, Mix, Scale};
use urutu_test_broker::Broker;

async fn kill_again_and_again(mix: Mix, name: &str) {
    let broker = Arc::new(Broker::start());
    let load = Load::start_with(mix, name, &broker.url()).await;
    load.warm().await;
    broker.flush();
    for _ in 0..Scale::of_this_run().rounds() {
        let broker = Arc::clone(&broker);
        load.fault("kill -9", move || {
            broker.kill();
            broker.restart();
        })
        .await;
    }
    load.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_under_load() {
    kill_again_and_again(Mix::Usual, "killed_again_and_again_under_load").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_messages_wait_in_the_cascade_and_lie_in_dead_letter_queues() {
    let name = "killed_while_messages_wait_in_the_cascade_and_lie_in_dead_letter_queues";
    kill_again_and_again(Mix::Waiting, name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_in_order_and_started_again_under_load() {
    let name = "stopped_in_order_and_started_again_under_load";
    let broker = Arc::new(Broker::start());
    let load = Load::start(name, &broker.url()).await;
    load.warm().await;
    for _ in 0..Scale::of_this_run().rounds() {
        let broker = Arc::clone(&broker);
        load.fault("restart", move || broker.restart_in_order())
            .await;
    }
    load.finish().await;
}
