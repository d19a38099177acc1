//! What exists otherwise, or is locked.

use std::time::Duration;

use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, QueueDeclareOptions};
use urutu_test_broker::Broker;

use super::*;
use crate::spec::Overflow;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_conflicts() {
    let broker = Broker::start();
    let transport = connect(&broker.url()).await;
    every_argument_is_named_with_both_values(&transport).await;
    all_differences_are_named_at_once(&transport).await;
    a_long_name_leaves_no_room_for_the_value(&transport).await;
    what_others_declared_is_described(&broker, &transport).await;
    an_exchange_of_another_kind_is_described(&broker, &transport).await;
    another_alternate_exchange_is_named(&broker, &transport).await;
    what_the_broker_has_cut_of_an_exchange_is_no_difference(&broker, &transport).await;
    an_exclusive_queue_is_locked(&broker, &transport).await;
}

/// A queue `one` with at most ten messages, changed.
fn one(change: impl FnOnce(&mut QueueArguments)) -> Queue {
    let mut arguments = QueueArguments {
        max_length: Some(10),
        ..QueueArguments::NONE
    };
    change(&mut arguments);
    Queue {
        arguments,
        ..queue("one", QueueKind::Classic)
    }
}

async fn every_argument_is_named_with_both_values(transport: &AmqpTransport) {
    let cases = [
        (
            one(|limits| limits.max_length = Some(5)),
            "`x-max-length` is 10 on the broker and 5 in the contract",
        ),
        (
            one(|limits| limits.max_length_bytes = Some(1_000)),
            "`x-max-length-bytes` is not set on the broker and 1000 in the contract",
        ),
        (
            one(|limits| limits.overflow = Overflow::DropHead),
            "`x-overflow` is `reject-publish` on the broker and `drop-head` in the contract",
        ),
        (
            one(|limits| limits.message_ttl = Some(Duration::from_secs(2))),
            "`x-message-ttl` is not set on the broker and 2000 ms in the contract",
        ),
        (
            one(|limits| limits.single_active_consumer = true),
            "`x-single-active-consumer` is not set on the broker and true in the contract",
        ),
        (
            one(|limits| limits.max_priority = Some(9)),
            "`x-max-priority` is not set on the broker and 9 in the contract",
        ),
        (
            Queue {
                dead_letter: Some(to("grave")),
                ..one(|_| ())
            },
            "`x-dead-letter-routing-key` is not set on the broker and `grave` in the contract",
        ),
        (
            Queue {
                kind: QueueKind::Quorum,
                ..one(|_| ())
            },
            "`x-queue-type` is `classic` on the broker and `quorum` in the contract",
        ),
        // What the contract no longer limits is told as well.
        (
            one(|limits| limits.max_length = None),
            "`x-max-length` is 10 on the broker and not set in the contract, `x-overflow` is `reject-publish` on the broker and not set in the contract;",
        ),
    ];
    declare(transport, &only(one(|_| ()))).await;
    for (asked, difference) in cases {
        let why = refusal(transport.declare(&only(asked)).await);
        let begin = "the queue `one` exists with other properties: ";
        holds(&why, &[begin, difference, "delete_queue one"]);
    }
    let counted = |limit| Queue {
        arguments: QueueArguments {
            delivery_limit: Some(limit),
            ..QueueArguments::NONE
        },
        ..queue("counted", QueueKind::Quorum)
    };
    declare(transport, &only(counted(20))).await;
    let why = refusal(transport.declare(&only(counted(3))).await);
    let difference = "`x-delivery-limit` is 20 on the broker and 3 in the contract";
    holds(&why, &[difference]);
}

