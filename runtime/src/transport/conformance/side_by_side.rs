//! Random topologies and random steps on RabbitMQ and in memory, side by side: whatever one answers
//! and delivers, the other does too.

use futures_util::future::join_all;
use lapin::types::{AMQPValue, FieldTable};
use urutu_test_broker::Broker;

use super::bench::{Bench, Client, Consumer};
use super::dice::Dice;
use crate::spec::QueueKind;
use crate::topology::{Binding, Queue, Topology};
use crate::transport::{Delivered, Publish};

const EXCHANGES: [&str; 3] = ["x", "y", "z"];
const QUEUES: [&str; 3] = ["a", "b", "c"];
/// Each of [`QUEUES`] dead-letters to its own of these, as dead letters of two queues race.
const DEAD: [&str; 3] = ["a.dead", "b.dead", "c.dead"];
/// Likewise for each of [`DEAD`], so that a message may die twice.
const GRAVES: [&str; 3] = ["a.grave", "b.grave", "c.grave"];
const STEPS: usize = 200;

/// One of the two, with a consumer on each queue.
struct Side {
    client: Client,
    consumers: Vec<Consumer>,
}

impl Side {
    async fn new(bench: &Bench, topology: &Topology) -> Self {
        let client = bench.connect().await;
        client
            .try_declare(topology)
            .await
            .expect("the topology is declared");
        let mut consumers = Vec::new();
        for queue in QUEUES.into_iter().chain(DEAD).chain(GRAVES) {
            consumers.push(client.consume(queue, 1).await);
        }
        Self { client, consumers }
    }
}

/// What can be compared of a delivery.
fn seen(delivered: &Delivered) -> impl PartialEq + std::fmt::Debug + use<> {
    let headers = delivered.properties.headers().as_ref().map(without_times);
    let place = (delivered.exchange.clone(), delivered.routing_key.clone());
    (
        delivered.body.clone(),
        place,
        delivered.redelivered,
        headers,
    )
}

/// Headers without the times in `x-death`.
fn without_times(headers: &FieldTable) -> FieldTable {
    let mut headers = headers.inner().clone();
    if let Some(AMQPValue::FieldArray(deaths)) = headers.get_mut("x-death") {
        let timeless = deaths.as_slice().iter().cloned().map(|death| match death {
            AMQPValue::FieldTable(death) => {
                let mut death = death.inner().clone();
                death.remove("time");
                AMQPValue::FieldTable(death.into())
            }
            other => other,
        });
        *deaths = timeless.collect::<Vec<_>>().into();
    }
    headers.into()
}

fn random_topology(bench: &Bench, dice: &mut Dice) -> Topology {
    let mut topology = bench.exchanges(&EXCHANGES);
    topology
        .queues
        .extend(GRAVES.map(|grave| bench.queue(grave)));
    for (queue, dead) in QUEUES
        .into_iter()
        .chain(DEAD)
        .zip(DEAD.into_iter().chain(GRAVES))
    {
        let dead_letter = Some(bench.dead_letter_queue(dead));
        topology.queues.push(Queue {
            dead_letter,
            ..bench.queue(queue)
        });
    }
    topology.bindings = (0..10).map(|_| random_binding(bench, dice)).collect();
    topology
}

fn random_binding(bench: &Bench, dice: &mut Dice) -> Binding {
    let words: Vec<_> = (0..dice.roll(4))
        .map(|_| dice.pick(&["p", "q", "*", "#"]))
        .collect();
    let (exchange, key) = (dice.pick(&EXCHANGES), words.join("."));
    match dice.roll(4) {
        0 => bench.exchange_binding(exchange, &key, dice.pick(&EXCHANGES)),
        _ => bench.binding(exchange, &key, dice.pick(&QUEUES)),
    }
}

fn random_message(client: &Client, step: usize, dice: &mut Dice) -> Publish {
    let words: Vec<_> = (0..dice.roll(4))
        .map(|_| dice.pick(&["p", "q", "r"]))
        .collect();
    let exchange = if dice.roll(20) == 0 {
        "missing"
    } else {
        dice.pick(&EXCHANGES)
    };
    let message = client.message(exchange, &words.join("."), &step.to_string());
    Publish {
        mandatory: dice.roll(2) == 0,
        ..message
    }
}

/// One random walk; returns how many deliveries were compared. In memory nothing has to be waited for,
/// so that side says what to wait for.
async fn walk(seed: u32, real: &Bench, memory: &Bench) -> usize {
    let mut compared = 0;
    let mut dice = Dice::new(seed);
    let topology = random_topology(real, &mut dice);
    let mut real = Side::new(real, &topology).await;
    let mut memory = Side::new(memory, &topology).await;
    for step in 0..STEPS {
        let at = format!("seed {seed}, step {step}, {topology:?}");
        if dice.roll(2) == 0 {
            let message = random_message(&real.client, step, &mut dice);
            let expected = real.client.try_publish(message.clone()).await;
            assert_eq!(memory.client.try_publish(message).await, expected, "{at}");
            continue;
        }
        let queue = dice.roll(real.consumers.len());
        let Some(ours) = memory.consumers[queue].receive_now() else {
            continue;
        };
        let theirs = real.consumers[queue].receive().await;
        assert_eq!(seen(&ours), seen(&theirs), "{at}");
        compared += 1;
        let requeue = dice.roll(2) == 0;
        let settled = if dice.roll(2) == 0 {
            (ours.settle.ack().await, theirs.settle.ack().await)
        } else {
            (
                ours.settle.reject(requeue).await,
                theirs.settle.reject(requeue).await,
            )
        };
        assert_eq!(settled, (Ok(()), Ok(())), "{at}");
    }
    for (ours, theirs) in memory.consumers.iter_mut().zip(&mut real.consumers) {
        while let Some(ours) = ours.receive_now() {
            let theirs = theirs.receive().await;
            assert_eq!(seen(&ours), seen(&theirs), "seed {seed}, {topology:?}");
            compared += 1;
            assert_eq!(
                (ours.settle.ack().await, theirs.settle.ack().await),
                (Ok(()), Ok(()))
            );
        }
    }
    join_all(real.consumers.iter_mut().map(Consumer::gets_nothing)).await;
    compared
}

// Classic queues: where a quorum queue puts what comes back differs between releases of RabbitMQ.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_walks_on_broker_amqp_and_in_memory_agree() {
    let broker = Broker::start();
    let mut compared = 0;
    for seed in 1..=12 {
        let real = Bench::on_rabbitmq(&broker, QueueKind::Classic);
        let memory = Bench::in_memory(QueueKind::Classic).named_as(&real);
        compared += walk(seed, &real, &memory).await;
    }
    assert!(compared > 500, "only {compared} deliveries were compared");
}
