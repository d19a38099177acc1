//! Queues with a single active consumer: <https://www.rabbitmq.com/docs/consumers#single-active-consumer>.

use super::bench::{Bench, Client, Consumer, ack, numbers, reject, text, texts};
use super::properties;
use crate::spec::{QueueArguments, QueueKind};
use crate::topology::Queue;

fn single_active(bench: &Bench) -> Queue {
    Queue {
        arguments: QueueArguments {
            single_active_consumer: true,
            ..QueueArguments::NONE
        },
        ..bench.queue("q")
    }
}

/// Three consumers in the order in which they came, each with room for two, and six messages.
async fn three_consumers(bench: &Bench) -> (Client, [Consumer; 3]) {
    let client = bench.connect().await;
    client.declare_queues([single_active(bench)]).await;
    let consumers = [
        client.consume("q", 2).await,
        client.consume("q", 2).await,
        client.consume("q", 2).await,
    ];
    client.send_numbers("q", 6).await;
    (client, consumers)
}

async fn one_consumer_gets_everything_also_while_it_has_no_room(bench: &Bench) {
    let (_client, [mut first, mut second, mut third]) = three_consumers(bench).await;
    let held = first.receive_many(2).await;
    assert_eq!(texts(&held), numbers(0..2));
    second.gets_nothing().await;
    third.gets_nothing().await;
    for delivered in held {
        ack(delivered).await;
    }
    assert_eq!(first.work_off(4).await, numbers(2..6));
    second.gets_nothing().await;
    third.gets_nothing().await;
}

async fn the_next_one_takes_over_from_a_cancelled_one_which_keeps_what_it_holds(bench: &Bench) {
    let (_client, [mut first, mut second, mut third]) = three_consumers(bench).await;
    let mut held = first.receive_many(2).await;
    first.cancel().await;
    // A classic queue of RabbitMQ serves its new consumer only when it gets something to deliver, not at once.
    reject(held.remove(1), true).await;
    let mut came = Vec::new();
    for _ in 0..5 {
        let delivered = second.receive().await;
        came.push(text(&delivered));
        ack(delivered).await;
    }
    ack(held.remove(0)).await;
    // What came back may come after what is younger.
    came.sort();
    assert_eq!(came, numbers(1..6));
    second.gets_nothing().await;
    third.gets_nothing().await;
}

async fn the_next_one_takes_over_from_a_lost_one_and_gets_what_that_held(bench: &Bench) {
    let (_client, [mut first, mut second, mut third]) = three_consumers(bench).await;
    let held = first.receive_many(2).await;
    drop((held, first));
    let mut came = Vec::new();
    for _ in 0..6 {
        let delivered = second.receive().await;
        let number = text(&delivered);
        assert_eq!(delivered.redelivered, ["0", "1"].contains(&&*number));
        came.push(number);
        ack(delivered).await;
    }
    assert_eq!(in_order(bench, came), numbers(0..6));
    third.gets_nothing().await;
}

/// A quorum queue of RabbitMQ may serve the next consumer before it has taken back what the lost one held, which then comes later.
fn in_order(bench: &Bench, mut came: Vec<String>) -> Vec<String> {
    if bench.kind == QueueKind::Quorum {
        came.sort();
    }
    came
}

async fn whoever_waited_longest_takes_over(bench: &Bench) {
    let (client, [mut first, second, mut third]) = three_consumers(bench).await;
    assert_eq!(first.work_off(2).await, numbers(0..2));
    // It never was active.
    drop(second);
    let mut fourth = client.consume("q", 2).await;
    third.gets_nothing().await;
    let held = first.receive_many(2).await;
    assert_eq!(texts(&held), numbers(2..4));
    drop((held, first));
    let came = third.work_off(4).await;
    assert_eq!(in_order(bench, came), numbers(2..6));
    fourth.gets_nothing().await;
    third.cancel().await;
    client.send("q", "6").await;
    assert_eq!(fourth.work_off(1).await, ["6"]);
}

async fn a_lost_connection_hands_over_to_another_one(bench: &Bench) {
    let (client, [mut first, _second, _third]) = three_consumers(bench).await;
    let other = bench.connect().await;
    let mut fourth = other.consume("q", 2).await;
    assert_eq!(texts(&first.receive_many(2).await), numbers(0..2));
    fourth.gets_nothing().await;
    client.close().await;
    let came = fourth.work_off(6).await;
    assert_eq!(in_order(bench, came), numbers(0..6));
}

properties![
    one_consumer_gets_everything_also_while_it_has_no_room,
    the_next_one_takes_over_from_a_cancelled_one_which_keeps_what_it_holds,
    the_next_one_takes_over_from_a_lost_one_and_gets_what_that_held,
    whoever_waited_longest_takes_over,
    a_lost_connection_hands_over_to_another_one,
];
