//! `CC` and `BCC`: headers that have the broker route a message to further queues. What a worker stores for a message must not follow them: it would
//! go where only the worker may publish.

use crate::raw::{Properties, Value};
use crate::scene::{ERRAND, ERRANDS, Scene, TRIAL, TRIALS};

#[tokio::test(flavor = "multi_thread")]
async fn no_copy_goes_where_the_message_of_a_stranger_tells_it_to() {
    let mut scene = Scene::start().await;
    let keys = [
        "faults.errands",
        "faults.trials",
        "faults.trials.dead",
        "faults.errands.dead",
        "urutu.delay.0",
        "urutu.due.nobody",
    ];
    let keys = Value::list(&keys.map(Value::text));
    let mut number = 0;
    for name in ["CC", "BCC"] {
        for ask in ["work", "stage", "fail", "panic"] {
            number += 1;
            let properties = Properties::none().header(name, &keys);
            let body = format!("{{\"number\":{number},\"ask\":\"{ask}\"}}");
            scene.send_trial(&properties.clone().of_type(TRIAL), &body);
            let body = format!("{{\"number\":100{number},\"ask\":\"{ask}\"}}");
            scene.send_errand(&properties.clone().of_type(ERRAND), &body);
        }
        let poison = Properties::none().header(name, &keys);
        scene.send_trial(&poison.clone().of_type(TRIAL), "{");
        scene.send_errand(&poison.of_type(ERRAND), "{");
    }
    for queue in [TRIALS, ERRANDS] {
        let expected = [
            ("attempts-exhausted".to_owned(), 4),
            ("undecodable".to_owned(), 2),
        ];
        assert_eq!(scene.tally(queue, 6).await, expected.into());
    }
    scene.neighbours_are_handled().await;
    for number in (1..=8).chain(1001..=1008) {
        let (begun, children) = match number % 4 {
            1 => (1, 0),
            2 => (1, 1),
            _ => (3, 0),
        };
        scene
            .diary
            .until(number, |entry| entry.children == children)
            .await;
        assert_eq!(scene.diary.of(number).begun, begun, "{number}");
    }
    // Nothing has come in the meantime.
    for queue in [TRIALS, ERRANDS] {
        scene.dead(queue, 6).await;
    }
    scene.end().await;
}
