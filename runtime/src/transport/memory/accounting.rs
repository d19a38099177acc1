//! The pure broker under thousands of random steps: no message is lost, none is there twice, and no
//! consumer holds more than its prefetch.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use lapin::BasicProperties;

use super::broker::{Broker, Next};
use super::consumer::{ConnectionId, ConsumerId, DeliveryTag};
use super::message::Message;
use crate::spec::{Overflow, QueueArguments, QueueKind};
use crate::topology::{DeadLetter, Queue, Topology};
use crate::transport::Publish;
use crate::transport::conformance::dice::Dice;

const QUEUES: [&str; 4] = ["quick", "slow", "plain", "dead"];

struct HeldDelivery {
    consumer: ConsumerId,
    tag: DeliveryTag,
    number: u64,
}

/// A broker and what its clients know.
struct World {
    broker: Broker,
    connection: ConnectionId,
    now: Instant,
    consumers: Vec<(ConsumerId, u16)>,
    held: Vec<HeldDelivery>,
    published: u64,
    acked: BTreeSet<u64>,
}

fn topology() -> Topology {
    let queue = |name: &'static str, ttl: Option<u64>, next: Option<&'static str>| Queue {
        name: name.into(),
        kind: QueueKind::Quorum,
        arguments: QueueArguments {
            message_ttl: ttl.map(Duration::from_millis),
            ..QueueArguments::NONE
        },
        dead_letter: next.map(|next| DeadLetter {
            exchange: "".into(),
            routing_key: Some(next.into()),
        }),
    };
    let mut slow = queue("slow", Some(50), Some("plain"));
    slow.arguments.single_active_consumer = true;
    let mut plain = queue("plain", None, Some("dead"));
    plain.arguments.max_priority = Some(2);
    plain.arguments.max_length = Some(5);
    plain.arguments.overflow = Overflow::DropHead;
    let queues = vec![
        queue("quick", Some(0), Some("slow")),
        slow,
        plain,
        queue("dead", None, Some("dead")),
    ];
    Topology {
        queues,
        ..Topology::default()
    }
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        let mut broker = Broker::new(now, SystemTime::UNIX_EPOCH);
        let connection = broker.connect();
        broker.declare(&topology(), now).unwrap();
        Self {
            broker,
            connection,
            now,
            consumers: Vec::new(),
            held: Vec::new(),
            published: 0,
            acked: BTreeSet::new(),
        }
    }

    fn step(&mut self, dice: &mut Dice) {
        match dice.roll(12) {
            0..4 => self.publish(dice),
            4..7 => self.take(dice),
            7 | 8 => self.settle(dice),
            9 if self.consumers.len() < 6 => {
                let prefetch = u16::try_from(1 + dice.roll(5)).unwrap();
                self.consume(dice.pick(&QUEUES), prefetch);
            }
            10 if !self.consumers.is_empty() => {
                let (consumer, _) = self.consumers.swap_remove(dice.roll(self.consumers.len()));
                self.broker.remove_consumer(consumer, self.now);
                self.held.retain(|held| held.consumer != consumer);
            }
            _ => {
                self.now += Duration::from_millis(dice.roll(40) as u64);
                self.broker.run(self.now);
            }
        }
    }

    fn publish(&mut self, dice: &mut Dice) {
        let queue = dice.pick(&QUEUES);
        let priority = u8::try_from(dice.roll(4)).unwrap();
        let mut properties = BasicProperties::default().with_priority(priority);
        // What expires in the last queue has nowhere to go.
        if queue != "dead" && dice.roll(3) == 0 {
            properties = properties.with_expiration(dice.roll(100).to_string().into());
        }
        let publish = Publish {
            exchange: "".into(),
            routing_key: queue.into(),
            mandatory: true,
            properties: properties.into(),
            body: Bytes::copy_from_slice(&self.published.to_be_bytes()),
        };
        let mandatory = publish.mandatory;
        let message = Arc::new(Message::accept(publish).unwrap());
        self.broker.publish(&message, mandatory, self.now).unwrap();
        self.published += 1;
    }

    fn consume(&mut self, queue: &str, prefetch: u16) {
        let consumer = self
            .broker
            .consume(self.connection, queue, prefetch, self.now)
            .unwrap();
        self.consumers.push((consumer, prefetch));
    }

    fn take(&mut self, dice: &mut Dice) {
        if self.consumers.is_empty() {
            return;
        }
        let (consumer, prefetch) = self.consumers[dice.roll(self.consumers.len())];
        if let Next::Delivery(delivery) = self.broker.next(consumer) {
            let number = u64::from_be_bytes(delivery.message.body[..].try_into().unwrap());
            assert!(
                !self.acked.contains(&number),
                "{number} was acked and came again"
            );
            assert!(
                self.held.iter().all(|held| held.number != number),
                "{number} came twice"
            );
            self.held.push(HeldDelivery {
                consumer,
                tag: delivery.tag,
                number,
            });
            let holds = self
                .held
                .iter()
                .filter(|held| held.consumer == consumer)
                .count();
            assert!(
                holds <= prefetch.into(),
                "{holds} held with a prefetch of {prefetch}"
            );
        }
    }

    fn settle(&mut self, dice: &mut Dice) {
        if self.held.is_empty() {
            return;
        }
        let HeldDelivery {
            consumer,
            tag,
            number,
        } = self.held.swap_remove(dice.roll(self.held.len()));
        match dice.roll(3) {
            0 => {
                self.broker.ack(consumer, tag, self.now).unwrap();
                self.acked.insert(number);
            }
            choice => self
                .broker
                .reject(consumer, tag, choice == 1, self.now)
                .unwrap(),
        }
        assert!(
            self.broker.ack(consumer, tag, self.now).is_err(),
            "{number} was settled twice"
        );
    }

    /// Takes everything that is left, and counts.
    fn settle_accounts(mut self) {
        for (consumer, _) in self.consumers.drain(..) {
            self.broker.remove_consumer(consumer, self.now);
        }
        self.held.clear();
        self.now += Duration::from_secs(1);
        self.broker.run(self.now);
        assert_eq!(
            self.broker.next_deadline(),
            None,
            "what could expire has expired"
        );
        let mut left = Vec::new();
        for queue in QUEUES {
            let consumer = self
                .broker
                .consume(self.connection, queue, 0, self.now)
                .unwrap();
            while let Next::Delivery(delivery) = self.broker.next(consumer) {
                left.push(u64::from_be_bytes(
                    delivery.message.body[..].try_into().unwrap(),
                ));
            }
        }
        left.extend(self.acked);
        left.sort_unstable();
        assert_eq!(left, (0..self.published).collect::<Vec<_>>());
    }
}

#[test]
fn every_message_is_in_one_place_after_any_steps() {
    for seed in 1..=100 {
        let mut dice = Dice::new(seed);
        let mut world = World::new();
        for _ in 0..500 {
            world.step(&mut dice);
        }
        world.settle_accounts();
    }
}
