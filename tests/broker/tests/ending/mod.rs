//! Nodes end with the process that started them, however it ends.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn accepts(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// A node that another process has started.
#[derive(Debug)]
struct Held {
    port: u16,
    epmd: u16,
    folder: PathBuf,
}

impl Held {
    fn read(line: &str) -> Option<Self> {
        let (_, told) = line.split_once("node at ")?;
        let mut words = told.splitn(3, ' ');
        Some(Self {
            port: words.next()?.parse().ok()?,
            epmd: words.next()?.parse().ok()?,
            folder: words.next()?.into(),
        })
    }

    fn is_left(&self) -> bool {
        accepts(self.port) || accepts(self.epmd) || self.folder.exists()
    }
}

/// Starts nodes in a process of its own, has that process end badly, and waits until the nodes are gone.
pub(crate) fn ends_with_its_process(how: &str, count: usize) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hold-broker"))
        .args([how, &count.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts");
    let lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
    let told = lines.map_while(Result::ok);
    let nodes: Vec<Held> = told
        .filter_map(|line| Held::read(&line))
        .take(count)
        .collect();
    assert_eq!(nodes.len(), count, "the child tells its nodes");
    if how.starts_with("hang") {
        assert!(nodes.iter().all(|node| accepts(node.port)));
        child.kill().expect("the child still runs");
    }
    assert!(!child.wait().expect("the child was started here").success());

    let deadline = Instant::now() + Duration::from_secs(60);
    while let Some(left) = nodes.iter().find(|node| node.is_left()) {
        assert!(
            Instant::now() < deadline,
            "a node survived its test, or its epmd or folder did: {left:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
