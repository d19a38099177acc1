//! Headers as the broker takes them, which no client library would send.

use crate::raw::{Properties, Value};
use crate::scene::{ERRAND, ERRANDS, Scene, TRIAL, TRIALS};

/// What somebody may put into the headers, by what it is.
fn floods(largest: usize) -> Vec<(String, Properties)> {
    let none = Properties::none;
    let one = |value: &Value| none().header("a", value);
    let mut floods = vec![
        (
            "a name that is no text".to_owned(),
            none().header(b"\xff\xfe", &Value::void()),
        ),
        ("bytes".to_owned(), one(&Value::bytes(&[0xff; 1_000]))),
        (
            "a text that is none".to_owned(),
            one(&Value::text(b"\xff\xfe")),
        ),
        (
            "an empty name".to_owned(),
            none().header("", &Value::text("x")),
        ),
        (
            "a list of 120,000".to_owned(),
            one(&Value::list(&vec![Value::void(); 120_000])),
        ),
    ];
    for depth in [10, 1_000, 26_000] {
        floods.push((
            format!("{depth} lists in lists"),
            one(&Value::lists_in_lists(depth)),
        ));
    }
    let mut many = none();
    for number in 0..14_000 {
        many = many.header(format!("n{number}"), &Value::void());
    }
    floods.push(("14,000 headers".to_owned(), many));
    let mut tables = Value::void();
    for _ in 0..2_000 {
        tables = Value::table(&[("t", tables)]);
    }
    floods.push(("2,000 tables in tables".to_owned(), one(&tables)));
    for name in [
        "urutu-topic",
        "urutu-error-chain",
        "urutu-first-failed-at",
        "traceparent",
        "x-death",
    ] {
        let huge = none().header(name, &Value::text("x".repeat(100_000)));
        floods.push((format!("a huge {name}"), huge));
    }
    // The type id is added, and the rest fills the frame.
    for left in [0, 1, 30, 1_000, 10_000] {
        let taken = one(&Value::text("")).of_type(TRIAL).len();
        let filling = "x".repeat(largest - taken - left);
        floods.push((
            format!("a frame with {left} bytes left"),
            one(&Value::text(filling)),
        ));
    }
    floods
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_of_headers_stop_no_worker_whether_its_handlers_succeed_or_fail() {
    let mut scene = Scene::start().await;
    let floods = floods(scene.raw.largest_properties());
    for ((name, properties), number) in floods.iter().zip((1_u64..).step_by(10)) {
        println!("{name}");
        let works = format!("{{\"number\":{number}}}");
        let fails = format!("{{\"number\":{},\"ask\":\"fail\"}}", number + 1);
        for body in [&works, &fails] {
            scene.send_trial(&properties.clone().of_type(TRIAL), body);
            // As long as the other.
            scene.send_errand(
                &properties.clone().of_type(ERRAND),
                body.replace("number\":", "number\":1000"),
            );
        }
        scene.neighbours_are_handled().await;
        scene.diary.until_done(number).await;
    }
    // Each after three attempts, through the delay queues.
    for queue in [TRIALS, ERRANDS] {
        let reasons = scene.tally(queue, floods.len()).await;
        assert_eq!(
            reasons,
            [("attempts-exhausted".to_owned(), floods.len())].into()
        );
    }
    for (_, number) in floods.iter().zip((1_u64..).step_by(10)) {
        assert_eq!(scene.diary.of(number).begun, 1);
        assert_eq!(scene.diary.of(number + 1).begun, 3);
    }
    scene.end().await;
}

/// A worker whose handler stages hands on who asked, not what a stranger has filled the trace with.
#[tokio::test(flavor = "multi_thread")]
async fn children_do_not_inherit_a_flood() {
    let mut scene = Scene::start().await;
    let flood = Properties::none()
        .of_type(TRIAL)
        .text(Properties::CORRELATION_ID, "c".repeat(255))
        .text(Properties::MESSAGE_ID, b"\xff".repeat(255))
        .header("traceparent", &Value::text("x".repeat(60_000)))
        .header("tracestate", &Value::text("y".repeat(60_000)));
    scene.send_trial(&flood, "{\"number\":1,\"ask\":\"stage_many\"}");
    let all = u32::try_from(urutu_faults::MANY).unwrap();
    scene.diary.until(1, |entry| entry.children == all).await;
    assert_eq!(scene.diary.of(1).begun, 1);
    scene.end().await;
}
