//! A broker that cannot be used costs neither many connections nor much work.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use urutu::{Bus, OnDisconnect, PublishOptions};
use urutu_faults::Account;
use urutu_test_proxy::{Cut, Direction, Fault, Greeting};

use crate::scene::{NOBODYS, PATIENCE, Scene, publish, report, soon};

const WHILE: Duration = Duration::from_secs(6);
/// Two buses with two connections each. They may begin with ten attempts and end with one in every two seconds.
const MOST_CONNECTIONS: u64 = 4 * 13;
/// A loop that never pauses takes all of one core.
const MOST_WORK: Duration = Duration::from_secs(3);

/// How long the threads of this process were at work.
fn work() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // Behind the name, which may hold blanks: fields 14 and 15, in hundredths of a second.
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: u64 = ticks.map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_opened_at_a_pace_and_nobody_runs_hot() {
    let scene = Scene::start();
    let url = scene.url("");
    let account = Arc::new(Account::default());
    let worker = urutu_faults::worker(&account)
        .broker_url(&url)
        .start()
        .await
        .unwrap();
    let mut health = worker.health();
    let bus = Bus::connect(&url).await.unwrap();
    let mut publishers = JoinSet::new();
    for number in 0..30 {
        let bus = bus.clone();
        publishers.spawn(async move {
            let deadline = [100, 1_000, 60_000][number % 3];
            let choice =
                [OnDisconnect::Fail, OnDisconnect::Wait, OnDisconnect::Resend][number / 3 % 3];
            let options = PublishOptions::new()
                .deadline(Duration::from_millis(deadline))
                .on_disconnect(choice);
            loop {
                if publish(&bus, NOBODYS, options.clone()).await.is_err() {
                    // As any program does that is told at once.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        });
    }
    let after_the_handshake = Fault::CutAfter(700, Cut::Rst);
    let troubles: [(&str, &dyn Fn()); 5] = [
        ("refused", &|| scene.proxy.greet(Greeting::Refusal)),
        ("reset at once", &|| {
            scene.proxy.greet(Greeting::Cut(Cut::Rst));
        }),
        ("closed at once", &|| {
            scene.proxy.greet(Greeting::Cut(Cut::Fin));
        }),
        ("never answered", &|| scene.proxy.greet(Greeting::Silence)),
        ("cut after the handshake", &|| {
            let proxy = &scene.proxy;
            proxy.fault_on_new(Direction::ToClient, after_the_handshake);
        }),
    ];
    for (name, trouble) in troubles {
        trouble();
        scene.proxy.cut(Cut::Rst);
        report("red", &mut health, |now| !now.ready).await;
        let (connections, before) = (scene.proxy.accepted(), work());
        tokio::time::sleep(WHILE).await;
        let connections = scene.proxy.accepted() - connections;
        let work = work().saturating_sub(before);
        println!("{name}: {connections} connections, {work:?} of work in {WHILE:?}");
        assert!(connections <= MOST_CONNECTIONS, "{name}: {connections}");
        assert!(work <= MOST_WORK, "{name}: {work:?}");
        scene.proxy.cut(Cut::Rst);
        scene.proxy.heal();
        report("green again", &mut health, |now| now.ready).await;
    }
    publishers.shutdown().await;
    let options = PublishOptions::new().deadline(PATIENCE);
    soon("a publish", publish(&bus, NOBODYS, options))
        .await
        .unwrap();
    soon("the drain", worker.stop()).await;
    soon("the close", bus.close()).await;
}
