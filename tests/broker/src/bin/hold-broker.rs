//! A process that starts nodes and ends badly, for the tests: `hold-broker HOW COUNT`. With `panic` it panics; with `hang` it waits to be killed; with
//! `panic-paused` and `hang-paused` its nodes hang by then. One node is alone, several are a cluster.

use std::io::{Read, Write};

use urutu_test_broker::{Broker, Cluster};

fn main() {
    let mut args = std::env::args().skip(1);
    let how = args.next().expect("how to end");
    let count: usize = args
        .next()
        .and_then(|count| count.parse().ok())
        .expect("how many nodes");
    if count == 1 {
        hold(&how, &[Broker::start()]);
    } else {
        hold(&how, Cluster::start(count).nodes());
    }
}

fn hold(how: &str, nodes: &[Broker]) {
    for node in nodes {
        let of = |name: &str| {
            let value = node.ctl(&["eval", &format!("os:getenv(\"{name}\").")]);
            value.trim().trim_matches('"').to_owned()
        };
        let (epmd, folder) = (of("ERL_EPMD_PORT"), of("HOME"));
        if how.ends_with("paused") {
            node.pause();
        }
        writeln!(std::io::stdout(), "node at {} {epmd} {folder}", node.port())
            .expect("the parent reads");
    }
    assert!(
        !how.starts_with("panic"),
        "this is the panic that must end the nodes"
    );
    // Until the parent kills this process: its standard input never ends.
    let _ = std::io::stdin().read(&mut [0; 1]);
}
