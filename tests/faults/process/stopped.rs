//! A worker that is stopped (SIGSTOP), as by a machine that swaps or a container that is frozen, and goes on later.

use urutu_faults::Scene;
use urutu_faults::bus::faults::Ask;

use crate::child::Process;

/// Its deliveries go to another worker when the broker gives it up. When it goes on, what it then ends is stale: it is not acknowledged, and takes nothing
/// from the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stands_still_loses_its_deliveries_to_another_and_disturbs_nobody_when_it_goes_on()
 {
    let scene = Scene::ears().await;
    let mut frozen = Process::wild_and_ready(&scene, &[]).await;
    for number in 1..=8 {
        scene.trial(number, Ask::Sleep).await;
        scene.errand(100 + number, Ask::Sleep).await;
    }
    scene.diary.until(1, |entry| entry.begun == 1).await;
    scene.diary.until(101, |entry| entry.begun == 1).await;
    frozen.signal("STOP");
    // As the broker does by itself when it has missed heartbeats for a minute or two.
    scene.broker.close_all_connections();
    let mut other = Process::wild(&scene, &[]);
    for queue in ["faults.trials", "faults.errands"] {
        scene.is_empty(queue).await;
    }
    let numbers = || (1..=8).chain(101..=108);
    for number in numbers() {
        scene.diary.until_done(number).await;
    }
    frozen.signal("CONT");
    // Both take part in what comes now, and each message is handled once.
    for number in 200..300 {
        scene.trial(number, Ask::Stage).await;
        scene.errand(100 + number, Ask::Stage).await;
    }
    for number in 200..400 {
        scene.diary.until(number, |entry| entry.children == 1).await;
    }
    other.signal("TERM");
    assert_eq!(other.wait().code(), Some(0));
    for number in 400..420 {
        scene.trial(number, Ask::Stage).await;
    }
    for number in 400..420 {
        scene.diary.until(number, |entry| entry.children == 1).await;
    }
    frozen.signal("TERM");
    assert_eq!(frozen.wait().code(), Some(0));
    for number in numbers() {
        let entry = scene.diary.of(number);
        assert!(entry.begun <= 2, "{number}: {entry:?}");
    }
    for number in 200..420 {
        assert_eq!(scene.diary.of(number).begun, 1, "{number}");
    }
    for queue in ["faults.trials", "faults.errands"] {
        assert_eq!(scene.reasons(queue).await, [""; 0]);
    }
}
