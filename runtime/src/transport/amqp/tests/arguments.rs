use std::time::Duration;

use urutu_test_broker::Broker;

use super::*;
use crate::spec::Overflow;
use crate::topology::DeadLetter;
use crate::transport::PublishFailure;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_arguments() {
    let broker = Broker::start();
    let transport = connect(&broker.url()).await;
    all_arguments_arrive(&broker, &transport).await;
    a_full_queue_drops_its_head_or_refuses(&transport).await;
}

fn dead_letter() -> DeadLetter {
    DeadLetter {
        exchange: "".into(),
        routing_key: Some("dead".into()),
    }
}

/// Every argument that a quorum queue has.
fn quorum() -> Queue {
    Queue {
        arguments: QueueArguments {
            max_length: Some(1_000),
            max_length_bytes: Some(1 << 40),
            message_ttl: Some(Duration::from_secs(7 * 86_400)),
            delivery_limit: Some(20),
            single_active_consumer: true,
            ..QueueArguments::NONE
        },
        dead_letter: Some(dead_letter()),
        ..queue("limited.quorum", QueueKind::Quorum)
    }
}

/// Every argument that a classic queue has.
fn classic() -> Queue {
    Queue {
        arguments: QueueArguments {
            max_length: Some(2),
            max_length_bytes: Some(1 << 40),
            overflow: Overflow::DropHead,
            single_active_consumer: true,
            max_priority: Some(9),
            ..QueueArguments::expiring(Duration::from_secs(60))
        },
        dead_letter: Some(dead_letter()),
        ..queue("limited.classic", QueueKind::Classic)
    }
}

async fn all_arguments_arrive(broker: &Broker, transport: &AmqpTransport) {
    declare(transport, &bound(quorum())).await;
    declare(transport, &bound(classic())).await;
    let listed = broker.ctl(&["list_queues", "--quiet", "name", "arguments"]);
    let line = |name: &str| {
        let line = listed.lines().find(|line| line.contains(name));
        line.unwrap_or_else(|| panic!("{name} is not among {listed}"))
            .to_owned()
    };
    let common = [
        "{\"x-single-active-consumer\",true}",
        "{\"x-max-length-bytes\",1099511627776}",
    ];
    let quorum = [
        "{\"x-queue-type\",\"quorum\"}",
        "{\"x-max-length\",1000}",
        "{\"x-overflow\",\"reject-publish\"}",
        "{\"x-message-ttl\",604800000}",
        "{\"x-delivery-limit\",20}",
        "{\"x-dead-letter-strategy\",\"at-least-once\"}",
    ];
    let classic = [
        "{\"x-queue-type\",\"classic\"}",
        "{\"x-max-length\",2}",
        "{\"x-overflow\",\"drop-head\"}",
        "{\"x-message-ttl\",60000}",
        "{\"x-max-priority\",9}",
    ];
    for (name, arguments) in [
        ("limited.quorum", &quorum[..]),
        ("limited.classic", &classic[..]),
    ] {
        let line = line(name);
        for argument in common.iter().chain(arguments) {
            assert!(line.contains(argument), "{argument} is not in {line}");
        }
    }
}

async fn a_full_queue_drops_its_head_or_refuses(transport: &AmqpTransport) {
    declare(transport, &bound(queue("dead", QueueKind::Classic))).await;
    publish_all(transport, "limited.classic", 3).await;
    let mut dead = subscribe(transport, "dead", 1).await;
    receive(dead.as_mut(), ["0".to_owned()]).await;

    let refusing = Queue {
        arguments: QueueArguments {
            overflow: Overflow::RejectPublish,
            ..classic().arguments
        },
        ..queue("refusing", QueueKind::Classic)
    };
    declare(transport, &bound(refusing)).await;
    publish_all(transport, "refusing", 2).await;
    match soon("publish", transport.publish(message("refusing", "2"))).await {
        Err(PublishFailure::Nacked(why)) => assert!(why.contains("full"), "{why}"),
        other => panic!("a full queue takes no more: {other:?}"),
    }
}
