//! What somebody takes away on the broker while it is in use.

use std::sync::Arc;
use std::time::Duration;

use urutu::Bus;
use urutu_faults::{Load, Scale};
use urutu_test_broker::Broker;

/// What is in a queue goes with it, whoever deletes it: so the queues are empty when they are deleted.
#[tokio::test(flavor = "multi_thread")]
async fn queues_deleted_under_their_consumers() {
    let broker = Arc::new(Broker::start());
    let load = Load::start("queues_deleted_under_their_consumers", &broker.url()).await;
    load.warm().await;
    for _ in 0..2 * Scale::of_this_run().rounds() {
        load.rest().await;
        let broker = Arc::clone(&broker);
        let delete = move || {
            for queue in ["faults.jobs", "faults.chores", "faults.audit"] {
                broker.ctl(&["delete_queue", queue]);
            }
        };
        tokio::task::spawn_blocking(delete).await.unwrap();
        load.account().fault("queues deleted");
        load.go_on();
        load.recover().await;
    }
    load.finish().await;
}

/// The first publish that finds no exchange closes its channel, with its neighbours on it. After that the exchange is there again, but the
/// bindings are not: a task is an error at its publisher until somebody binds the queues, here a worker that starts.
#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_deleted_among_neighbours_in_flight() {
    const DELETE: &str = "rabbit_exchange:delete(rabbit_misc:r(<<\"/\">>, exchange, <<\"faults\">>), false, <<\"test\">>).";
    let broker = Arc::new(Broker::start());
    // What was published for later and found no queue.
    broker.forward_again_after(Duration::from_secs(1));
    let url = broker.url();
    let load = Load::start("an_exchange_deleted_among_neighbours_in_flight", &url).await;
    load.warm().await;
    for _ in 0..Scale::of_this_run().rounds() {
        let told = load.account().failures("Unroutable");
        let broker = Arc::clone(&broker);
        let delete = move || broker.ctl(&["eval", DELETE]);
        tokio::task::spawn_blocking(delete).await.unwrap();
        load.account().fault("exchange deleted");
        load.until("tasks to be errors at their publishers", || {
            load.account().failures("Unroutable") > told
        })
        .await;
        let bus = Bus::connect(&url).await.unwrap();
        let worker = urutu_faults::worker(load.account())
            .bus(bus.clone())
            .drain_timeout(Duration::from_secs(20))
            .start()
            .await
            .unwrap();
        load.recover().await;
        worker.stop().await;
        bus.close().await;
    }
    load.finish().await;
}
