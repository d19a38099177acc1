//! What each command does, with a handful of letters.

use std::fs;
use std::path::Path;

use lapin::types::{AMQPValue, ShortString};
use serde_json::json;
use urutu_test_broker::Broker;

use crate::scene::{Letter, Outcome, Scene, command, finish};

const QUEUE: &str = "billing.capture";
const DEAD: &str = "billing.capture.dead";

fn five_letters() -> Vec<Letter> {
    let now = std::time::SystemTime::now();
    let now = urutu::Timestamp::try_from(now).unwrap().to_string();
    vec![
        Letter::new(1),
        Letter {
            reason: "rejected",
            ..Letter::new(2)
        },
        Letter {
            type_id: "shop.Other",
            died_at: now.clone(),
            ..Letter::new(3)
        },
        Letter {
            queue: Some("billing.other"),
            ..Letter::new(4)
        },
        Letter {
            reason: "rejected",
            died_at: now,
            ..Letter::new(5)
        },
    ]
}

async fn scene(broker: &Broker, name: &str) -> Scene {
    let scene = Scene::new(broker, name).await;
    for queue in [QUEUE, DEAD, "billing.other"] {
        scene.queue(queue).await;
    }
    scene.put(DEAD, five_letters()).await;
    scene
}

#[track_caller]
fn fine(outcome: Outcome) -> Outcome {
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_letters_are_listed_shown_and_filtered() {
    let broker = Broker::start();
    reading(&scene(&broker, "reading").await).await;
    filters(&scene(&broker, "filters").await).await;
    bodies(&scene(&broker, "bodies").await).await;
    a_catalog(&scene(&broker, "catalog").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_letters_are_replayed_and_purged() {
    let broker = Broker::start();
    replaying(&scene(&broker, "replaying").await).await;
    what_cannot_be_replayed(&scene(&broker, "stays").await).await;
    purging(&scene(&broker, "purging").await).await;
    other_queues(&scene(&broker, "others").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_mistakes_are_told_and_closed_pipes_are_none() {
    let broker = Broker::start();
    mistakes(&scene(&broker, "mistakes").await);
    broken_pipes(&scene(&broker, "pipes").await);
}

/// Reading takes nothing out, however often.
async fn reading(scene: &Scene) {
    let listed = fine(scene.run(&["list", QUEUE]));
    assert_eq!(listed.stdout.lines().count(), 5, "{listed:?}");
    assert_eq!(
        listed.stdout.lines().next().unwrap(),
        "2026-01-02T03:04:05Z  attempts-exhausted  shop.Capture  1  billing.capture  3 attempts  the bank is closed"
    );
    assert_eq!(
        listed.stderr,
        "5 of 5 dead letters in billing.capture.dead\n"
    );
    assert!(!listed.stdout.contains("order"), "bodies are not listed");

    for _ in 0..3 {
        let listed = fine(scene.run(&["list", QUEUE, "--format", "json"]));
        assert_eq!(
            listed.column("message_id"),
            ["1", "2", "3", "4", "5"],
            "in order"
        );
        assert_eq!(listed.stderr, "");
    }
    let first = fine(scene.run(&["list", DEAD, "--exact", "--limit", "1", "--format", "json"]));
    assert_eq!(
        first.json(),
        [json!({
            "dead_letter_queue": DEAD,
            "queue": QUEUE,
            "reason": "attempts-exhausted",
            "errors": ["the bank is closed", "no route to host"],
            "attempts": 3,
            "died_at": "2026-01-02T03:04:05Z",
            "first_failed_at": "2026-01-01T00:00:00Z",
            "last_failed_at": "2026-01-02T03:04:05Z",
            "replayed_at": null,
            "type": "shop.Capture",
            "message_id": "1",
            "correlation_id": "the-first",
            "exchange": "shop",
            "topic": "tasks.capture",
            "content_type": "application/json",
            "size": 28,
        })]
    );
    scene.until_count(DEAD, |count| count == 5).await;
}

async fn filters(scene: &Scene) {
    for (filter, expected) in [
        (&["--type", "shop.Other"][..], &["3"][..]),
        (&["--reason", "rejected"], &["2", "5"]),
        (
            &["--reason", "rejected", "--reason", "attempts-exhausted"],
            &["1", "2", "3", "4", "5"],
        ),
        (&["--died-in", "billing.other"], &["4"]),
        (&["--id", "2", "--id", "4"], &["2", "4"]),
        (&["--older-than", "1h"], &["1", "2", "4"]),
        (&["--newer-than", "1h"], &["3", "5"]),
        (&["--newer-than", "1h30m", "--reason", "rejected"], &["5"]),
        (&["--reason", "rejected", "--limit", "1"], &["2"]),
        (&["--reason", "expired"], &[]),
    ] {
        let listed = fine(scene.run(&[&["list", QUEUE, "--format", "json"], filter].concat()));
        assert_eq!(listed.column("message_id"), expected, "{filter:?}");
        let dry = ["replay", DEAD, "--exact", "--dry-run", "--format", "json"];
        let outcome = fine(scene.run(&[&dry, filter].concat()));
        let result = &outcome.json()[0];
        assert_eq!(result["matched"], expected.len(), "{filter:?}: {result}");
        assert_eq!(
            (&result["done"], &result["dry_run"]),
            (&json!(0), &json!(true))
        );
    }
    let shown = fine(scene.run(&["show", QUEUE, "--reason", "rejected", "--format", "json"]));
    assert_eq!(shown.column("message_id"), ["2", "5"]);
    let none = scene.run(&["show", QUEUE, "--reason", "expired"]);
    assert_eq!(none.code, Some(1), "{none:?}");
    let purged = fine(scene.run(&["purge", QUEUE, "--dry-run", "--id", "1"]));
    assert_eq!(
        purged.stdout,
        "1 would be purged; 5 of 5 dead letters in billing.capture.dead were read\n"
    );
    // A dry run changes nothing.
    scene.until_count(DEAD, |count| count == 5).await;
    assert_eq!(scene.count(QUEUE).await, 0);
}

async fn replaying(scene: &Scene) {
    let outcome = fine(scene.run(&["replay", QUEUE, "--reason", "rejected", "--limit", "1"]));
    assert_eq!(
        outcome.stdout,
        "replayed 1 of 1; 2 of 5 dead letters in billing.capture.dead were read\n  1 to billing.capture\n"
    );
    assert_eq!(outcome.stderr, "", "no bar where there is no terminal");
    let replayed = scene.take_all(QUEUE).await;
    let [message] = &replayed[..] else {
        panic!("{replayed:?}")
    };
    assert_eq!(message.body, Letter::new(2).body);
    let kept = &message.properties;
    assert_eq!(message.id, "2");
    assert_eq!(kept.kind().as_ref().unwrap().as_str(), "shop.Capture");
    assert_eq!(
        kept.correlation_id().as_ref().unwrap().as_str(),
        "the-first"
    );
    assert_eq!(
        kept.content_type().as_ref().unwrap().as_str(),
        "application/json"
    );
    assert_eq!(
        (kept.delivery_mode(), kept.priority()),
        (&Some(2), &Some(4))
    );
    assert_eq!(kept.expiration(), &None, "it would kill it again");
    let headers = kept.headers().as_ref().unwrap().inner();
    let names = headers.keys().map(ShortString::as_str);
    // The broker may count the delivery to this test.
    let names: Vec<_> = names.filter(|name| !name.starts_with("x-")).collect();
    assert_eq!(
        names,
        [
            "tenant",
            "urutu-exchange",
            "urutu-replayed-at",
            "urutu-topic"
        ]
    );
    assert_eq!(
        message.header("tenant"),
        Some(&AMQPValue::LongString("seven".into()))
    );

    // One says that it died elsewhere. As these are the letters of one queue, somebody has forged that.
    let outcome = scene.run(&["replay", QUEUE, "--dry-run"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(
        outcome.stdout,
        "4 would be replayed; 4 of 4 dead letters in billing.capture.dead were read\n  3 to billing.capture\n"
    );
    assert!(
        outcome
            .stderr
            .contains("it says that it died in the queue `billing.other`"),
        "{outcome:?}"
    );
    // As those of a queue that others share, it can be true.
    let outcome = fine(scene.run(&["replay", DEAD, "--exact", "--format", "json"]));
    assert_eq!(
        outcome.json(),
        [json!({
            "dead_letter_queue": DEAD, "dry_run": false, "total": 4, "read": 4, "matched": 4,
            "done": 4, "failed": 0, "failures": [], "queues": {QUEUE: 3, "billing.other": 1}, "stopped": false, "gave_up": false,
        })]
    );
    scene.until_count(DEAD, |count| count == 0).await;
    let ids = |taken: Vec<crate::scene::Taken>| {
        let mut ids: Vec<_> = taken.into_iter().map(|message| message.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(
        ids(scene.take_all("billing.other").await),
        ["4"],
        "each to its own queue"
    );
    assert_eq!(ids(scene.take_all(QUEUE).await), ["1", "3", "5"]);
}

async fn what_cannot_be_replayed(scene: &Scene) {
    let gone = Letter {
        queue: Some("billing.gone"),
        ..Letter::new(6)
    };
    scene.put(DEAD, [gone]).await;
    let outcome = scene.run(&["replay", DEAD, "--exact", "--died-in", "billing.gone"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stdout.starts_with("replayed 0 of 1;"),
        "{outcome:?}"
    );
    assert!(
        outcome
            .stderr
            .contains("the queue `billing.gone` does not exist"),
        "{outcome:?}"
    );
    assert!(
        outcome.stderr.contains("1 dead letters were not replayed"),
        "{outcome:?}"
    );

    // A queue with room for two.
    let full = [
        ("x-max-length", AMQPValue::LongLongInt(2)),
        ("x-overflow", AMQPValue::LongString("reject-publish".into())),
    ];
    scene.declare("full", &full).await;
    let outcome = scene.run(&["replay", QUEUE, "--to", "full", "--format", "json"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let result = &outcome.json()[0];
    assert_eq!(
        (&result["done"], &result["failed"]),
        (&json!(2), &json!(4)),
        "{result}"
    );
    let why = result["failures"][0]["why"].as_str().unwrap();
    assert!(why.contains("`full` has not taken it"), "{why}");
    scene.until_count(DEAD, |count| count == 4).await;
    assert_eq!(scene.count("full").await, 2);
}

async fn purging(scene: &Scene) {
    let refused = scene.run(&["purge", QUEUE]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("--yes"), "{refused:?}");
    scene.until_count(DEAD, |count| count == 5).await;
    let outcome = fine(scene.run(&["purge", QUEUE, "--yes", "--reason", "rejected"]));
    assert_eq!(
        outcome.stdout,
        "purged 2 of 2; 5 of 5 dead letters in billing.capture.dead were read\n"
    );
    scene.until_count(DEAD, |count| count == 3).await;
    fine(scene.run(&["purge", QUEUE, "--yes"]));
    scene.until_count(DEAD, |count| count == 0).await;
    assert_eq!(scene.count(QUEUE).await, 0);
}

async fn bodies(scene: &Scene) {
    let with = |id: &str, body: &[u8]| Letter {
        id: id.to_owned(),
        body: body.to_vec(),
        ..Letter::new(0)
    };
    let hostile = "{\"a\": \"\u{9b}31m\"}";
    scene
        .put(
            DEAD,
            [
                with("text", b"not\x1b[2J JSON\nat all"),
                with("bytes", b"\xff\xfe"),
                with("hostile", hostile.as_bytes()),
            ],
        )
        .await;
    let show = |id: &str, format: &str| {
        fine(scene.run(&["show", QUEUE, "--id", id, "--format", format])).stdout
    };
    let page = show("1", "text");
    for part in [
        "message        1\n",
        "queue          billing.capture\n",
        "error          the bank is closed\n",
        "caused by      no route to host\n",
        "body           28 bytes, json\n  {\n    \"order\": 1,\n    \"total\": 10.50\n  }\n",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(show("text", "text").ends_with("text\n  not\\u{1b}[2J JSON\n  at all\n\n"));
    assert!(show("bytes", "text").ends_with("base64\n  //4=\n\n"));
    let json = |id: &str| -> serde_json::Value {
        let text = show(id, "json");
        assert!(text.ends_with("}\n") && text.lines().count() == 1, "{text}");
        assert!(!text.contains('\u{9b}'), "{text}");
        serde_json::from_str(&text).unwrap()
    };
    let shown = json("1");
    assert_eq!(shown["body"], json!({"order": 1, "total": 10.50}));
    assert!(
        show("1", "json").contains("10.50"),
        "numbers stay as they came"
    );
    assert_eq!(shown["body_encoding"], "json");
    assert_eq!(json("text")["body"], "not\u{1b}[2J JSON\nat all");
    assert_eq!(json("bytes")["body"], "//4=");
    assert_eq!(json("hostile")["body"]["a"], "\u{9b}31m");
}

async fn other_queues(scene: &Scene) {
    // A letter that says nothing of itself died in the queue that has this dead-letter queue.
    let outcome = fine(scene.run(&["purge", QUEUE, "--yes"]));
    assert!(outcome.stdout.starts_with("purged 5 of 5"), "{outcome:?}");
    scene.until_count(DEAD, |count| count == 0).await;
    let nameless = Letter {
        queue: None,
        ..Letter::new(7)
    };
    scene.put(DEAD, [nameless]).await;
    let outcome = scene.run(&["replay", DEAD, "--exact"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("nobody has noted in which queue it died"),
        "{outcome:?}"
    );
    fine(scene.run(&["replay", QUEUE]));
    assert_eq!(scene.take_all(QUEUE).await.len(), 1);
}

fn a_catalog(scene: &Scene) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dlq-catalog");
    fs::create_dir_all(&folder).unwrap();
    let catalog = "catalog: 1\nnamespace: shop\nexchange: shop\nmessages:\n  Capture: {kind: task, topic: tasks.capture, fields: {order: i32}}\n  Other: {kind: task, topic: tasks.other, fields: {order: i32}}\nservices:\n  billing: {handles: {Capture: {}, Other: {}}}\n";
    fs::write(folder.join("shop.yaml"), catalog).unwrap();
    let folder = folder.to_str().unwrap();
    let outcome = scene.run(&["list", "--catalog", folder]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let mut lines = outcome.stdout.lines();
    assert_eq!(
        lines.next(),
        Some("       5  billing.capture.dead  of billing.capture")
    );
    let missing = lines.next().unwrap();
    assert!(
        missing.starts_with("       ?  billing.other.dead  of billing.other  "),
        "{missing}"
    );
    assert!(
        outcome
            .stderr
            .contains("1 dead-letter queue cannot be read"),
        "{outcome:?}"
    );
    let outcome = scene.run(&["list", "--catalog", folder, "--format", "json"]);
    assert_eq!(outcome.column("letters"), [json!(5), json!(null)]);
}

fn mistakes(scene: &Scene) {
    for (arguments, words) in [
        (
            &["list", "nobody"][..],
            &["nobody.dead", "give that name with `--exact`"][..],
        ),
        (
            &["list", DEAD],
            &["billing.capture.dead.dead", "or say `--exact`"],
        ),
        (
            &["replay", QUEUE, "--exact", "--older-than", "1w"],
            &["1h30m"],
        ),
        (&["purge", "nobody", "--exact", "--yes"], &["nobody"]),
        (&["list"], &["QUEUE"]),
        (&["show"], &["QUEUE"]),
    ] {
        let outcome = scene.run(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:?}");
        for word in words {
            assert!(outcome.stderr.contains(word), "{word}: {outcome:?}");
        }
    }
    let without = finish(command(&["list", QUEUE]).spawn().unwrap());
    assert_eq!(without.code, Some(2));
    assert!(without.stderr.contains("--broker-url"), "{without:?}");
    // The help shows where the URL comes from, and not what it is.
    let help = fine(scene.run(&["list", "--help"]));
    assert!(help.stdout.contains("[env: BROKER_URL]"), "{help:?}");
    // A broker that is not there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("amqp://user:s3cr3t-word@127.0.0.1:{port}/%2f");
    let outcome = finish(
        command(&["list", QUEUE, "--broker-url", &url])
            .spawn()
            .unwrap(),
    );
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("127.0.0.1"), "{outcome:?}");
}

/// A reader that goes away is no error.
fn broken_pipes(scene: &Scene) {
    for arguments in [
        &["list", QUEUE][..],
        &["show", QUEUE],
        &["replay", QUEUE, "--dry-run", "--died-in", QUEUE],
    ] {
        let mut child = scene.start(arguments);
        drop(child.stdout.take());
        let outcome = fine(finish(child));
        assert!(!outcome.stderr.contains("Broken pipe"), "{outcome:?}");
    }
}
