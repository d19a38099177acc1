//! Properties and headers that somebody has forged.

use crate::raw::{Answer, Properties, Value};
use crate::scene::{ERRAND, EXCHANGE, Scene, TRIAL, TRIAL_TOPIC, TRIALS};

/// Every header that urutu or the broker writes and urutu reads.
const READ: [&str; 19] = [
    "urutu-causation-id",
    "urutu-attempts",
    "urutu-topic",
    "urutu-exchange",
    "urutu-expires-at",
    "urutu-queue",
    "urutu-first-failed-at",
    "urutu-last-failed-at",
    "urutu-dead-reason",
    "urutu-error-chain",
    "urutu-replayed-at",
    "traceparent",
    "tracestate",
    "x-delivery-count",
    "x-acquired-count",
    "x-death",
    "x-first-death-reason",
    "x-first-death-queue",
    "x-first-death-exchange",
];

fn values() -> Vec<Value> {
    let death = |value: Value| {
        Value::list(&[Value::table(&[
            ("reason", value.clone()),
            ("queue", value.clone()),
            ("exchange", value.clone()),
            ("routing-keys", value.clone()),
            ("time", value.clone()),
            ("count", value),
        ])])
    };
    vec![
        Value::void(),
        Value::boolean(true),
        Value::number(i64::MIN),
        Value::number(-1),
        Value::double(-1e308),
        Value::decimal(255, u32::MAX),
        Value::timestamp(0),
        Value::text(""),
        Value::text("-1"),
        Value::text("\u{1b}[2J\u{202e}"),
        Value::text(b"\xff\xfe"),
        Value::bytes(b"\xff"),
        Value::list(&[]),
        Value::list(&[Value::void(), Value::list(&[Value::void()])]),
        Value::table(&[]),
        death(Value::void()),
        death(Value::text("urutu.delay.27")),
        death(Value::timestamp(u64::MAX)),
        death(Value::list(&[Value::text(b"\xff")])),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_of_any_type_never_stops_a_message() {
    let mut scene = Scene::start().await;
    let mut number = 0;
    for name in READ {
        for value in values() {
            for ask in ["work", "fail"] {
                number += 1;
                let properties = Properties::none().of_type(TRIAL).header(name, &value);
                let body = format!("{{\"number\":{number},\"ask\":\"{ask}\"}}");
                scene.send_trial(&properties, &body);
            }
        }
        scene.neighbours_are_handled().await;
    }
    // What Erlang cannot read, the broker refuses.
    let nan = Properties::none().header("a", &Value::double(f64::NAN));
    let answer = scene.raw.publish(EXCHANGE, TRIAL_TOPIC, &nan, b"{}");
    assert!(matches!(answer, Answer::Closed(_)), "{answer:?}");
    // Those that fail die after three attempts, none lives on.
    let failing = usize::try_from(number / 2).unwrap();
    let reasons = scene.tally(TRIALS, failing).await;
    assert_eq!(reasons, [("attempts-exhausted".to_owned(), failing)].into());
    for number in 1..=number {
        let entry = scene.diary.of(number);
        let expected = if number % 2 == 0 { (3, 0) } else { (1, 1) };
        assert_eq!((entry.begun, entry.done), expected, "{number}");
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_counts_only_shorten_the_forged_message() {
    let mut scene = Scene::start().await;
    let mut number = 0;
    let names = ["urutu-attempts", "x-delivery-count", "x-acquired-count"];
    for name in names {
        for value in [
            Value::number(i64::MAX),
            Value::number(2),
            Value::text("4294967295"),
            Value::timestamp(u64::MAX),
        ] {
            number += 1;
            let properties = Properties::none().of_type(ERRAND).header(name, &value);
            scene.send_errand(
                &properties,
                format!("{{\"number\":{number},\"ask\":\"fail\"}}"),
            );
        }
    }
    let dead = usize::try_from(number).unwrap();
    let reasons = scene.tally(crate::scene::ERRANDS, dead).await;
    assert_eq!(reasons, [("attempts-exhausted".to_owned(), dead)].into());
    for number in 1..=number {
        assert!(scene.diary.of(number).begun <= 1, "{number}");
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_that_nobody_honest_sets_are_no_reason_to_stop() {
    let mut scene = Scene::start().await;
    let none = Properties::none;
    let trial = || none().of_type(TRIAL);
    let handled = [
        // Known by its topic.
        none(),
        none().of_type(""),
        trial().priority(255),
        trial().timestamp(u64::MAX),
        trial().text(Properties::CONTENT_TYPE, ""),
        trial().text(
            Properties::CONTENT_TYPE,
            "application/json;charset=\u{1b}[31m",
        ),
        trial().text(Properties::CONTENT_ENCODING, "UTF-8"),
        trial().text(Properties::EXPIRATION, "4294967295"),
        trial().text(Properties::MESSAGE_ID, ""),
        trial().text(Properties::MESSAGE_ID, "m".repeat(255)),
        trial().text(Properties::MESSAGE_ID, b"\xff\x00\xfe"),
        trial().text(Properties::CORRELATION_ID, b"\xff"),
        trial().text(Properties::REPLY_TO, "amq.rabbitmq.reply-to.g1h2AA"),
        trial().text(Properties::REPLY_TO, "faults.errands"),
        trial().text(Properties::APP_ID, b"\xc3\x28"),
        trial().text(Properties::CLUSTER_ID, "c".repeat(255)),
    ];
    let mut number = 0;
    for properties in handled {
        for ask in ["work", "stage", "fail"] {
            number += 1;
            scene.send_trial(
                &properties,
                format!("{{\"number\":{number},\"ask\":\"{ask}\"}}"),
            );
        }
        scene.diary.until_done(number - 2).await;
        scene
            .diary
            .until(number - 1, |entry| entry.children == 1)
            .await;
    }
    let failed = usize::try_from(number / 3).unwrap();
    let dead = [
        (
            trial().text(Properties::CONTENT_TYPE, "application/x-protobuf"),
            "undecodable",
        ),
        (
            trial().text(Properties::CONTENT_TYPE, b"\xff"),
            "undecodable",
        ),
        (
            trial().text(Properties::CONTENT_TYPE, "\u{1b}]0;owned\u{7}"),
            "undecodable",
        ),
        (
            trial().text(Properties::CONTENT_ENCODING, "gzip"),
            "undecodable",
        ),
        (none().of_type("faults.Nothing"), "unknown-message"),
        (none().of_type("faults.Errand"), "unknown-message"),
        (none().of_type("faults.Job"), "unknown-message"),
        (none().of_type(&"t".repeat(255)), "unknown-message"),
        (none().text(Properties::TYPE, b"\xff"), "unknown-message"),
        (
            none().header("urutu-topic", &Value::text("t".repeat(255))),
            "unknown-message",
        ),
        (
            trial().header("urutu-expires-at", &Value::text("2001-01-01T00:00:00Z")),
            "expired",
        ),
    ];
    let mut expected =
        std::collections::BTreeMap::from([("attempts-exhausted".to_owned(), failed)]);
    let all = failed + dead.len();
    for (properties, reason) in dead {
        scene.send_trial(&properties, "{\"number\":0}");
        *expected.entry(reason.to_owned()).or_default() += 1;
    }
    assert_eq!(scene.tally(TRIALS, all).await, expected);
    // The broker does not even take an expiration that is no number.
    let nonsense = trial().text(Properties::EXPIRATION, "soon");
    let answer = scene.raw.publish(EXCHANGE, TRIAL_TOPIC, &nonsense, b"{}");
    assert!(matches!(answer, Answer::Closed(_)), "{answer:?}");
    scene.end().await;
}

/// Copies keep the id of their message, and the broker's answers are told apart by it.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_messages_with_one_id_die_and_retry_each_for_itself() {
    let mut scene = Scene::start().await;
    let same = Properties::none()
        .of_type(TRIAL)
        .text(Properties::MESSAGE_ID, "the same");
    for number in 1..=500 {
        scene.raw.send(
            EXCHANGE,
            TRIAL_TOPIC,
            &same,
            format!("{{\"number\":{number},\"ask\":\"fail\"}}").as_bytes(),
        );
        scene.raw.send(EXCHANGE, TRIAL_TOPIC, &same, b"{");
    }
    for _ in 0..1_000 {
        assert_eq!(scene.raw.answer(), Answer::Stored);
    }
    let reasons = scene.tally(TRIALS, 1_000).await;
    let expected = [
        ("attempts-exhausted".to_owned(), 500),
        ("undecodable".to_owned(), 500),
    ];
    assert_eq!(reasons, expected.into());
    for number in 1..=500 {
        assert_eq!(scene.diary.of(number).begun, 3);
    }
    scene.end().await;
}
