//! The private node starts, keeps to itself and ends with its test.

mod ending;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

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

#[test]
fn a_panic_ends_a_paused_node() {
    ending::ends_with_its_process("panic-paused", 1);
}

#[test]
fn a_killed_test_process_ends_a_paused_node() {
    ending::ends_with_its_process("hang-paused", 1);
}

#[test]
fn a_paused_node_answers_nothing_until_it_goes_on() {
    let broker = Broker::start();
    assert!(answers(broker.port(), Duration::from_secs(30)));
    broker.pause();
    broker.pause();
    assert!(accepts(broker.port()), "its port is still there");
    assert!(!answers(broker.port(), Duration::from_secs(1)));
    broker.resume();
    assert!(answers(broker.port(), Duration::from_secs(30)));
    assert!(broker.queues().is_empty());

    broker.pause();
    broker.kill();
    assert!(!accepts(broker.port()));
    broker.restart();
    assert!(answers(broker.port(), Duration::from_secs(30)));
    broker.pause();
    broker.restart();
    assert!(answers(broker.port(), Duration::from_secs(30)));
}

/// Whether the broker says anything to a client that greets it.
fn answers(port: u16, patience: Duration) -> bool {
    let mut client = TcpStream::connect(("127.0.0.1", port)).expect("the port is open");
    client.set_read_timeout(Some(patience)).expect("a timeout");
    client
        .write_all(b"AMQP\0\0\x09\x01")
        .expect("the kernel takes it");
    client.read(&mut [0; 1]).is_ok_and(|count| count == 1)
}
