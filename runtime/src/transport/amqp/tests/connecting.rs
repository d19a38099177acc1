use std::time::{Duration, Instant};

use urutu_test_broker::Broker;

use super::*;
use crate::transport::TransportError;
use crate::transport::amqp::AmqpConfig;

fn refused(outcome: Result<AmqpTransport, TransportError>) -> String {
    match outcome {
        Err(TransportError::Disconnected(why)) => why,
        other => panic!("expected a refused connection, not {other:?}"),
    }
}

#[tokio::test]
async fn no_broker_is_one_clear_line_at_once() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let started = Instant::now();
    let why =
        refused(AmqpTransport::connect(format!("amqp://me:s3cret@{address}/%2f").as_str()).await);
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "took {:?}",
        started.elapsed()
    );
    assert!(why.contains(&format!("amqp://{address}/%2f")), "{why}");
    assert!(
        why.contains("refused") && why.contains("check that the broker runs there"),
        "{why}"
    );
    assert!(!why.contains("s3cret") && !why.contains('\n'), "{why}");
}

#[tokio::test]
async fn a_silent_host_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("amqp://me:s3cret@{}/%2f", silent.local_addr().unwrap());
    let why = refused(
        soon(
            "an answer about a silent host",
            AmqpTransport::connect(url.as_str()),
        )
        .await,
    );
    assert!(why.contains("no answer within 5s"), "{why}");
}

#[tokio::test]
async fn each_address_of_a_cluster_is_told_with_its_reason() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let down = free.local_addr().unwrap();
    drop(free);
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = silent.local_addr().unwrap();
    let urls = format!("amqp://me:s3,cret@{silent}/%2f,amqp://me:s3,cret@{down}/%2f");
    let connecting = AmqpTransport::connect(urls.as_str());
    let why = refused(soon("an answer about both", connecting).await);
    for part in [
        format!("amqp://{silent}/%2f: no answer within 5s"),
        format!("amqp://{down}/%2f: "),
        "check that the broker runs there".to_owned(),
    ] {
        assert!(why.contains(&part), "{why}");
    }
    assert!(!why.contains("cret") && !why.contains('\n'), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_is_found_behind_addresses_that_are_down_or_silent() {
    let broker = Broker::start();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let down = free.local_addr().unwrap();
    drop(free);
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = silent.local_addr().unwrap();
    let urls = format!("amqp://{silent},amqp://{down},{}", broker.url());
    let transport = connect(&urls).await;
    let shown = format!(
        "amqp://{silent}/%2f,amqp://{down}/%2f,amqp://127.0.0.1:{}/%2f",
        broker.port()
    );
    assert_eq!(transport.address(), shown);
    declare(&transport, &bound(queue("here", QueueKind::Quorum))).await;
    publish_all(&transport, "here", 3).await;
    // Whatever is lost later is lost at one address.
    broker.kill();
    let lost = soon("a loss", transport.publish(message("here", "late"))).await;
    let Err(
        crate::transport::PublishFailure::Lost(why)
        | crate::transport::PublishFailure::Disconnected(why),
    ) = lost
    else {
        panic!("no broker can have stored it: {lost:?}");
    };
    assert!(!why.contains("guest"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker_connections_have_names_and_hide_passwords() {
    let broker = Broker::start();
    broker.ctl(&["add_user", "me", "s3cret"]);
    broker.ctl(&["set_permissions", "me", ".*", ".*", ".*"]);
    let url = broker.url().replace("guest:guest", "me:s3cret");
    let config = AmqpConfig {
        connection_name: "billing".to_owned(),
        ..AmqpConfig::from(url.as_str())
    };
    assert!(!format!("{config:?}").contains("s3cret"), "{config:?}");
    let transport = soon("connect", AmqpTransport::connect(config))
        .await
        .unwrap();
    assert!(
        !format!("{transport:?}").contains("s3cret"),
        "{transport:?}"
    );
    assert_eq!(
        transport.address(),
        format!("amqp://127.0.0.1:{}/%2f", broker.port())
    );

    declare(&transport, &bound(queue("named", QueueKind::Classic))).await;
    let listed = broker.ctl(&["list_connections", "client_properties"]);
    assert!(
        listed.contains("billing publishing") && listed.contains("billing consuming"),
        "{listed}"
    );

    soon("close", transport.close()).await;
    let late = soon(
        "a publish after the close",
        transport.publish(message("named", "late")),
    )
    .await;
    assert!(
        matches!(late, Err(crate::transport::PublishFailure::Closed(_))),
        "{late:?}"
    );

    let wrong = broker.url().replace("guest:guest", "me:wr0ng");
    let why = refused(soon("a wrong password", AmqpTransport::connect(wrong.as_str())).await);
    assert!(
        why.contains("ACCESS_REFUSED") && why.contains("check the user"),
        "{why}"
    );
    assert!(!why.contains("wr0ng"), "{why}");

    let nowhere = broker.url().replace("/%2f", "/nowhere");
    let why = refused(soon("an unknown vhost", AmqpTransport::connect(nowhere.as_str())).await);
    assert!(
        why.contains("nowhere") && why.contains("the vhost"),
        "{why}"
    );

    let elsewhere = connect(&broker.url_for_vhost("team a/shop")).await;
    declare(&elsewhere, &bound(queue("there", QueueKind::Quorum))).await;
    let queues = broker.queues_in("team a/shop");
    assert_eq!(
        (queues[0].name.as_str(), queues[0].kind.as_str()),
        ("there", "quorum")
    );
}