async fn all_differences_are_named_at_once(transport: &AmqpTransport) {
    let declared = Queue {
        arguments: QueueArguments::expiring(Duration::from_secs(60)),
        dead_letter: Some(to("first")),
        ..queue("many", QueueKind::Quorum)
    };
    declare(transport, &only(declared.clone())).await;
    let asked = Queue {
        arguments: QueueArguments {
            max_length: Some(7),
            delivery_limit: Some(3),
            single_active_consumer: true,
            ..QueueArguments::expiring(Duration::from_secs(61))
        },
        dead_letter: Some(to("second")),
        ..declared.clone()
    };
    let why = refusal(transport.declare(&only(asked)).await);
    holds(
        &why,
        &[
            "`x-dead-letter-routing-key` is `first` on the broker and `second` in the contract, ",
            "`x-delivery-limit` is not set on the broker and 3 in the contract, ",
            "`x-max-length` is not set on the broker and 7 in the contract, ",
            "`x-message-ttl` is 60000 ms on the broker and 61000 ms in the contract, ",
            "`x-single-active-consumer` is not set on the broker and true in the contract; ",
        ],
    );
    assert!(!why.contains("there may be more"), "{why}");
    // Asking so often has changed nothing.
    declare(transport, &only(declared)).await;
}

/// RabbitMQ cuts what it says at 255 bytes.
async fn a_long_name_leaves_no_room_for_the_value(transport: &AmqpTransport) {
    let name: &'static str = "long".repeat(55).leak();
    let ten = Queue {
        arguments: QueueArguments {
            max_length: Some(10),
            ..QueueArguments::NONE
        },
        ..queue(name, QueueKind::Classic)
    };
    declare(transport, &only(ten.clone())).await;
    let five = Queue {
        arguments: QueueArguments {
            max_length: Some(5),
            ..QueueArguments::NONE
        },
        ..ten
    };
    let why = refusal(transport.declare(&only(five)).await);
    holds(
        &why,
        &[
            "`x-max-length` is something else on the broker and 5 in the contract",
            "(there may be more: `urutu topology verify` shows all)",
        ],
    );
}

async fn what_others_declared_is_described(broker: &Broker, transport: &AmqpTransport) {
    let (_connection, channel) = raw_channel(&broker.url()).await;
    let fleeting = QueueDeclareOptions {
        auto_delete: true,
        ..QueueDeclareOptions::default()
    };
    let mut arguments = FieldTable::default();
    arguments.insert("x-expires".into(), AMQPValue::LongInt(600_000));
    channel
        .queue_declare("fleeting".into(), fleeting, arguments)
        .await
        .unwrap();
    let why = refusal(
        transport
            .declare(&only(queue("fleeting", QueueKind::Classic)))
            .await,
    );
    holds(
        &why,
        &[
            "`auto_delete` is true on the broker and false in the contract, ",
            "`durable` is false on the broker and true in the contract, ",
            "`x-expires` is 600000 on the broker and not set in the contract; ",
        ],
    );

    // A client that says nothing of the type gets a classic queue: that is what it is.
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare("untyped".into(), durable, FieldTable::default())
        .await
        .unwrap();
    declare(transport, &only(queue("untyped", QueueKind::Classic))).await;

    let mut stream = FieldTable::default();
    stream.insert("x-queue-type".into(), text("stream"));
    stream.insert("x-max-age".into(), text("1D"));
    channel
        .queue_declare("stream".into(), durable, stream)
        .await
        .unwrap();
    let why = refusal(
        transport
            .declare(&only(queue("stream", QueueKind::Quorum)))
            .await,
    );
    holds(&why, &["the queue `stream` exists with other properties: "]);
}

