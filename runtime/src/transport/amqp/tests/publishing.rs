use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use lapin::options::QueueDeclareOptions;
use urutu_test_broker::Broker;

use super::*;
use crate::topology::DeadLetter;
use crate::transport::{PublishFailure, TransportError};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_publishing() {
    let broker = Broker::start();
    let url = broker.url();
    let transport = connect(&url).await;
    everything_travels(&transport).await;
    only_mandatory_publishes_can_be_unroutable(&transport).await;
    a_missing_exchange_harms_no_neighbour(&transport).await;
    a_poisonous_publish_is_found_among_its_neighbours(&transport).await;
    one_alone_and_several_keep_their_order(&transport).await;
    a_full_queue_is_a_refusal(&transport, &url).await;
    after_a_refusal_another_channel_publishes(&broker, &transport).await;
    a_caller_that_gives_up_leaves_nothing_behind(&transport).await;
    a_conflict_names_the_queue_and_the_difference(&transport).await;
    what_amqp_cannot_carry_is_refused(&transport).await;
}

async fn everything_travels(transport: &AmqpTransport) {
    declare(transport, &bound(queue("travel", QueueKind::Quorum))).await;
    let mut headers = FieldTable::default();
    headers.insert("attempt".into(), AMQPValue::LongLongInt(3));
    headers.insert("origin".into(), text("checkout"));
    let properties = BasicProperties::default()
        .with_message_id("m-1".into())
        .with_content_type("application/json".into())
        .with_correlation_id("c-1".into())
        .with_type("shop.orders.OrderPlaced".into())
        .with_app_id("billing".into())
        .with_timestamp(1_700_000_000)
        .with_priority(4)
        .with_delivery_mode(2)
        .with_headers(headers);
    let mut subscription = subscribe(transport, "travel", 1).await;
    for body in [Vec::new(), vec![0, 255, 10], vec![7; 300_000]] {
        let publish = Publish {
            properties: properties.clone().into(),
            body: body.clone().into(),
            ..message("travel", "")
        };
        assert_eq!(soon("publish", transport.publish(publish)).await, Ok(()));
        let delivered = delivery(subscription.as_mut()).await;
        assert_eq!(
            (&*delivered.exchange, &*delivered.routing_key),
            ("shop", "travel")
        );
        assert!(!delivered.redelivered);
        assert_eq!(*delivered.properties, properties);
        assert_eq!(delivered.body, body);
        delivered.settle.ack().await.unwrap();
    }
}

async fn only_mandatory_publishes_can_be_unroutable(transport: &AmqpTransport) {
    assert_eq!(
        transport.publish(message("nowhere", "u-1")).await,
        Err(PublishFailure::Unroutable)
    );
    let optional = Publish {
        mandatory: false,
        ..message("nowhere", "u-2")
    };
    assert_eq!(transport.publish(optional).await, Ok(()));
    let nameless = Publish {
        properties: BasicProperties::default().into(),
        ..message("nowhere", "")
    };
    assert_eq!(
        transport.publish(nameless).await,
        Err(PublishFailure::Unroutable)
    );
}

async fn a_missing_exchange_harms_no_neighbour(transport: &AmqpTransport) {
    declare(transport, &bound(queue("neighbours", QueueKind::Classic))).await;
    let is_missing = |number: usize| number % 25 == 13;
    let outcomes: Vec<_> = stream::iter(0..300)
        .map(|number| async move {
            let mut publish = message("neighbours", &format!("n-{number}"));
            if is_missing(number) {
                publish.exchange = "no-such-exchange".into();
            }
            (number, transport.publish(publish).await)
        })
        .buffer_unordered(64)
        .collect()
        .await;
    assert_eq!(outcomes.len(), 300);
    for (number, outcome) in outcomes {
        let expected = if is_missing(number) {
            Err(PublishFailure::NoExchange)
        } else {
            Ok(())
        };
        assert_eq!(outcome, expected, "publish {number}");
    }
    let mut subscription = subscribe(transport, "neighbours", 100).await;
    let stored = (0..300)
        .filter(|number| !is_missing(*number))
        .map(|number| format!("n-{number}"));
    receive(subscription.as_mut(), stored).await;
}

