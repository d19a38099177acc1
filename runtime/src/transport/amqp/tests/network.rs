//! Peers that do not answer, networks that swallow what is sent, and how many connections that costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use urutu_test_broker::Broker;
use urutu_test_proxy::{Cut, Damage, Direction, Fault, Greeting, Place, Proxy, Unreachable};

use super::*;
use crate::transport::PublishFailure;
use crate::transport::amqp::AmqpConfig;

/// Waits for what the proxy sees.
async fn becomes(what: &str, is_so: impl Fn() -> bool) {
    soon(what, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

fn silent() -> (Proxy, String) {
    // No broker is ever asked for.
    let proxy = Proxy::before(1);
    proxy.greet(Greeting::Silence);
    let url = proxy.url("amqp://me:s3cret@host/%2f");
    (proxy, url)
}

#[tokio::test]
async fn a_peer_that_does_not_answer_is_let_go() {
    let (proxy, url) = silent();
    soon("an error", AmqpTransport::connect(url.as_str()))
        .await
        .expect_err("nobody answers");
    becomes("the end of the connection", || {
        proxy.ended_by_clients() == 1
    })
    .await;
    // A caller who does not wait for the error.
    let impatient = AmqpTransport::connect(url.as_str());
    let patience = Duration::from_millis(200);
    let given_up = tokio::time::timeout(patience, impatient).await;
    assert!(given_up.is_err());
    becomes("the end of the second connection", || {
        proxy.ended_by_clients() == 2
    })
    .await;
}

#[tokio::test]
async fn a_host_that_takes_no_connection_is_given_up_in_time() {
    let nowhere = Unreachable::new().await.unwrap();
    let url = format!("amqp://127.0.0.1:{}/%2f", nowhere.port());
    let why = soon("an error", AmqpTransport::connect(url.as_str()))
        .await
        .expect_err("nobody answers")
        .to_string();
    assert!(why.contains("no answer within 5s"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_that_vanished_is_let_go_at_the_end() {
    let broker = Broker::start();
    let proxy = Proxy::before(broker.port());
    // Heartbeats that are missed soon enough would hide what is left.
    let url = proxy.url(&broker.url()) + "?heartbeat=60";
    // A goodbye is the end of heartbeats; who is only dropped leaves without a word.
    for closes in [true, false] {
        let transport = connect(&url).await;
        declare(&transport, &bound(queue("kept", QueueKind::Classic))).await;
        let ended = proxy.ended_by_clients();
        proxy.fault(Direction::Both, Fault::Lose);
        if closes {
            let begun = Instant::now();
            soon("the end", transport.close()).await;
            assert!(
                begun.elapsed() < Duration::from_secs(8),
                "one after another"
            );
        }
        drop(transport);
        becomes("the end of both connections", || {
            proxy.ended_by_clients() == ended + 2
        })
        .await;
        proxy.heal();
    }
}

/// How many connections a bus opens in five seconds in which each is lost in this way, with publishers and consumers who want nothing more than one.
async fn connections_while(proxy: &Proxy, url: &str, trouble: impl FnOnce(&Proxy)) -> u64 {
    let transport = Arc::new(connect(url).await);
    declare(&transport, &bound(queue("wanted", QueueKind::Classic))).await;
    trouble(proxy);
    proxy.cut(Cut::Rst);
    let before = proxy.accepted();
    let mut wanting = JoinSet::new();
    for number in 0..20 {
        let transport = Arc::clone(&transport);
        wanting.spawn(async move {
            loop {
                // Most of them have little time.
                let patience = Duration::from_millis(if number % 4 == 0 { 60_000 } else { 50 });
                let wanted = async {
                    if number < 10 {
                        let _ = transport.publish(message("wanted", "1")).await;
                    } else {
                        let _ = transport.consume("wanted", 1).await;
                    }
                };
                let _ = tokio::time::timeout(patience, wanted).await;
                tokio::task::yield_now().await;
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    wanting.shutdown().await;
    let opened = proxy.accepted() - before;
    proxy.heal();
    soon("the end", transport.close()).await;
    opened
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_that_cannot_be_used_is_not_stormed() {
    type Trouble<'a> = (&'static str, &'a dyn Fn(&Proxy));
    let broker = Broker::start();
    let proxy = Proxy::before(broker.port());
    let url = proxy.url(&broker.url());
    let handshake = Fault::CutAfter(700, Cut::Rst);
    let troubles: [Trouble<'_>; 4] = [
        ("cut at once", &|proxy| {
            proxy.greet(Greeting::Cut(Cut::Rst));
        }),
        ("closed at once", &|proxy| {
            proxy.greet(Greeting::Cut(Cut::Fin));
        }),
        ("never answered", &|proxy| proxy.greet(Greeting::Silence)),
        ("cut after the handshake", &|proxy| {
            proxy.fault(Direction::ToClient, handshake);
        }),
    ];
    for (name, trouble) in troubles {
        let opened = connections_while(&proxy, &url, trouble).await;
        // Two connections; between attempts 25 ms at first, 3 s in the end.
        assert!(opened <= 24, "{name}: {opened} connections in 5 s");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_whose_frames_lost_their_size_is_left_for_a_new_connection() {
    let broker = Broker::start();
    let proxy = Proxy::before(broker.port());
    let config = AmqpConfig {
        answer: Duration::from_secs(5),
        ..AmqpConfig::from(proxy.url(&broker.url()).as_str())
    };
    let transport = soon("connect", AmqpTransport::connect(config))
        .await
        .unwrap();
    declare(&transport, &bound(queue("kept", QueueKind::Classic))).await;
    let mut subscription = subscribe(&transport, "kept", 10).await;
    // The next frame of the broker says that it goes on for 16 MB at least: what follows disappears in it, heartbeats included.
    let size = Fault::Damage(Damage::Flip, Place::At(3));
    proxy.fault_on_open(Direction::ToClient, size);
    let direct = connect(&broker.url()).await;
    publish_all(&direct, "kept", 1).await;
    let ((), lost) = tokio::join!(
        soon("the end of the subscription", async {
            while let Some(Ok(_)) = next(subscription.as_mut()).await {}
        }),
        soon(
            "an error of the publisher",
            transport.publish(message("kept", "lost")),
        ),
    );
    assert!(matches!(lost, Err(PublishFailure::Lost(_))), "{lost:?}");
    let mut subscription = subscribe(&transport, "kept", 10).await;
    receive(subscription.as_mut(), ["0", "lost"].map(str::to_owned)).await;
}
