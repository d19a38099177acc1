//! Handlers that end badly.

use urutu::Message;
use urutu_faults::Scene;
use urutu_faults::bus::faults::{Ask, Ball};

/// Each with a part of what its dead letter says.
const WAYS: [(Ask, &str); 7] = [
    (Ask::Fail, "it fails"),
    (Ask::Panic, "the handler panicked: it panics"),
    (
        Ask::PanicInDrop,
        "the handler panicked: it panics when it is dropped",
    ),
    (
        Ask::PanicWithANumber,
        "the handler panicked: (a value that is not text)",
    ),
    (
        Ask::PanicInError,
        "the error panicked when it was asked what it is: it does not say what it is",
    ),
    (Ask::HugeError, "\u{e9}\u{e9}\u{e9}"),
    (Ask::Hang, "the handler took longer than its timeout of 3s"),
];

#[tokio::test(flavor = "multi_thread")]
async fn however_a_handler_ends_the_attempt_counts_and_the_dead_letter_says_why() {
    let scene = Scene::wild().await;
    for ((ask, _), number) in WAYS.into_iter().zip(1..) {
        scene.trial(number, ask).await;
        scene.errand(100 + number, ask).await;
    }
    for queue in ["faults.trials", "faults.errands"] {
        let letters = scene.so_many_letters(queue, WAYS.len(), |letter| {
            let size: usize = letter.errors().iter().map(String::len).sum();
            assert!(size < 20_000, "its errors have {size} bytes");
            assert_eq!(
                (letter.reason(), letter.attempts()),
                ("attempts-exhausted", 3)
            );
            letter.errors().join(": ")
        });
        let letters = letters.await;
        for (_, words) in WAYS {
            let said = letters.iter().filter(|said| said.starts_with(words));
            // The words of one begin with those of another.
            assert!(said.count() >= 1, "nobody says {words}: {letters:#?}");
        }
    }
    for number in (1..=7).chain(101..=107) {
        assert_eq!(scene.diary.of(number).begun, 3, "{number}");
    }
    scene.goes_on(1_000).await;
    scene.is_empty("faults.trials").await;
    scene.is_empty("faults.errands").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_back_again_and_again_dies_when_its_attempts_are_spent() {
    let scene = Scene::wild().await;
    Ball::new(1).publish(&scene.bus).await.unwrap();
    let letters = scene.so_many_letters("faults.balls", 1, |letter| {
        (
            letter.reason().to_owned(),
            letter.attempts(),
            letter.decode(),
        )
    });
    let expected = ("attempts-exhausted".to_owned(), 3, Some(Ball::new(1)));
    assert_eq!(letters.await, [expected]);
    assert_eq!(scene.diary.of(1).begun, 3);
}