/// The broker closes the channel over an `expiration` that is no number, and does not say whose it was.
async fn a_poisonous_publish_is_found_among_its_neighbours(transport: &AmqpTransport) {
    declare(transport, &bound(queue("poisoned", QueueKind::Classic))).await;
    let outcomes = futures_util::future::join_all((0..40).map(|number| {
        let mut publish = message("poisoned", &format!("p-{number}"));
        if number == 17 {
            publish = publish.with(|properties| properties.with_expiration("soon".into()));
        }
        transport.publish(publish)
    }));
    for (number, outcome) in soon("publish", outcomes).await.into_iter().enumerate() {
        match outcome {
            Err(PublishFailure::Refused(why)) if number == 17 => {
                assert!(why.contains("expiration"), "{why}");
            }
            outcome => assert_eq!(outcome, Ok(()), "publish {number}"),
        }
    }
    let mut subscription = subscribe(transport, "poisoned", 100).await;
    receive(
        subscription.as_mut(),
        (0..40)
            .filter(|number| *number != 17)
            .map(|number| format!("p-{number}")),
    )
    .await;
}

/// One alone is driven by its caller, and the next ones by the publisher's task.
async fn one_alone_and_several_keep_their_order(transport: &AmqpTransport) {
    declare(transport, &bound(queue("turns", QueueKind::Classic))).await;
    let mut stored = Vec::new();
    for round in 0..200 {
        let together: Vec<_> = (0..=round % 4)
            .map(|place| (place, format!("t-{round}-{place}")))
            .collect();
        let is_lost = |place: usize| place == round % 7;
        let outcomes = futures_util::future::join_all(together.iter().map(|(place, id)| {
            let key = if is_lost(*place) { "nowhere" } else { "turns" };
            transport.publish(message(key, id))
        }));
        let outcomes = soon("publish", outcomes).await;
        for ((place, id), outcome) in together.into_iter().zip(outcomes) {
            if is_lost(place) {
                assert_eq!(outcome, Err(PublishFailure::Unroutable), "{id}");
            } else {
                assert_eq!(outcome, Ok(()), "{id}");
                stored.push(id);
            }
        }
    }
    let mut subscription = subscribe(transport, "turns", 100).await;
    for id in stored {
        let delivered = delivery(subscription.as_mut()).await;
        assert_eq!(delivered.body, id);
        delivered.settle.ack().await.unwrap();
    }
}

async fn a_full_queue_is_a_refusal(transport: &AmqpTransport, url: &str) {
    let (_connection, channel) = raw_channel(url).await;
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(2));
    arguments.insert("x-overflow".into(), text("reject-publish"));
    let durable = QueueDeclareOptions {
        durable: true,
        ..Default::default()
    };
    channel
        .queue_declare("full".into(), durable, arguments)
        .await
        .unwrap();
    let to_full = |id: &str| Publish {
        exchange: "".into(),
        ..message("full", id)
    };
    assert_eq!(transport.publish(to_full("f-1")).await, Ok(()));
    assert_eq!(transport.publish(to_full("f-2")).await, Ok(()));
    match transport.publish(to_full("f-3")).await {
        Err(PublishFailure::Nacked(why)) => assert!(why.contains("full"), "{why}"),
        other => panic!("a full queue takes no more: {other:?}"),
    }
    count_becomes(&channel, "full", 2).await;
}

/// The channel may be why: it may look for the leader of a quorum queue where a node was lost.
async fn after_a_refusal_another_channel_publishes(broker: &Broker, transport: &AmqpTransport) {
    // The test before this one has filled it.
    let to_full = || Publish {
        exchange: "".into(),
        ..message("full", "one more")
    };
    let publishing = || -> Vec<String> {
        let listed = broker.ctl(&["list_channels", "--no-table-headers", "pid", "confirm"]);
        let confirming = listed.lines().filter(|line| line.ends_with("true"));
        confirming.map(str::to_owned).collect()
    };
    // The refusal in the test before this one was followed by another channel as well: it opens with the next publish.
    publish_all(transport, "travel", 1).await;
    let before = publishing();
    assert_eq!(before.len(), 1, "{before:?}");
    soon("another channel", async {
        loop {
            let refused = transport.publish(to_full()).await;
            assert!(
                matches!(refused, Err(PublishFailure::Nacked(_))),
                "{refused:?}"
            );
            publish_all(transport, "travel", 20).await;
            let now = publishing();
            // The one before is closed.
            if now.len() == 1 && now != before {
                return;
            }
        }
    })
    .await;
}

