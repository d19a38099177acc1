//! Each fault of a network while publishers and workers run, and an account of every message.

use std::thread::sleep;
use std::time::Duration;

use urutu_faults::{Load, Scale};
use urutu_test_proxy::{Cut, Damage, Direction, Fault, Greeting, Place};

use crate::scene::Scene;

/// Every three seconds, so that what vanished is missed within eight; less, and a busy machine misses what is there.
const HEARTBEAT: &str = "?heartbeat=3";
/// Longer than that.
const UNTIL_MISSED: Duration = Duration::from_secs(10);
const A_MOMENT: Duration = Duration::from_secs(1);

/// What it is called, and how it begins.
type Attack = (&'static str, fn(&Scene));

/// Runs a load under attacks.
async fn attacked(name: &str, parameters: &str, attacks: &[Attack]) {
    let scene = Scene::start();
    let load = Load::start(name, &scene.url(parameters)).await;
    load.warm().await;
    for _ in 0..Scale::of_this_run().rounds() {
        for (attack, begin) in attacks {
            let (scene, begin) = (scene.clone(), *begin);
            load.fault(attack, move || begin(&scene)).await;
            load.ready().await;
        }
    }
    load.finish().await;
}

/// Begins a fault, and ends it after a while.
fn for_a_while(scene: &Scene, fault: Fault, time: Duration) {
    scene.proxy.fault(Direction::Both, fault);
    sleep(time);
    scene.proxy.heal();
}

/// Ends every connection and meets new ones like this for a moment.
fn greeted(scene: &Scene, greeting: Greeting) {
    scene.proxy.greet(greeting);
    scene.proxy.cut(Cut::Rst);
    sleep(A_MOMENT * 2);
    scene.proxy.heal();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_lose_nothing() {
    attacked(
        "network_cut",
        "",
        &[
            ("reset", |scene| scene.proxy.cut(Cut::Rst)),
            ("closed", |scene| scene.proxy.cut(Cut::Fin)),
            ("refused for 2 s", |scene| greeted(scene, Greeting::Refusal)),
            ("cut at once for 2 s", |scene| {
                greeted(scene, Greeting::Cut(Cut::Fin));
            }),
            ("not answered for 2 s", |scene| {
                greeted(scene, Greeting::Silence);
                // Those that wait for an answer are not answered later.
                scene.proxy.cut(Cut::Rst);
            }),
            ("cut in the middle of frames", |scene| {
                for bytes in [1_000, 2_003, 4_007, 8_009, 16_001] {
                    let cut = Fault::CutAfter(bytes, Cut::Rst);
                    for_a_while(scene, cut, Duration::from_millis(300));
                }
            }),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_stalls_or_is_slow_loses_nothing() {
    attacked(
        "network_stalled_and_slow",
        HEARTBEAT,
        &[
            ("stalled for 1 s", |scene| {
                for_a_while(scene, Fault::Stall, A_MOMENT);
            }),
            ("stalled until heartbeats are missed", |scene| {
                for_a_while(scene, Fault::Stall, UNTIL_MISSED);
            }),
            ("200 ms late", |scene| {
                let delay = Fault::Delay(Duration::from_millis(100));
                for_a_while(scene, delay, A_MOMENT * 5);
            }),
            ("50 kB a second", |scene| {
                for_a_while(scene, Fault::Bandwidth(50_000), A_MOMENT * 5);
            }),
            ("three bytes at a time", |scene| {
                for_a_while(scene, Fault::Split(3), A_MOMENT * 5);
            }),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_silently_dead_lose_nothing() {
    // New connections work; the account tells how long it took until the dead ones were missed.
    attacked(
        "network_half_open",
        HEARTBEAT,
        &[
            ("nothing comes from the broker", |scene| {
                let proxy = &scene.proxy;
                proxy.fault_on_open(Direction::ToClient, Fault::Lose);
            }),
            ("nothing reaches the broker", |scene| {
                let proxy = &scene.proxy;
                proxy.fault_on_open(Direction::ToBroker, Fault::Lose);
            }),
            ("the peer vanished", |scene| {
                scene.proxy.fault_on_open(Direction::Both, Fault::Lose);
            }),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_come_in_or_get_lost_lose_nothing_and_mix_nothing_up() {
    /// Damages for a while, and ends what was damaged.
    fn damaged(scene: &Scene, damage: Damage) {
        let fault = Fault::Damage(damage, Place::Every(30_000));
        for_a_while(scene, fault, A_MOMENT * 4);
        scene.proxy.cut(Cut::Rst);
    }
    attacked(
        "network_damaged",
        HEARTBEAT,
        &[
            ("a byte comes in, every 30 kB", |scene| {
                damaged(scene, Damage::Insert(1));
            }),
            ("garbage comes in, every 30 kB", |scene| {
                damaged(scene, Damage::Insert(40));
            }),
            ("a byte gets lost, every 30 kB", |scene| {
                damaged(scene, Damage::Drop(1));
            }),
            ("100 bytes get lost, every 30 kB", |scene| {
                damaged(scene, Damage::Drop(100));
            }),
            (
                "a byte gets lost once, and the rest is left alone",
                |scene| {
                    // A frame that seems to be very long takes all that follows for its own, heartbeats included: only asking finds that out.
                    let fault = Fault::Damage(Damage::Drop(1), Place::At(1_000));
                    scene.proxy.fault_on_open(Direction::Both, fault);
                },
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_hangs_loses_nothing() {
    fn hangs(scene: &Scene, time: Duration) {
        scene.broker.pause();
        sleep(time);
        scene.broker.resume();
    }
    attacked(
        "broker_hangs",
        HEARTBEAT,
        &[
            ("a broker hangs for 1 s", |scene| hangs(scene, A_MOMENT)),
            ("a broker hangs until heartbeats are missed", |scene| {
                hangs(scene, UNTIL_MISSED);
            }),
        ],
    )
    .await;
}
