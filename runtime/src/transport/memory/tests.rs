//! What is this broker's own: exact order, its timer, and refusals that RabbitMQ answers by closing a
//! channel. The rest is in the conformance suite.

use std::time::Duration;

use bytes::Bytes;
use lapin::BasicProperties;
use tokio::runtime::{Builder, Handle};
use tokio::time::Instant;

use super::MemoryTransport;
use super::crowd::Asks;
use crate::spec::{QueueArguments, QueueKind};
use crate::topology::{Binding, DeadLetter, Destination, Exchange, Queue, Topology};
use crate::transport::{
    Delivered, Publish, PublishFailure, Subscription, Transport, TransportError, next,
};

fn queue(name: &'static str, kind: QueueKind) -> Queue {
    Queue {
        name: name.into(),
        kind,
        arguments: QueueArguments::NONE,
        dead_letter: None,
    }
}

/// A queue whose messages go to `dead` after a while.
fn delay(name: &'static str, ttl: Duration) -> Queue {
    let dead_letter = DeadLetter {
        exchange: "".into(),
        routing_key: Some("dead".into()),
    };
    Queue {
        arguments: QueueArguments::expiring(ttl),
        dead_letter: Some(dead_letter),
        ..queue(name, QueueKind::Quorum)
    }
}

fn message(queue: &'static str, body: &str) -> Publish {
    Publish {
        exchange: "".into(),
        routing_key: queue.into(),
        mandatory: true,
        properties: BasicProperties::default().into(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

async fn with_queues(queues: impl IntoIterator<Item = Queue>) -> MemoryTransport {
    let transport = MemoryTransport::new();
    let topology = Topology {
        queues: queues.into_iter().collect(),
        ..Topology::default()
    };
    transport.declare(&topology).await.unwrap();
    transport
}

async fn receive(subscription: &mut dyn Subscription) -> Delivered {
    next(subscription).await.unwrap().unwrap()
}

async fn bodies(subscription: &mut dyn Subscription, count: usize) -> Vec<(Bytes, bool)> {
    let mut all = Vec::new();
    for _ in 0..count {
        let delivered = receive(subscription).await;
        all.push((delivered.body, delivered.redelivered));
        delivered.settle.ack().await.unwrap();
    }
    all
}

/// The refusal of a declaration.
async fn refusal(transport: &MemoryTransport, topology: &Topology) -> String {
    match transport.declare(topology).await {
        Err(TransportError::Refused(text)) => text,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn what_comes_back_takes_its_old_place() {
    for kind in [QueueKind::Quorum, QueueKind::Classic] {
        let transport = with_queues([queue("q", kind)]).await;
        for body in ["a", "b", "c", "d", "e", "f"] {
            transport.publish(message("q", body)).await.unwrap();
        }
        let mut first = transport.consume("q", 4).await.unwrap();
        first.cancel().await.unwrap();
        let a = receive(first.as_mut()).await;
        let b = receive(first.as_mut()).await;
        let c = receive(first.as_mut()).await;
        c.settle.reject(true).await.unwrap();
        a.settle.reject(true).await.unwrap();
        b.settle.ack().await.unwrap();
        // It never saw `d`, yet that was on its way.
        drop(first);
        let mut second = transport.consume("q", 1).await.unwrap();
        let expected = [
            ("a", true),
            ("c", true),
            ("d", true),
            ("e", false),
            ("f", false),
        ];
        let expected = expected.map(|(body, again)| (Bytes::from(body), again));
        assert_eq!(bodies(second.as_mut(), 5).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn messages_expire_on_time_and_an_earlier_deadline_comes_first() {
    let (long, short) = (Duration::from_secs(3_600), Duration::from_secs(60));
    let queues = [
        delay("long", long),
        delay("short", short),
        queue("dead", QueueKind::Quorum),
    ];
    let transport = with_queues(queues).await;
    let started = Instant::now();
    transport.publish(message("long", "long")).await.unwrap();
    let mut dead = transport.consume("dead", 10).await.unwrap();
    // The timer sleeps for an hour by now.
    tokio::task::yield_now().await;
    transport.publish(message("short", "short")).await.unwrap();
    for (body, after) in [("short", short), ("long", long)] {
        assert_eq!(bodies(dead.as_mut(), 1).await, [(Bytes::from(body), false)]);
        let late = started.elapsed().abs_diff(after);
        assert!(
            late <= Duration::from_millis(2),
            "{body} came {late:?} off its time"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_timer_ends_with_the_broker() {
    let day = Duration::from_secs(86_400);
    let transport = with_queues([delay("q", day), queue("dead", QueueKind::Quorum)]).await;
    let subscription = transport.consume("dead", 1).await.unwrap();
    transport.publish(message("q", "a")).await.unwrap();
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 1);
    let started = Instant::now();
    drop((transport, subscription));
    while Handle::current().metrics().num_alive_tasks() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(started.elapsed() < day, "it ended because its time came");
}

#[test]
fn a_broker_outlives_the_runtime_that_its_timer_ran_on() {
    let runtime = || {
        Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
    };
    let transport = runtime().block_on(async {
        let ttl = Duration::from_millis(20);
        let transport = with_queues([delay("q", ttl), queue("dead", QueueKind::Quorum)]).await;
        transport.publish(message("q", "first")).await.unwrap();
        transport
    });
    runtime().block_on(async {
        let mut dead = transport.consume("dead", 1).await.unwrap();
        transport.publish(message("q", "second")).await.unwrap();
        let got = bodies(dead.as_mut(), 2).await;
        assert_eq!(
            got,
            [
                (Bytes::from("first"), false),
                (Bytes::from("second"), false)
            ]
        );
    });
}

#[tokio::test(start_paused = true)]
async fn a_quorum_queue_keeps_a_dead_letter_until_it_has_a_route() {
    for (kind, kept) in [(QueueKind::Quorum, true), (QueueKind::Classic, false)] {
        let waiting = Queue {
            arguments: QueueArguments::expiring(Duration::from_millis(10)),
            dead_letter: Some(DeadLetter {
                exchange: "later".into(),
                routing_key: None,
            }),
            ..queue("q", kind)
        };
        let transport = with_queues([waiting]).await;
        transport.publish(message("q", "a")).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let topology = Topology {
            exchanges: vec![Exchange::new("later")],
            queues: vec![queue("dead", kind)],
            bindings: vec![Binding {
                exchange: "later".into(),
                key: "#".into(),
                to: Destination::Queue("dead".into()),
            }],
        };
        transport.declare(&topology).await.unwrap();
        let mut dead = transport.consume("dead", 1).await.unwrap();
        let got = tokio::time::timeout(Duration::from_secs(1), receive(dead.as_mut())).await;
        assert_eq!(got.is_ok(), kept, "{kind:?}");
    }
}

#[tokio::test]
async fn a_closed_connection_says_so_and_others_go_on() {
    let transport = with_queues([queue("q", QueueKind::Quorum)]).await;
    let other = transport.another();
    transport.close().await;
    let failure = transport.publish(message("q", "a")).await.unwrap_err();
    assert!(matches!(failure, PublishFailure::Closed(_)), "{failure:?}");
    let failure = transport.declare(&Topology::default()).await.unwrap_err();
    assert!(matches!(failure, TransportError::Closed(_)), "{failure:?}");
    assert!(transport.consume("q", 1).await.is_err());
    other.publish(message("q", "b")).await.unwrap();
    let mut subscription = other.consume("q", 1).await.unwrap();
    assert_eq!(
        bodies(subscription.as_mut(), 1).await,
        [(Bytes::from("b"), false)]
    );
}

#[tokio::test]
async fn what_amqp_forbids_is_refused_with_the_reason() {
    let transport = with_queues([queue("q", QueueKind::Quorum)]).await;
    let mut wrong = message("q", "a");
    wrong = wrong.with(|properties| properties.with_expiration("soon".into()));
    let long_key = Publish {
        routing_key: "k".repeat(256).into(),
        ..message("q", "a")
    };
    for (publish, word) in [(wrong, "`soon`"), (long_key, "256")] {
        let failure = transport.publish(publish).await;
        assert!(matches!(&failure, Err(PublishFailure::Refused(text)) if text.contains(word)));
    }
    let exchange = |name: &str| Topology {
        exchanges: vec![Exchange::new(name.to_owned())],
        ..Topology::default()
    };
    let binding = Binding {
        exchange: "".into(),
        key: "key".into(),
        to: Destination::Queue("q".into()),
    };
    for (topology, word) in [
        (exchange(""), "without a name"),
        (exchange("amq.mine"), "`amq.`"),
        (exchange(&"x".repeat(256)), "256"),
        (
            Topology {
                bindings: vec![binding],
                ..Topology::default()
            },
            "default exchange",
        ),
    ] {
        let text = refusal(&transport, &topology).await;
        assert!(text.contains(word), "{text}");
    }
    let otherwise = Topology {
        queues: vec![Queue {
            arguments: QueueArguments::expiring(Duration::from_secs(1)),
            ..queue("q", QueueKind::Quorum)
        }],
        ..Topology::default()
    };
    assert_eq!(
        refusal(&transport, &otherwise).await,
        "the queue `q` exists with other properties: `x-message-ttl` is not set on the broker and 1000 ms \
         in the contract; write the broker's values into the contract; or stop what publishes to the queue, \
         let it run empty, delete it (`rabbitmqctl delete_queue q`) and start again; or take the limit out of \
         the contract and set it by a policy (`rabbitmqctl set_policy`), which can change at any time"
    );
}

#[tokio::test]
async fn on_a_single_thread_a_publisher_lets_others_run_where_it_is_ahead_of_a_consumer() {
    let transport = with_queues([queue("q", QueueKind::Classic)]).await;
    for _ in 0..100 {
        transport.publish(message("q", "a")).await.unwrap();
        assert_eq!(transport.crowd.asks(), None, "nobody consumes it");
    }
    // It has one of them in its hands.
    let subscription = transport.consume("q", 1).await.unwrap();
    for before in 99..2_500 {
        transport.publish(message("q", "a")).await.unwrap();
        let yields = (before / 64).min(32);
        let expected = (yields > 0).then_some(Asks::Yields(yields));
        assert_eq!(transport.crowd.asks(), expected, "{before}");
    }
    drop(subscription);
    transport.publish(message("q", "a")).await.unwrap();
    assert_eq!(transport.crowd.asks(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_waits_where_it_is_far_ahead_of_a_consumer() {
    let transport = with_queues([queue("q", QueueKind::Classic)]).await;
    for _ in 0..1_100 {
        transport.publish(message("q", "a")).await.unwrap();
        assert!(transport.room().is_none(), "nobody consumes it");
    }
    let mut subscription = transport.consume("q", 1).await.unwrap();
    let mut take = async |count| {
        for _ in 0..count {
            let taken = next(subscription.as_mut()).await.unwrap().unwrap();
            taken.settle.ack().await.unwrap();
        }
    };
    transport.publish(message("q", "a")).await.unwrap();
    // It has one of them in its hands, and must leave no more than 256.
    let room = transport.room().expect("it is far ahead");
    tokio::join!(room, take(1_100 - 256));
    assert!(transport.room().is_none());

    // Nobody takes any: it waits in vain, and not again before there are as many more.
    let fill = async |range: std::ops::Range<usize>| {
        let mut waited = Vec::new();
        for before in range {
            transport.publish(message("q", "a")).await.unwrap();
            if let Some(room) = transport.room() {
                room.await;
                waited.push(before);
            }
        }
        waited
    };
    assert_eq!(fill(256..4_000).await, [1_024, 2_049, 3_074]);
    // Once there was room, it waits for as few as at first.
    take(4_000 - 256).await;
    assert_eq!(fill(256..2_000).await, [1_024]);
}

#[tokio::test]
async fn a_full_queue_and_a_busy_publisher_let_other_tasks_run() {
    let transport = with_queues([queue("q", QueueKind::Quorum)]).await;
    let other = tokio::spawn(async {});
    while !other.is_finished() {
        transport.publish(message("q", "a")).await.unwrap();
    }
    let mut subscription = transport.consume("q", 0).await.unwrap();
    let other = tokio::spawn(async {});
    while !other.is_finished() {
        receive(subscription.as_mut())
            .await
            .settle
            .reject(true)
            .await
            .unwrap();
    }
}