async fn an_exchange_of_another_kind_is_described(broker: &Broker, transport: &AmqpTransport) {
    let (_connection, channel) = raw_channel(&broker.url()).await;
    let mut arguments = FieldTable::default();
    arguments.insert("alternate-exchange".into(), text("amq.fanout"));
    let options = ExchangeDeclareOptions {
        auto_delete: true,
        internal: true,
        ..ExchangeDeclareOptions::default()
    };
    channel
        .exchange_declare("odd".into(), ExchangeKind::Direct, options, arguments)
        .await
        .unwrap();
    let why = refusal(transport.declare(&only_exchange("odd")).await);
    holds(
        &why,
        &[
            "the exchange `odd` exists with other properties: ",
            "`alternate-exchange` is `amq.fanout` on the broker and not set in the contract, ",
            "`auto_delete` is true on the broker and false in the contract, ",
            "`durable` is false on the broker and true in the contract, ",
            "`internal` is true on the broker and false in the contract, ",
            "`type` is `direct` on the broker and `topic` in the contract; ",
            "durable topic exchanges",
        ],
    );
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    channel
        .exchange_declare(
            "fan".into(),
            ExchangeKind::Fanout,
            durable,
            FieldTable::default(),
        )
        .await
        .unwrap();
    let why = refusal(transport.declare(&only_exchange("fan")).await);
    holds(
        &why,
        &["properties: `type` is `fanout` on the broker and `topic` in the contract; "],
    );
    assert!(!why.contains("there may be more"), "{why}");
}

async fn another_alternate_exchange_is_named(broker: &Broker, transport: &AmqpTransport) {
    let (_connection, channel) = raw_channel(&broker.url()).await;
    for (name, kind, alternate, differences) in [
        (
            "without",
            ExchangeKind::Topic,
            None,
            "`alternate-exchange` is not set on the broker and `amq.fanout` in the contract; ",
        ),
        (
            "with.another",
            ExchangeKind::Topic,
            Some("amq.topic"),
            "`alternate-exchange` is `amq.topic` on the broker and `amq.fanout` in the contract; ",
        ),
        (
            "with.the.same",
            ExchangeKind::Direct,
            Some("amq.fanout"),
            "`type` is `direct` on the broker and `topic` in the contract; ",
        ),
    ] {
        let mut arguments = FieldTable::default();
        if let Some(alternate) = alternate {
            arguments.insert("alternate-exchange".into(), text(alternate));
        }
        let durable = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        let declared = channel.exchange_declare(name.into(), kind, durable, arguments);
        declared.await.unwrap();
        let wanted = Topology {
            exchanges: vec![Exchange {
                alternate: Some("amq.fanout".into()),
                ..Exchange::new(name)
            }],
            ..Topology::default()
        };
        let why = refusal(transport.declare(&wanted).await);
        let begin = format!("the exchange `{name}` exists with other properties: {differences}");
        holds(&why, &[&begin]);
        assert!(!why.contains("there may be more"), "{why}");
    }
}

/// Its words on the alternate exchange have no room beside the name, its words on the type have.
async fn what_the_broker_has_cut_of_an_exchange_is_no_difference(
    broker: &Broker,
    transport: &AmqpTransport,
) {
    const NAME: &str = concat!(
        "an.exchange.with.a.name.that.is.so.long.that.the.broker.has.no.room.for.",
        "what.it.says.of.its.alternate.exchange.behind.it"
    );
    let (_connection, channel) = raw_channel(&broker.url()).await;
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    let none = FieldTable::default();
    let declared = channel.exchange_declare(NAME.into(), ExchangeKind::Direct, durable, none);
    declared.await.unwrap();
    let why = refusal(transport.declare(&only_exchange(NAME)).await);
    let only = "properties: `type` is `direct` on the broker and `topic` in the contract";
    holds(&why, &[only, "there may be more"]);
    assert!(!why.contains("alternate-exchange"), "{why}");
}

async fn an_exclusive_queue_is_locked(broker: &Broker, transport: &AmqpTransport) {
    let (_connection, channel) = raw_channel(&broker.url()).await;
    let exclusive = QueueDeclareOptions {
        exclusive: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare("mine".into(), exclusive, FieldTable::default())
        .await
        .unwrap();
    let asked = only(queue("mine", QueueKind::Classic));
    let words = [
        "the queue `mine` exists with other properties: `exclusive` is true on the broker and false in the contract; ",
        "another connection has the queue for itself",
    ];
    holds(&refusal(transport.declare(&asked).await), &words);
    holds(&refusal(transport.verify(&asked).await), &words);
}
