//! Thousands of letters, and commands that are ended half-way.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::json;
use urutu_test_broker::Broker;

use crate::scene::{Letter, Scene, finish};

const QUEUE: &str = "billing.capture";
const DEAD: &str = "billing.capture.dead";
/// Enough for a command to be ended half-way.
const SOME: usize = 3_000;
const COUNT: usize = 10_000;
/// So many letters are in flight at a time, and may be there twice after a kill.
const WINDOW: usize = 64;

async fn scene(broker: &Broker, name: &str, letters: usize) -> Scene {
    let scene = Scene::new(broker, name).await;
    scene.queue(QUEUE).await;
    scene.queue(DEAD).await;
    scene.put(DEAD, (0..letters).map(Letter::new)).await;
    scene
}

/// How often each message came.
async fn taken(scene: &Scene, queue: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for message in scene.take_all(queue).await {
        *counts.entry(message.id).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_a_replay_that_is_killed_loses_nothing_and_repeats_no_more_than_its_window() {
    let broker = Broker::start();
    let scene = scene(&broker, "killed", SOME).await;
    let mut replay = scene.start(&["replay", QUEUE]);
    scene.until_count(QUEUE, |count| count >= 300).await;
    replay.kill().unwrap();
    let ended = finish(replay);
    assert_eq!(ended.code, None, "it was still running: {ended:?}");
    // The broker takes back what it held, and another replay does the rest.
    scene.until_count(DEAD, |count| count > 0).await;
    while scene.count(DEAD).await > 0 || (scene.count(QUEUE).await as usize) < SOME {
        let outcome = scene.run(&["replay", QUEUE]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
    }
    let counts = taken(&scene, QUEUE).await;
    assert_eq!(counts.len(), SOME, "every letter was replayed");
    let repeated: usize = counts.values().map(|count| count - 1).sum();
    assert!(repeated <= WINDOW, "{repeated} came twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_an_interrupted_replay_stops_in_order_and_says_how_far_it_came() {
    let broker = Broker::start();
    let scene = scene(&broker, "interrupted", SOME).await;
    for signal in ["-INT", "-TERM"] {
        let before = scene.count(QUEUE).await;
        let replay = scene.start(&["replay", QUEUE, "--format", "json"]);
        scene
            .until_count(QUEUE, |count| count >= before + 100)
            .await;
        let sent = Command::new("kill")
            .args([signal, &replay.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let outcome = finish(replay);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.stderr.contains("interrupted"), "{outcome:?}");
        let report = &outcome.json()[0];
        assert_eq!(report["stopped"], true);
        assert_eq!(report["failed"], 0);
        let done = report["done"].as_u64().unwrap();
        assert_eq!(
            u64::from(scene.count(QUEUE).await - before),
            done,
            "{report}"
        );
        assert!(
            report["read"].as_u64() < report["total"].as_u64(),
            "{report}"
        );
    }
    let replayed = taken(&scene, QUEUE).await;
    let left = taken(&scene, DEAD).await;
    assert_eq!(replayed.len() + left.len(), SOME);
    assert!(
        replayed
            .values()
            .chain(left.values())
            .all(|count| *count == 1),
        "none is there twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_long_ten_thousand_letters_are_listed_in_order_and_go_back_so() {
    let broker = Broker::start();
    let scene = scene(&broker, "listed", COUNT).await;
    for reading in ["the first", "the second"] {
        let listed = scene.run(&["list", QUEUE, "--format", "json"]);
        let ids = listed.column("message_id");
        assert_eq!(ids.len(), COUNT, "{reading}");
        let mut numbers = 0..COUNT;
        assert!(
            ids.iter()
                .all(|id| Some(id) == numbers.next().map(|n| json!(n.to_string())).as_ref()),
            "{reading} reading is not in order"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_long_ten_thousand_letters_are_replayed_and_purged() {
    let broker = Broker::start();
    let scene = scene(&broker, "replayed", COUNT).await;
    let half = (COUNT / 2).to_string();
    let replayed = scene.run(&["replay", QUEUE, "--limit", &half]);
    assert_eq!(replayed.code, Some(0), "{replayed:?}");
    assert_eq!(
        replayed.stdout,
        "replayed 5000 of 5000; 5000 of 10000 dead letters in billing.capture.dead were read\n  5000 to billing.capture\n"
    );
    let purged = scene.run(&["purge", QUEUE, "--yes"]);
    assert_eq!(purged.code, Some(0), "{purged:?}");
    assert!(
        purged.stdout.starts_with("purged 5000 of 5000"),
        "{purged:?}"
    );
    scene.until_count(DEAD, |count| count == 0).await;
    let counts = taken(&scene, QUEUE).await;
    assert_eq!(counts.len(), COUNT / 2);
    assert!(counts.values().all(|count| *count == 1));
}
