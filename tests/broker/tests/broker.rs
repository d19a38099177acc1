//! The private node starts, keeps to itself and ends with its test.

mod ending;

use std::net::TcpStream;

use urutu_test_broker::Broker;

fn accepts(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn two_nodes_run_side_by_side_and_end_when_dropped() {
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(Broker::start);
        (
            Broker::start(),
            other
                .join()
                .expect("the second node starts beside the first"),
        )
    });
    assert_ne!(one.port(), other.port());
    assert!(one.url().ends_with(&format!(":{}/%2f", one.port())));

    let url = one.url_for_vhost("a b/c");
    assert!(url.ends_with("/a%20b%2Fc"), "{url}");
    assert!(one.ctl(&["list_vhosts"]).contains("a b/c"));
    assert!(
        !other.ctl(&["list_vhosts"]).contains("a b/c"),
        "the nodes share nothing"
    );

    let ports = [one.port(), other.port()];
    assert!(ports.into_iter().all(accepts));
    drop((one, other));
    assert!(!ports.into_iter().any(accepts));
}

#[test]
fn a_restarted_node_keeps_its_durable_queues() {
    let broker = Broker::start();
    broker.ctl(&["eval", DECLARE_QUEUE]);
    let before = broker.queues();
    assert_eq!(before.len(), 1);
    assert_eq!(
        (
            before[0].name.as_str(),
            before[0].messages,
            before[0].kind.as_str()
        ),
        ("kept", 0, "classic")
    );

    broker.flush();
    broker.kill();
    assert!(!accepts(broker.port()));
    broker.restart();
    assert_eq!(broker.queues(), before);

    broker.stop();
    assert!(!accepts(broker.port()));
    broker.restart();
    assert_eq!(broker.queues(), before);
}

/// The broker's own function behind `queue.declare`: this crate has no AMQP client.
const DECLARE_QUEUE: &str = r#"
    Name = rabbit_misc:r(<<"/">>, queue, <<"kept">>),
    {new, _} = rabbit_amqqueue:declare(Name, true, false, [], none, <<"test">>),
    ok."#;

#[test]
fn a_panic_ends_the_node() {
    ending::ends_with_its_process("panic", 1);
}

#[test]
fn a_killed_test_process_ends_the_node() {
    ending::ends_with_its_process("hang", 1);
}
