//! Looking at what is there without creating it, and what a user may not do.

use urutu_test_broker::Broker;

use super::super::conflict::uncreatable;
use super::super::declare::send;
use super::*;
use crate::topology::Declaration;
use crate::transport::PublishFailure;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_verifying() {
    let broker = Broker::start();
    let transport = connect(&broker.url()).await;
    verifying_creates_nothing(&broker, &transport).await;
    what_is_gone_is_not_created_by_a_look(&broker).await;
    a_missing_permission_is_named(&broker).await;
}

async fn verifying_creates_nothing(broker: &Broker, transport: &AmqpTransport) {
    let there = Queue {
        arguments: QueueArguments {
            max_length: Some(10),
            ..QueueArguments::NONE
        },
        dead_letter: Some(to("grave")),
        ..queue("there", QueueKind::Quorum)
    };
    declare(transport, &bound(there.clone())).await;
    assert_eq!(transport.verify(&bound(there.clone())).await, Ok(()));
    let classic = queue("there.classic", QueueKind::Classic);
    declare(transport, &bound(classic.clone())).await;
    assert_eq!(transport.verify(&bound(classic)).await, Ok(()));

    let before = broker.queues();
    let mut wanted = bound(queue("absent", QueueKind::Quorum));
    wanted.exchanges.push(Exchange::new("nowhere"));
    wanted.queues.push(Queue {
        arguments: QueueArguments {
            max_length: Some(5),
            ..QueueArguments::NONE
        },
        dead_letter: Some(to("tomb")),
        ..there
    });
    let why = missing(transport.verify(&wanted).await);
    holds(
        &why,
        &[
            "the exchange `nowhere` does not exist",
            "the queue `absent` does not exist",
            "`x-max-length` is 10 on the broker and 5 in the contract",
            "`x-dead-letter-routing-key` is `grave` on the broker and `tomb` in the contract",
        ],
    );
    assert_eq!(broker.queues(), before);
    let exchanges = broker.ctl(&["list_exchanges", "name"]);
    assert!(!exchanges.contains("nowhere"), "{exchanges}");
}

/// An argument that no new object can have is what keeps a look from creating one that was deleted a moment ago.
async fn what_is_gone_is_not_created_by_a_look(broker: &Broker) {
    let before = broker.queues();
    let exchange = Exchange::new("gone");
    for gone in [
        Declaration::from(&queue("gone", QueueKind::Quorum)),
        Declaration::from(&queue("gone", QueueKind::Classic)),
        Declaration::from(&exchange),
        Declaration::from(&Exchange {
            alternate: Some("amq.fanout".into()),
            ..exchange
        }),
    ] {
        let (_connection, channel) = raw_channel(&broker.url()).await;
        let sent = send(&channel, &gone, Some(uncreatable(&gone.object))).await;
        assert!(sent.is_err(), "a look has created the {}", gone.object);
    }
    assert_eq!(broker.queues(), before);
    let exchanges = broker.ctl(&["list_exchanges", "name"]);
    assert!(!exchanges.contains("gone"), "{exchanges}");
}

async fn a_missing_permission_is_named(broker: &Broker) {
    broker.ctl(&["add_user", "reader", "secret"]);
    broker.ctl(&["set_permissions", "reader", "^$", "^$", "^there$"]);
    let url = broker.url().replace("guest:guest", "reader:secret");
    let reader = connect(&url).await;
    let advice = [
        "grant it (`rabbitmqctl set_permissions`), or create the topology as another user (`urutu topology apply`)",
    ];
    let why = refusal(
        reader
            .declare(&only(queue("there", QueueKind::Quorum)))
            .await,
    );
    holds(
        &why,
        &[
            "cannot declare the queue `there`: the user `reader` lacks the permission `configure` or `read` on the queue `there` in the vhost `/` (ACCESS_REFUSED); ",
            advice[0],
        ],
    );
    let why = refusal(reader.declare(&only_exchange("shop")).await);
    holds(
        &why,
        &[
            "lacks the permission `configure` on the exchange `shop`",
            advice[0],
        ],
    );
    let binding = Topology {
        bindings: bound(queue("there", QueueKind::Quorum)).bindings,
        ..Topology::default()
    };
    let why = refusal(reader.declare(&binding).await);
    holds(
        &why,
        &[
            "cannot bind the queue `there` to the exchange `shop` by `there`: ",
            "lacks the permission `write` on the queue `there`",
        ],
    );
    match reader.consume("there.classic", 1).await {
        Err(TransportError::Refused(why)) => holds(
            &why,
            &[
                "cannot consume the queue `there.classic`: ",
                "lacks the permission `read` on the queue `there.classic`",
            ],
        ),
        other => panic!("a refusal was expected: {:?}", other.err()),
    }
    match soon("publish", reader.publish(message("there", "1"))).await {
        Err(PublishFailure::Refused(why)) => {
            holds(
                &why,
                &["lacks the permission `write` on the exchange `shop`"],
            );
        }
        other => panic!("a refusal was expected: {other:?}"),
    }
    // Who may not declare can still verify that things exist; the properties are not shown to them.
    let other = Queue {
        arguments: QueueArguments {
            max_length: Some(5),
            ..QueueArguments::NONE
        },
        ..queue("there", QueueKind::Quorum)
    };
    assert_eq!(reader.verify(&only(other)).await, Ok(()));
    let why = missing(
        reader
            .verify(&only(queue("absent", QueueKind::Quorum)))
            .await,
    );
    holds(&why, &["the queue `absent` does not exist"]);
}
