//! A line on which much waits to be written.

use tokio::task::JoinSet;
use urutu::{Bus, Message, PublishErrorKind, TopologyMode, Worker};
use urutu_faults::bus::faults::{Astray, Child};
use urutu_faults::{Diary, Scale, service_ears};
use urutu_test_proxy::{Direction, Fault};

use crate::scene::{Scene, soon};

/// So much that most of it still waits when the broker's refusal of one among them comes.
const FILLING: usize = 20_000;
const NEIGHBOURS: u64 = 150;
const BYTES_PER_SECOND: u32 = 3_000_000;

/// The broker ends the channel for one of them. The neighbours are sent again, and nobody is blamed but the one.
#[tokio::test(flavor = "multi_thread")]
async fn neighbours_of_a_refused_publish_are_stored_though_they_were_still_to_be_written() {
    let scene = Scene::start();
    let diary = Diary::new();
    let worker = Worker::builder()
        .broker_url(scene.broker.url())
        .service(service_ears(&diary))
        .start()
        .await
        .unwrap();
    let bus = Bus::builder(&scene.url(""))
        .topology(TopologyMode::Off)
        .connect()
        .await
        .unwrap();
    scene
        .proxy
        .fault(Direction::ToBroker, Fault::Bandwidth(BYTES_PER_SECOND));
    let rounds = u64::from(Scale::of_this_run().rounds());
    for round in 0..rounds {
        let numbers = round * NEIGHBOURS..(round + 1) * NEIGHBOURS;
        let mut publishing = JoinSet::new();
        for number in numbers.clone() {
            if number % NEIGHBOURS == NEIGHBOURS / 5 {
                let bus = bus.clone();
                publishing.spawn(async move {
                    let refused = Astray::new(number).publish(&bus).await.unwrap_err();
                    let kind = refused.kind();
                    assert!(matches!(kind, PublishErrorKind::Exchange(_)), "{refused}");
                });
            }
            let mut child = Child::new(number);
            child.filling = "x".repeat(FILLING);
            let bus = bus.clone();
            publishing.spawn(async move {
                child.publish(&bus).await.unwrap();
            });
        }
        while let Some(ended) = soon("the publishes", publishing.join_next()).await {
            ended.unwrap();
        }
        for number in numbers {
            diary.until(number, |entry| entry.children > 0).await;
        }
    }
    worker.stop().await;
    bus.close().await;
}
