//! Bodies that no honest program writes.

use crate::raw::Properties;
use crate::scene::{ERRAND, ERRANDS, Letter, Scene, TRIAL, TRIALS};

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Undecodable,
    Invalid,
    Handled,
}

use Fate::{Handled, Invalid, Undecodable};

/// Bodies with what becomes of them; `#` stands for a number of their own.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn bodies() -> Vec<(Vec<u8>, Fate)> {
    let with = |field: &str| format!("{{\"number\":#,{field}}}").into_bytes();
    let deep = |open: &str, close: &str, depth| open.repeat(depth) + &close.repeat(depth);
    let digits = "9".repeat(100_000);
    let mut all: Vec<(Vec<u8>, Fate)> = [
        "",
        " ",
        "null",
        "[]",
        "0",
        "\"\"",
        "{",
        "}",
        "{}",
        "[#]",
        "{\"number\":#",
        "{\"number\":#}}",
        "{\"number\":#}{\"number\":#}",
        "{\"number\":#,}",
        "\u{feff}{\"number\":#}",
        "{\"number\":#}\0",
        "{number:#}",
        "{\"number\":\"#\"}",
        "{\"number\":-1}",
        "{\"number\":#.0}",
        "{\"number\":1e3}",
        "{\"number\":18446744073709551616}",
        "{\"number\":#,\"number\":#}",
        "{\"number\":null}",
        "{\"number\":NaN}",
        "{\"number\":0x10}",
        "{\"number\":[#]}",
        "{\"number\":{\"number\":#}}",
    ]
    .into_iter()
    .map(|body| (body.as_bytes().to_vec(), Undecodable))
    .collect();
    for (field, fate) in [
        ("\"small\":10", Handled),
        ("\"small\":11", Invalid),
        ("\"small\":2147483648", Undecodable),
        ("\"small\":1e1", Undecodable),
        ("\"small\":true", Undecodable),
        ("\"real\":1e308", Handled),
        ("\"real\":1e309", Undecodable),
        ("\"real\":-1e999999999999", Undecodable),
        ("\"real\":1e-999999999999", Handled),
        ("\"exact\":\"1e10\"", Undecodable),
        ("\"exact\":\"-0\"", Handled),
        ("\"exact\":1", Undecodable),
        ("\"name\":\"\\ud800\"", Undecodable),
        ("\"name\":\"\\udc00\\ud800\"", Undecodable),
        ("\"name\":\"\\ud83d\\udc0d\"", Handled),
        ("\"name\":\"\\u0000\"", Handled),
        ("\"name\":\"12345678901234567\"", Invalid),
        ("\"at\":\"9999-12-31T23:59:60Z\"", Undecodable),
        ("\"at\":\"tomorrow\"", Undecodable),
        ("\"takes\":\"P99999999999Y\"", Undecodable),
        ("\"id\":\"0\"", Undecodable),
        ("\"blob\":\"====\"", Undecodable),
        ("\"ask\":\"rule the world\"", Undecodable),
        ("\"ask\":{}", Undecodable),
        ("\"money\":{}", Undecodable),
        (
            "\"money\":{\"kind\":\"coin\",\"name\":\"a\",\"kind\":\"note\"}",
            Handled,
        ),
        (
            "\"money\":{\"kind\":\"coin\",\"name\":\"a\",\"name\":\"b\"}",
            Undecodable,
        ),
        (
            "\"money\":{\"name\":\"a\",\"name\":\"b\",\"kind\":\"coin\"}",
            Undecodable,
        ),
        (
            "\"money\":{\"kind\":\"coin\",\"name\":\"123456789\"}",
            Invalid,
        ),
        ("\"money\":{\"kind\":\"note\",\"value\":\"-1\"}", Invalid),
        ("\"money\":[\"coin\"]", Undecodable),
        ("\"list\":[1,2,3,4,5]", Invalid),
        ("\"list\":{\"0\":1}", Undecodable),
        ("\"map\":{\"a\":1,\"a\":2}", Handled),
        ("\"map\":null", Undecodable),
        ("\"any\":{\"a\":1,\"a\":2}", Handled),
        ("\"any\":1e400", Undecodable),
        ("\"nobody knows this\":[[[]]]", Handled),
    ] {
        all.push((with(field), fate));
    }
    all.push((with(&format!("\"any\":{}", deep("[", "]", 100))), Handled));
    for depth in [200, 1_000_000] {
        all.push((
            with(&format!("\"any\":{}", deep("[", "]", depth))),
            Undecodable,
        ));
        all.push((
            with(&format!(
                "\"any\":{}1{}",
                "{\"a\":".repeat(depth),
                "}".repeat(depth)
            )),
            Undecodable,
        ));
        all.push((
            with(&format!("\"nobody\":{}", deep("[", "]", depth))),
            Handled,
        ));
    }
    all.push((with(&format!("\"small\":{digits}")), Undecodable));
    all.push((with(&format!("\"exact\":\"{digits}\"")), Undecodable));
    all.push((with(&format!("\"real\":0.{digits}")), Handled));
    all.push((with(&format!("\"nobody\":{digits}")), Handled));
    all.push((
        with(&format!("\"name\":\"{}\"", "x".repeat(1_000_000))),
        Invalid,
    ));
    all.push((
        with(&format!("\"list\":[{}0]", "0,".repeat(1_000_000))),
        Invalid,
    ));
    all.push((with(&format!("\"{}\":1", "y".repeat(1_000_000))), Handled));
    all.push(([&with("\"name\":\"a\"")[..], b"\xff"].concat(), Undecodable));
    all.push((b"{\"number\":#,\"name\":\"\xff\"}".to_vec(), Undecodable));
    all.push((b"{\"number\":#,\"\xff\":1}".to_vec(), Undecodable));
    all.push((vec![0; 100_000], Undecodable));
    all.push((b"\x1f\x8b\x08\x00".to_vec(), Undecodable));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_nobody_honest_writes_die_with_their_reason_or_are_handled() {
    let mut scene = Scene::start().await;
    let mut sent = Vec::new();
    for ((mut body, fate), number) in bodies().into_iter().zip(1_u64..) {
        while let Some(at) = body.iter().position(|byte| *byte == b'#') {
            body.splice(at..=at, number.to_string().into_bytes());
        }
        scene.send_trial(&Properties::none().of_type(TRIAL), &body);
        sent.push((number, body, fate));
    }
    // Each has one end.
    let ended = async |scene: &urutu_faults::Scene| {
        let dead = scene.letters(TRIALS, Letter::of).await;
        let handled = sent
            .iter()
            .filter(|(number, ..)| scene.diary.of(*number).done > 0);
        (dead.len() + handled.count() == sent.len()).then_some(dead)
    };
    let letters = scene.until("all to end", ended).await;
    let mut otherwise = Vec::new();
    for (number, body, expected) in &sent {
        let start = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let letter = letters.iter().find(|letter| letter.body == *body);
        let fate = match letter.map(|letter| &*letter.reason) {
            None => Handled,
            Some("invalid") => Invalid,
            Some("undecodable") => Undecodable,
            Some(_) => panic!("{letter:?}"),
        };
        if fate != *expected {
            otherwise.push(format!("{start}: {fate:?}, not {expected:?}: {letter:?}"));
        }
        let begun = u32::from(fate == Handled);
        assert_eq!(scene.diary.of(*number).begun, begun, "{start}");
        assert!(
            letter.is_none_or(|letter| letter.error.len() < 2_000),
            "{start}"
        );
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    scene.end().await;
}

const LIMIT: usize = 16 * 1024 * 1024;

/// No contract lets a body be larger than 16 MiB, but RabbitMQ 3.x takes eight times as much.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_beyond_the_limit_die_whole_and_their_neighbours_are_handled() {
    let mut scene = Scene::start().await;
    let body = |number: u64, size: usize| {
        let head = format!("{{\"number\":{number},\"nobody\":\"");
        let filling = "z".repeat(size - head.len() - 2);
        head + &filling + "\"}"
    };
    let (fits, large, huge) = (
        body(1, LIMIT),
        body(2, LIMIT + 1),
        body(3, 100 * 1024 * 1024),
    );
    scene.send_trial(&Properties::none().of_type(TRIAL), &fits);
    scene.diary.until_done(1).await;
    for body in [&large, &huge] {
        scene.send_trial(&Properties::none().of_type(TRIAL), body);
        scene.send_errand(&Properties::none().of_type(ERRAND), body);
        scene.neighbours_are_handled().await;
    }
    for queue in [TRIALS, ERRANDS] {
        let letters = scene.dead(queue, 2).await;
        for (letter, body) in letters.iter().zip([&large, &huge]) {
            assert!(letter.body == body.as_bytes(), "it is not whole");
            assert_eq!(letter.reason, "undecodable");
            let words = format!(
                "the body has {} bytes, this worker takes at most {LIMIT}",
                body.len()
            );
            assert_eq!(letter.error, words);
        }
    }
    scene.end().await;
}
