//! Handlers that stage more than anybody wants, or leave things behind.

use urutu_faults::bus::faults::Ask;
use urutu_faults::{MANY, Scene};

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_staged_messages_and_huge_ones_all_come_and_neighbours_are_handled() {
    let scene = Scene::wild().await;
    scene.trial(1, Ask::StageMany).await;
    scene.errand(2, Ask::StageMany).await;
    scene.trial(3, Ask::StageHuge).await;
    scene.errand(4, Ask::StageHuge).await;
    scene.trial(5, Ask::Leak).await;
    scene.goes_on(1_000).await;
    let many = u32::try_from(MANY).unwrap();
    for (number, children) in [(1, many), (2, many), (3, 1), (4, 1), (5, 0)] {
        scene
            .diary
            .until(number, |entry| {
                entry.children == children && entry.done == 1
            })
            .await;
        assert_eq!(scene.diary.of(number).begun, 1, "{number}");
    }
    scene.goes_on(2_000).await;
    scene.is_empty("faults.trials").await;
    scene.is_empty("faults.errands").await;
}
