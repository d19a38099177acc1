//! A process that starts a node and ends badly, for the tests: with `panic` it panics; without, it waits to be killed.

use std::io::{Read, Write};

use urutu_test_broker::Broker;

fn main() {
    let broker = Broker::start();
    let folder = broker.ctl(&["eval", r#"os:getenv("HOME")."#]);
    let folder = folder.trim().trim_matches('"');
    writeln!(std::io::stdout(), "node at {} {folder}", broker.port()).expect("the parent reads");
    let panics = std::env::args().nth(1).is_some_and(|how| how == "panic");
    assert!(!panics, "this is the panic that must end the node");
    // Until the parent kills this process: its standard input never ends.
    let _ = std::io::stdin().read(&mut [0; 1]);
}
