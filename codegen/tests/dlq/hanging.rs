//! A broker that hangs: its port is open, and nothing is answered.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use urutu_test_broker::Broker;

use crate::scene::{Letter, Scene, finish};

const QUEUE: &str = "billing.capture";
const DEAD: &str = "billing.capture.dead";
const SOME: usize = 3_000;

/// Far more than the deadlines of the command: heartbeats, and that of a publish.
const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread")]
async fn broker_that_hangs_is_told_in_time() {
    let broker = Broker::start();
    let scene = Scene::new(&broker, "hangs").await;
    scene.queue(QUEUE).await;
    scene.queue(DEAD).await;
    scene.put(DEAD, (0..SOME).map(Letter::new)).await;

    // Half-way.
    let replay = scene.start(&["replay", QUEUE]);
    scene.until_count(QUEUE, |count| count >= 300).await;
    broker.pause();
    let begun = Instant::now();
    let ended = finish(replay);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    // What is noticed first decides: that copies are not confirmed, or that nothing can be read any more.
    assert!(matches!(ended.code, Some(1 | 2)), "{ended:?}");
    assert!(ended.stderr.contains(DEAD), "{ended:?}");

    // From the start.
    for arguments in [
        ["list", QUEUE].as_slice(),
        &["show", QUEUE],
        &["replay", QUEUE],
        &["purge", QUEUE, "--yes"],
    ] {
        let begun = Instant::now();
        let ended = scene.run(arguments);
        assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        let told = ended.stderr.contains("no answer within 5s");
        assert!(told && ended.stdout.is_empty(), "{arguments:?}: {ended:?}");
    }

    broker.resume();
    // The broker takes back what the replay held, when it notices that it is gone.
    while scene.count(DEAD).await > 0 || (scene.count(QUEUE).await as usize) < SOME {
        let outcome = scene.run(&["replay", QUEUE]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
    }
    let mut counts = BTreeMap::<String, usize>::new();
    for message in scene.take_all(QUEUE).await {
        *counts.entry(message.id).or_default() += 1;
    }
    assert_eq!(counts.len(), SOME, "every letter was replayed");
}
