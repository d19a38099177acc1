//! What somebody sends into the queues and exchanges that delay messages.

use std::time::Duration;

use urutu::{Message, PublishOptions};
use urutu_faults::bus::faults::{Ask, Errand, Trial};

use crate::raw::{Answer, Properties};
use crate::scene::{ERRANDS, Scene, TRIALS};

/// A broker forwards 32 messages of a queue at a time. So many that find no way on would hold up all behind them.
const MANY: usize = 40;

/// The bits of a delay of so many tenths of a second.
fn bits(units: u32) -> String {
    (0..28)
        .rev()
        .map(|bit| if units >> bit & 1 == 1 { "1." } else { "0." })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_finds_no_way_out_of_the_delay_queues_holds_nobody_up() {
    let mut scene = Scene::start().await;
    let later = |scene: &Scene, number, millis| {
        let options = PublishOptions::new().after(Duration::from_millis(millis));
        let bus = scene.bus.clone();
        async move {
            bus.publish_with(&Trial::new(number), options)
                .await
                .unwrap()
        }
    };
    // All levels up to 6.4 seconds are there, and an outlet.
    later(&scene, 1, 12_700).await;
    for level in 0..=6 {
        let exchange = format!("urutu.delay.{level}");
        let units = 1 << level;
        let ways = [
            // The queue itself.
            (String::new(), exchange.clone()),
            // Bits that end too early, that go on too long, that are none.
            (
                exchange.clone(),
                bits(units)[..2 * (28 - level) - 1].to_owned(),
            ),
            (
                exchange.clone(),
                bits(units) + &"1.".repeat(60) + "faults.trials",
            ),
            (
                exchange.clone(),
                bits(units)[..2 * (28 - level)].to_owned()
                    + "x.".repeat(level).as_str()
                    + "faults.trials",
            ),
            // A queue, past its outlet; and outlets that were deleted while messages were on their way to them.
            (exchange.clone(), bits(units) + TRIALS),
            (exchange.clone(), bits(units) + "urutu.due.queue/gone"),
            (exchange, bits(units) + "urutu.due.task/faults/gone"),
        ];
        for (exchange, key) in &ways {
            for _ in 0..MANY {
                scene.raw.send(exchange, key, &Properties::none(), b"{}");
            }
            for _ in 0..MANY {
                assert_eq!(scene.raw.answer(), Answer::Stored, "{exchange} {key}");
            }
        }
    }
    scene.diary.until_done(1).await;
    // Every level delays on.
    for (number, millis) in (2..).zip([100, 200, 400, 800, 1_600, 3_200, 6_400]) {
        later(&scene, number, millis).await;
    }
    for number in 2..=8 {
        scene.diary.until_done(number).await;
        assert_eq!(scene.diary.of(number).begun, 1);
    }
    let mut fails = Errand::new(9);
    fails.ask = Ask::Fail;
    fails.publish(&scene.bus).await.unwrap();
    scene.dead(ERRANDS, 1).await;
    assert_eq!(scene.diary.of(9).begun, 3);
    scene.end_but(&["urutu.delay.stray"]).await;
}

/// A message that somebody sends to a queue of a service by way of the cascade is one more message of that queue, no more.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_out_of_the_cascade_uncalled_for_is_handled_as_what_it_is() {
    let mut scene = Scene::start().await;
    let later = Duration::from_millis(700);
    let hold = Trial::new(1).publish_after(&scene.bus, later).await;
    hold.unwrap();
    scene.diary.until_done(1).await;
    // Its later attempts have an outlet.
    let mut fails = Trial::new(6);
    fails.ask = Ask::Fail;
    fails.publish(&scene.bus).await.unwrap();
    scene.dead(TRIALS, 1).await;
    let key = bits(3) + "urutu.due.queue/" + TRIALS;
    let typed = Properties::none().of_type("faults.Trial");
    for (properties, body) in [
        (&typed, &b"{\"number\":2}"[..]),
        (&Properties::none(), b"{\"number\":3}"),
        (&typed, b"{"),
        (
            &Properties::none().of_type("faults.Errand"),
            b"{\"number\":4}",
        ),
    ] {
        let answer = scene.raw.publish("urutu.delay.1", &key, properties, body);
        assert_eq!(answer, Answer::Stored);
    }
    scene.diary.until_done(2).await;
    let reasons = scene.tally(TRIALS, 4).await;
    let expected = [
        ("attempts-exhausted".to_owned(), 1),
        ("undecodable".to_owned(), 1),
        ("unknown-message".to_owned(), 2),
    ];
    assert_eq!(reasons, expected.into());
    // Outlets let out what is put into them, under the topic that is theirs.
    let answer = scene.raw.publish(
        "",
        "urutu.due.task/faults/trials.hold",
        &typed,
        b"{\"number\":5}",
    );
    assert_eq!(answer, Answer::Stored);
    scene.diary.until_done(5).await;
    scene.end().await;
}
