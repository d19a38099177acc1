//! Signals to workers that have their hands full.

use std::net::TcpListener;
use std::time::Instant;

use urutu_faults::Scene;
use urutu_faults::bus::faults::Ask;

use crate::child::Process;

/// A hundred wait in each queue. What has begun ends, all else goes back and is handled by the next worker, each once.
#[tokio::test(flavor = "multi_thread")]
async fn a_drain_with_a_full_prefetch_ends_what_has_begun_and_gives_back_the_rest() {
    let scene = Scene::ears().await;
    let mut worker = Process::wild_and_ready(&scene, &[]).await;
    for number in 1..=50 {
        scene.trial(number, Ask::Sleep).await;
        scene.errand(100 + number, Ask::Sleep).await;
    }
    scene.diary.until(2, |entry| entry.begun > 0).await;
    worker.signal("TERM");
    assert_eq!(worker.wait().code(), Some(0));
    let numbers = || (1..=50).chain(101..=150);
    let begun: Vec<u64> = numbers()
        .filter(|number| scene.diary.of(*number).begun > 0)
        .collect();
    assert!(begun.len() < 100, "there is a rest");
    for number in begun {
        assert_eq!(scene.diary.of(number).done, 1, "{number} has begun");
    }
    let worker = Process::wild(&scene, &[]);
    for number in numbers() {
        scene.diary.until_done(number).await;
    }
    for queue in ["faults.trials", "faults.errands"] {
        scene.is_empty(queue).await;
    }
    for number in numbers() {
        assert_eq!(scene.diary.of(number).begun, 1, "{number}");
    }
    drop(worker);
}

/// More than there are threads.
const EACH: u64 = 8;

/// Handlers that never end are waited for until the drain timeout, or until a second signal.
#[tokio::test(flavor = "multi_thread")]
async fn handlers_that_never_end_hold_up_neither_a_drain_nor_a_second_signal() {
    let scene = Scene::ears().await;
    let begin = async |scene: &Scene, first: u64| {
        for number in first..first + EACH {
            scene.trial(number, Ask::Hang).await;
            scene.errand(100 + number, Ask::Block).await;
        }
        scene.diary.until(first, |entry| entry.begun > 0).await;
        scene
            .diary
            .until(100 + first, |entry| entry.begun > 0)
            .await;
    };
    let mut worker = Process::wild_and_ready(&scene, &["--drain-timeout", "1"]).await;
    begin(&scene, 1).await;
    worker.signal("TERM");
    assert_eq!(worker.wait().code(), Some(0));

    let mut worker = Process::wild(&scene, &["--drain-timeout", "3600"]);
    // Somebody has begun again.
    scene.diary.until(1, |entry| entry.begun > 1).await;
    // Two of one kind might be one to the system, where the process gets no turn between them.
    worker.signal("TERM");
    let second = Instant::now();
    worker.signal("INT");
    assert_eq!(worker.wait().code(), Some(1));
    assert!(second.elapsed() < std::time::Duration::from_secs(30));

    // Nothing is lost: those that never end are dead in the end, and the others done.
    let worker = Process::wild(&scene, &[]);
    for number in 101..=100 + EACH {
        scene.diary.until_done(number).await;
    }
    for queue in ["faults.trials", "faults.errands"] {
        scene.is_empty(queue).await;
    }
    let dead = scene.reasons("faults.trials").await.len();
    assert_eq!(dead as u64, EACH);
    drop(worker);
}

/// A broker that takes connections and says nothing: it is still starting, or its machine hangs.
#[test]
fn a_worker_that_still_starts_hears_signals() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("amqp://{}", listener.local_addr().unwrap());
    let mut worker = Process::start(&url, &["--drain-timeout", "1"], |_| {});
    let (silent, _) = listener.accept().unwrap();
    worker.signal("TERM");
    // Without the signal it ends with an error, when the connection has taken too long.
    assert_eq!(worker.wait().code(), Some(0));
    drop(silent);
}
