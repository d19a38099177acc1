//! Handlers that end their process.

use std::time::Duration;

use tokio::time::sleep;
use urutu::{DeadLetterSweep, Message};
use urutu_faults::Scene;
use urutu_faults::bus::faults::{Ask, Step, Trial};

use crate::child::Process;

/// Whoever runs workers starts them again. So often a message may end them; then it is dead, and the others are handled.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_ends_its_worker_dies_of_its_delivery_limit() {
    let scene = Scene::ears().await;
    for (number, ask) in [(1, Ask::Abort), (2, Ask::Overflow)] {
        let mut trial = Trial::new(number);
        trial.ask = ask;
        // The first delivery, and as many returns as its queue allows; the broker gives it up.
        ends_its_worker(&scene, "faults.trials", trial, number, 6, "delivery_limit").await;
        let dead = scene.bus.dead_letter_queue("faults.trials");
        let purged = dead.purge(DeadLetterSweep::new()).await.unwrap();
        assert_eq!(purged.progress.failed, 0);
    }
}

/// RabbitMQ 3.x knows no limit by itself. Then it is the worker that does not begin with it again.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_ends_its_worker_dies_also_where_its_queue_has_no_limit() {
    let scene = Scene::ears().await;
    let mut step = Step::new(1, "a".to_owned());
    step.ask = Ask::Abort;
    ends_its_worker(&scene, "faults.steps", step, 1, 21, "attempts-exhausted").await;
}

async fn ends_its_worker(
    scene: &Scene,
    queue: &str,
    message: impl Message,
    number: u64,
    begins: u32,
    reason: &str,
) {
    let mut worker = Process::wild_and_ready(scene, &[]).await;
    message.publish(&scene.bus).await.unwrap();
    let neighbours = 100 * number..100 * number + 20;
    for number in neighbours.clone() {
        scene.errand(number, Ask::Stage).await;
    }
    let mut deaths = 0;
    let reasons = loop {
        if worker.has_ended() {
            deaths += 1;
            assert!(deaths <= begins, "it goes on for ever");
            worker = Process::wild(scene, &[]);
        }
        let reasons = scene.reasons(queue).await;
        if !reasons.is_empty() {
            break reasons;
        }
        sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(reasons, [reason]);
    assert_eq!(scene.diary.of(number).begun, begins);
    for number in neighbours {
        scene.diary.until(number, |entry| entry.children > 0).await;
    }
    scene.is_empty(queue).await;
    assert!(!worker.has_ended());
    worker.kill();
}
