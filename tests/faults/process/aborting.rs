//! Handlers that end their process.

use urutu_faults::bus::faults::Ask;

use crate::scene::Scene;

/// Whoever runs workers starts them again. So often a message may end them; then it is dead, and the others are handled.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_ends_its_worker_dies_of_its_delivery_limit() {
    const LIMIT: u32 = 5;
    for ask in [Ask::Abort, Ask::Overflow] {
        let scene = Scene::start().await;
        let mut worker = scene.ready_worker(&["--handlers", "wild"]).await;
        scene.trial(1, ask).await;
        for number in 2..=20 {
            scene.trial(number, Ask::Stage).await;
        }
        let mut deaths = 0;
        let reasons = loop {
            if worker.has_ended() {
                deaths += 1;
                assert!(deaths <= LIMIT + 1, "it goes on for ever");
                worker = scene.worker(&["--handlers", "wild"]);
            }
            let reasons = scene.reasons("faults.trials").await;
            if !reasons.is_empty() && (2..=20).all(|number| scene.diary.of(number).children > 0) {
                break reasons;
            }
        };
        assert_eq!(reasons, ["delivery_limit"]);
        // The first delivery, and so many returns.
        assert_eq!(scene.diary.of(1).begun, LIMIT + 1);
        scene.trial(30, Ask::Work).await;
        scene.diary.until_done(30).await;
        scene.is_empty("faults.trials").await;
        assert!(!worker.has_ended());
    }
}
