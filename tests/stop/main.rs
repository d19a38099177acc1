//! How a worker process stops: SIGTERM drains it, a second signal ends it at once, and nothing is lost either way.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use urutu::{Bus, Message, Uuid};
use urutu_test_broker::Broker;
use urutu_tests::bus::shop::common::Address;
use urutu_tests::bus::shop::shipping::{Parcel, ShipOrder};

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The worker process; killed when it is dropped.
struct Process {
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_slow-worker"))
            .args(arguments)
            .env_remove("BROKER_URL")
            .env_remove("HANDLERS")
            .env_remove("DRAIN_TIMEOUT")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    fn expect_line(&self, expected: &str) {
        assert_eq!(self.lines.recv_timeout(PATIENCE).as_deref(), Ok(expected));
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "the process takes the signal"
        );
    }

    fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the worker did not end within {PATIENCE:?}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ship(millis: u32) -> ShipOrder {
    let address = Address::new(
        "Ana".to_owned(),
        vec!["Rua A 1".to_owned()],
        "01000".to_owned(),
        "Recife".to_owned(),
        "BR".to_owned(),
    );
    ShipOrder::new(
        Uuid::now_v7(),
        address,
        vec![Parcel::new(millis, vec!["BOOT-42".to_owned()])],
    )
}

#[tokio::test]
async fn broker_a_worker_stops_in_order() {
    let broker = Broker::start();
    let bus = Bus::connect(&broker.url()).await.expect("the broker runs");
    sigterm_lets_the_handler_finish(&broker, &bus).await;
    the_drain_timeout_gives_the_message_back(&broker, &bus).await;
    a_second_signal_ends_it_at_once(&broker);
    a_killed_worker_loses_nothing(&broker);
}

/// Publishes when the queue is there: the worker declares it when it starts.
async fn publish(bus: &Bus, task: &ShipOrder) {
    let begun = Instant::now();
    while let Err(error) = task.publish(bus).await {
        assert!(begun.elapsed() < PATIENCE, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn sigterm_lets_the_handler_finish(broker: &Broker, bus: &Bus) {
    let mut worker = Process::start(&["--broker-url", &broker.url()]);
    publish(bus, &ship(700)).await;
    worker.expect_line("begun 700");
    worker.signal("TERM");
    worker.expect_line("stopping");
    worker.expect_line("ended 700");
    assert_eq!(worker.wait().code(), Some(0));
}

async fn the_drain_timeout_gives_the_message_back(broker: &Broker, bus: &Bus) {
    publish(bus, &ship(50_000)).await;
    let mut worker = Process::start(&["--broker-url", &broker.url(), "--drain-timeout", "1"]);
    worker.expect_line("begun 50000");
    worker.signal("INT");
    assert_eq!(worker.wait().code(), Some(0));
}

fn a_second_signal_ends_it_at_once(broker: &Broker) {
    // The message that the last worker gave back.
    let mut worker = Process::start(&["--broker-url", &broker.url(), "--drain-timeout", "3600"]);
    worker.expect_line("begun 50000");
    worker.signal("TERM");
    // Two signals at the same time would be one.
    worker.expect_line("stopping");
    worker.signal("TERM");
    assert_eq!(worker.wait().code(), Some(1));
}

fn a_killed_worker_loses_nothing(broker: &Broker) {
    let mut worker = Process::start(&["--broker-url", &broker.url()]);
    worker.expect_line("begun 50000");
    worker.signal("KILL");
    assert_eq!(worker.wait().code(), None);
    drop(worker);
    let worker = Process::start(&["--broker-url", &broker.url()]);
    worker.expect_line("begun 50000");
}
