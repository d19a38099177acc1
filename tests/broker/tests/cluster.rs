//! Private nodes form a cluster, lose each other and find each other again.

mod ending;

use std::net::TcpStream;

use urutu_test_broker::{Broker, Cluster};

/// The broker's own function behind `queue.declare`: this crate has no AMQP client.
const DECLARE_QUEUE: &str = r#"
    Name = rabbit_misc:r(<<"/">>, queue, <<"kept">>),
    Type = [{<<"x-queue-type">>, longstr, <<"quorum">>}],
    {new, _} = rabbit_amqqueue:declare(Name, true, false, Type, none, <<"test">>),
    ok."#;

fn accepts(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn three_nodes_are_one_broker_that_loses_nodes_and_finds_them_again() {
    let cluster = Cluster::start(3);
    let ports: Vec<u16> = cluster.nodes().iter().map(Broker::port).collect();
    let urls: Vec<String> = ports
        .iter()
        .map(|port| format!("amqp://guest:guest@127.0.0.1:{port}/%2f"))
        .collect();
    assert_eq!(cluster.url(), urls.join(","));

    cluster.node(1).ctl(&["eval", DECLARE_QUEUE]);
    for asked in 0..3 {
        let members = cluster.members_seen_by(asked, "kept");
        assert_eq!(members.all, [0, 1, 2]);
    }

    // Killed: the others elect another leader.
    let first = cluster.leader_of("kept");
    cluster.node(first).kill();
    assert!(!accepts(ports[first]));
    let second = cluster.leader_of("kept");
    assert_ne!(second, first);
    assert_eq!(cluster.members_seen_by(second, "kept").online.len(), 2);
    cluster.restart(&[first]);

    // Cut off: it pauses, and the others go on.
    let leader = cluster.leader_of("kept");
    cluster.isolate(leader);
    let other = cluster.leader_of("kept");
    assert_ne!(other, leader);
    for (index, port) in ports.iter().enumerate() {
        assert_eq!(accepts(*port), index != leader, "node {index}");
    }
    cluster.rejoin(leader);
    assert!(ports.iter().copied().all(accepts));

    // Stopped in order, each in its turn.
    for index in 0..3 {
        cluster.node(index).stop();
        cluster.restart(&[index]);
    }

    // Without a majority the one that is left pauses.
    let left = cluster.leader_of("kept");
    let lost: Vec<usize> = (0..3).filter(|index| *index != left).collect();
    for index in &lost {
        cluster.node(*index).kill();
    }
    cluster.await_paused(left);
    cluster.restart(&lost);
    assert_eq!(cluster.members_seen_by(left, "kept").all, [0, 1, 2]);

    drop(cluster);
    assert!(!ports.into_iter().any(accepts));
}

#[test]
fn a_panic_ends_the_nodes() {
    ending::ends_with_its_process("panic", 3);
}

#[test]
fn a_killed_test_process_ends_the_nodes() {
    ending::ends_with_its_process("hang", 3);
}
