//! Handlers that do not give their thread back. Nobody can take it from them: their timeout is only looked at when they do.

use std::time::{Duration, Instant};

use urutu_faults::Scene;
use urutu_faults::bus::faults::Ask;

/// With a thread for each handler that may block and one more, everything else goes on, and health says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn a_handler_that_blocks_its_thread_keeps_nobody_else_from_theirs() {
    let scene = Scene::wild().await;
    for (number, ask) in (1..).zip([Ask::Block, Ask::Spin, Ask::Block, Ask::Spin]) {
        scene.trial(number, ask).await;
    }
    for number in 1..=4 {
        scene.diary.until(number, |entry| entry.begun == 1).await;
    }
    scene.errand(100, Ask::Work).await;
    scene.diary.until_done(100).await;
    // One may have ended on a machine that is slow, but not all.
    let blocked = (1..=4).filter(|number| scene.diary.of(*number).done == 0);
    assert!(blocked.count() > 0);
    // They end after their timeout. The work is done, and an attempt more would do it again.
    for number in 1..=4 {
        scene.diary.until_done(number).await;
        assert_eq!(scene.diary.of(number).begun, 1);
    }
    scene.goes_on(1_000).await;
    scene.is_empty("faults.trials").await;
}

/// On one thread everybody waits, and afterwards goes on where it was.
#[tokio::test]
async fn on_a_single_thread_all_wait_for_a_handler_that_blocks_and_nothing_is_lost() {
    let scene = Scene::wild().await;
    for (number, ask) in (1..).zip([Ask::Block, Ask::Spin]) {
        scene.trial(number, ask).await;
        scene.errand(100 + number, Ask::Stage).await;
    }
    for number in 1..=2 {
        scene.diary.until_done(number).await;
        scene
            .diary
            .until(100 + number, |entry| entry.children == 1)
            .await;
        assert_eq!(scene.diary.of(number).begun, 1);
    }
    scene.goes_on(1_000).await;
    scene.is_empty("faults.trials").await;
}

/// The drain does not wait for it: its delivery goes back with the connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn a_worker_stops_in_time_while_a_handler_blocks() {
    let scene = Scene::wild().await;
    scene.trial(1, Ask::Block).await;
    scene.trial(2, Ask::Hang).await;
    scene.diary.until(1, |entry| entry.begun == 1).await;
    scene.diary.until(2, |entry| entry.begun == 1).await;
    let begun = Instant::now();
    let Scene { worker, .. } = scene;
    let report = worker.stop().await;
    // The drain's second, and some on a busy machine, but not what the handler needs and then more.
    assert!(begun.elapsed() < Duration::from_secs(30), "{report:?}");
    assert_eq!(report.given_back, 2);
}