async fn a_caller_that_gives_up_leaves_nothing_behind(transport: &AmqpTransport) {
    declare(transport, &bound(queue("hurry", QueueKind::Classic))).await;
    for round in 0..50 {
        let key = if round % 2 == 0 { "hurry" } else { "nowhere" };
        // On a busy machine a publish may be decided while it is begun.
        let begun = transport
            .publish(message(key, &format!("gone-{round}")))
            .now_or_never();
        let expected = match key {
            "hurry" => Ok(()),
            _ => Err(PublishFailure::Unroutable),
        };
        assert!(begun.is_none_or(|decided| decided == expected));
        assert_eq!(
            transport
                .publish(message("hurry", &format!("h-{round}")))
                .await,
            Ok(())
        );
        assert_eq!(
            transport
                .publish(message("nowhere", &format!("x-{round}")))
                .await,
            Err(PublishFailure::Unroutable)
        );
    }
}

async fn a_conflict_names_the_queue_and_the_difference(transport: &AmqpTransport) {
    let plain = bound(queue("conflict", QueueKind::Classic));
    declare(transport, &plain).await;
    declare(transport, &plain).await;
    let changed = Queue {
        arguments: QueueArguments::expiring(Duration::from_secs(9)),
        ..queue("conflict", QueueKind::Classic)
    };
    match transport.declare(&bound(changed)).await {
        Err(TransportError::Refused(why)) => {
            assert!(
                why.contains("the queue `conflict`") && why.contains("x-message-ttl"),
                "{why}"
            );
            assert!(
                why.contains("9000") && why.contains("delete_queue conflict"),
                "{why}"
            );
        }
        other => panic!("another TTL conflicts: {other:?}"),
    }
    let mut unbindable = bound(queue("unbound", QueueKind::Classic));
    unbindable.bindings[0].exchange = "no-such-exchange".into();
    match transport.declare(&unbindable).await {
        Err(TransportError::Missing(why)) => assert!(
            why.contains("`unbound`") && why.contains("no-such-exchange"),
            "{why}"
        ),
        other => panic!("the exchange does not exist: {other:?}"),
    }
    let mut chained = bound(Queue {
        arguments: QueueArguments::expiring(Duration::from_millis(1)),
        dead_letter: Some(DeadLetter {
            exchange: "shop".into(),
            routing_key: Some("conflict".into()),
        }),
        ..queue("expiring", QueueKind::Quorum)
    });
    chained.exchanges.push(Exchange::new("upstream"));
    chained.bindings.push(Binding {
        exchange: "upstream".into(),
        key: "#".into(),
        to: Destination::Exchange("shop".into()),
    });
    declare(transport, &chained).await;
    declare(transport, &chained).await;
    let upstream = Publish {
        exchange: "upstream".into(),
        ..message("expiring", "e-1")
    };
    assert_eq!(transport.publish(upstream).await, Ok(()));
    let mut subscription = subscribe(transport, "conflict", 1).await;
    let expired = delivery(subscription.as_mut()).await;
    assert_eq!(expired.body, "e-1");
    expired.settle.ack().await.unwrap();
}

async fn what_amqp_cannot_carry_is_refused(transport: &AmqpTransport) {
    let long = Publish {
        routing_key: "k".repeat(256).into(),
        ..message("travel", "l-1")
    };
    match transport.publish(long).await {
        Err(PublishFailure::Refused(why)) => assert!(why.contains("256 bytes"), "{why}"),
        other => panic!("AMQP has no room for it: {other:?}"),
    }
}
