//! A process that starts a node and ends badly, for the tests: with `panic` it panics; without, it waits to be killed. With `paused`
//! the node hangs by then.

use std::io::{Read, Write};

use urutu_test_broker::Broker;

fn main() {
    let broker = Broker::start();
    let folder = broker.ctl(&["eval", r#"os:getenv("HOME")."#]);
    let folder = folder.trim().trim_matches('"');
    let how: Vec<String> = std::env::args().skip(1).collect();
    if how.contains(&"paused".to_owned()) {
        broker.pause();
    }
    writeln!(std::io::stdout(), "node at {} {folder}", broker.port()).expect("the parent reads");
    assert!(
        !how.contains(&"panic".to_owned()),
        "this is the panic that must end the node"
    );
    // Until the parent kills this process: its standard input never ends.
    let _ = std::io::stdin().read(&mut [0; 1]);
}
