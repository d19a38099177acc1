//! `kill -9` under load, again and again.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use urutu::{Bus, PublishOptions};
use urutu_faults::bus::faults::{Chore, Plan};
use urutu_faults::{Account, Load, Mix, Scale, worker};
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

/// A node that starts has its quorum queues before its exchanges and bindings: what is due in between finds no way on. So many bindings make that last for
/// seconds.
const BIND: &str = "[rabbit_binding:add({binding, rabbit_misc:r(<<\"/\">>, exchange, <<\"amq.topic\">>), integer_to_binary(Number),
    rabbit_misc:r(<<\"/\">>, queue, <<\"faults.jobs\">>), []}, <<\"test\">>) || Number <- lists:seq(1, 6000)], ok.";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_before_a_broker_has_its_bindings_again_is_forwarded_again() {
    let broker = Arc::new(Broker::start());
    let account = Arc::new(Account::default());
    let worker = worker(&account).broker_url(broker.url());
    let worker = worker.start().await.unwrap();
    broker.ctl(&["eval", BIND]);
    let bus = Bus::connect(&broker.url()).await.unwrap();
    let mut publishing = JoinSet::new();
    for millis in (0..10_000).step_by(50) {
        let number = account.next_number();
        account.publishing(number);
        let (bus, account) = (bus.clone(), Arc::clone(&account));
        publishing.spawn(async move {
            let due = Duration::from_millis(3_000 + millis);
            let options = PublishOptions::new()
                .after(due)
                .deadline(Duration::from_secs(60));
            let chore = Chore::new(number, Plan::Work);
            bus.publish_with(&chore, options).await.unwrap();
            account.confirmed(number);
        });
    }
    publishing.join_all().await;
    let restarted = Arc::clone(&broker);
    tokio::task::spawn_blocking(move || restarted.restart_in_order())
        .await
        .unwrap();
    account
        .until_all_ended("what was due before the bindings were there")
        .await;
    worker.stop().await;
}
