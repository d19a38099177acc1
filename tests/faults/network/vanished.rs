//! A peer that is gone without a word: no end, no answer. Only heartbeats tell.

use std::sync::Arc;
use std::time::{Duration, Instant};

use urutu::{Bus, ConnectionState, ConsumerState, OnDisconnect, PublishErrorKind, PublishOptions};
use urutu_faults::Account;
use urutu_test_proxy::{Direction, Fault};

use crate::scene::{PATIENCE, Scene, publish, report, soon};

const SECOND: Duration = Duration::from_secs(1);

const DIRECTIONS: [Direction; 3] = [Direction::ToClient, Direction::ToBroker, Direction::Both];

/// The heartbeats that the broker has agreed on, in seconds, one for each connection.
fn agreed(scene: &Scene) -> Vec<String> {
    let listed = scene
        .broker
        .ctl(&["list_connections", "--no-table-headers", "timeout"]);
    listed.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn heartbeats_are_frequent_unless_somebody_says_otherwise() {
    let scene = Scene::start();
    for (parameters, asked, expected) in [
        ("", None, "10"),
        ("", Some(SECOND * 3), "3"),
        ("?heartbeat=7", Some(SECOND * 3), "7"),
        ("?heartbeat=7", None, "7"),
        // The broker's own is less, and goes before it.
        ("?heartbeat=600", None, "60"),
    ] {
        let url = scene.url(parameters);
        let builder = Bus::builder(&url);
        let builder = match asked {
            Some(interval) => builder.heartbeat(interval),
            None => builder,
        };
        let bus = builder.connect().await.unwrap();
        assert_eq!(agreed(&scene), [expected], "{parameters} {asked:?}");
        soon("the close", bus.close()).await;
        soon("the end", async {
            while scene.proxy.open() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_worker_misses_its_broker_and_comes_back() {
    let scene = Scene::start();
    let account = Arc::new(Account::default());
    let worker = urutu_faults::worker(&account)
        .broker_url(scene.url(""))
        .heartbeat(SECOND * 3)
        .start()
        .await
        .unwrap();
    let mut health = worker.health();
    for direction in DIRECTIONS {
        report("all is up", &mut health, |now| now.ready).await;
        // No connection is to be had, either, so that nobody misses the moment.
        scene.proxy.fault(direction, Fault::Lose);
        let red = report("all is down", &mut health, |now| {
            let consuming = |state: &ConsumerState| matches!(state, ConsumerState::Consuming);
            matches!(now.publishing, ConnectionState::Recovering(_))
                && !now.consumers.iter().any(|one| consuming(&one.state))
        })
        .await;
        assert!(red.live && !red.ready, "{red}");
        scene.proxy.heal();
        report("all is up again", &mut health, |now| now.ready).await;
        let number = account.next_number();
        account.publishing(number);
        let mut noted = account.subscribe();
        let options = PublishOptions::new()
            .deadline(PATIENCE)
            .on_disconnect(OnDisconnect::Resend);
        soon("a publish", publish(worker.bus(), number, options))
            .await
            .unwrap();
        soon("its handler", async {
            while !account.any_handled_since(number) {
                noted.changed().await.unwrap();
            }
        })
        .await;
    }
    soon("the drain", worker.stop()).await;
}

/// Waits until clients hold so many connections.
async fn connections(scene: &Scene, count: usize) {
    soon("the end of a connection", async {
        while scene.proxy.held_by_clients() != count {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn publishes_in_flight_get_their_error_and_idle_publishers_a_new_connection() {
    let scene = Scene::start();
    let account = Arc::new(Account::default());
    let worker = urutu_faults::worker(&account)
        .broker_url(scene.broker.url())
        .start()
        .await
        .unwrap();
    let url = scene.url("?heartbeat=3");
    let bus = Bus::connect(&url).await.unwrap();
    let patient = || PublishOptions::new().deadline(PATIENCE * 2);
    publish(&bus, 0, PublishOptions::new()).await.unwrap();
    for direction in DIRECTIONS {
        // In flight: the loss ends it, long before its deadline.
        scene.proxy.fault_on_open(direction, Fault::Lose);
        let begun = Instant::now();
        let error = soon("an error", publish(&bus, 0, patient()))
            .await
            .unwrap_err();
        assert!(
            matches!(error.kind(), PublishErrorKind::ConfirmLost(_)),
            "{direction:?}: {error}"
        );
        println!("{direction:?}: missed after {:?}", begun.elapsed());
        // Idle: nobody uses the connection while it is lost.
        soon("a publish", publish(&bus, 0, patient()))
            .await
            .unwrap();
        connections(&scene, 1).await;
        scene.proxy.fault_on_open(direction, Fault::Lose);
        connections(&scene, 0).await;
        // Where it comes in the very moment in which the connection is given up, it is sent again.
        let resent = patient().on_disconnect(OnDisconnect::Resend);
        soon("a publish after the loss", publish(&bus, 0, resent))
            .await
            .unwrap();
    }
    soon("the close", bus.close()).await;
    soon("the drain", worker.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_connection_is_not_missed() {
    let scene = Scene::start();
    let account = Arc::new(Account::default());
    let worker = urutu_faults::worker(&account)
        .broker_url(scene.broker.url())
        .start()
        .await
        .unwrap();
    let bus = Bus::connect(&scene.url("?heartbeat=3")).await.unwrap();
    publish(&bus, 0, PublishOptions::new()).await.unwrap();
    let connections = scene.proxy.accepted();
    scene.broker.raise_alarm();
    // Neither side sends heartbeats as it should, for much longer than it may be silent.
    let options = PublishOptions::new().deadline(SECOND * 20);
    let error = soon("an error", publish(&bus, 0, options))
        .await
        .unwrap_err();
    let kind = error.kind();
    assert!(matches!(kind, PublishErrorKind::Blocked(_)), "{error}");
    scene.broker.clear_alarm();
    let options = PublishOptions::new().deadline(PATIENCE);
    soon("a publish", publish(&bus, 0, options)).await.unwrap();
    assert_eq!(
        scene.proxy.accepted(),
        connections,
        "the connection was lost"
    );
    soon("the close", bus.close()).await;
    soon("the drain", worker.stop()).await;
}
