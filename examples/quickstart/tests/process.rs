//! The quickstart as its users run it: a process, its output and its exit code; in memory, on RabbitMQ, and with no broker there.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use urutu_test_broker::Broker;

const STORY: &str = "\
task        CapturePayment: billing took 29.90 EUR and acknowledged
staged      PaymentCaptured, published by that handler: analytics counted it
event       OrderPlaced: analytics and billing each handled their copy
follow-up   CapturePayment, published by billing: billing took 129.90 EUR
failure     CapturePayment: the bank is busy; it comes back in 1 s
retried     CapturePayment: attempt 2 took 50.00 EUR
dead letter CapturePayment in billing.capture.dead: the card was reported stolen (rejected)
done        4 messages published here, 8 handled, 1 retried, 1 dead letter
";

fn quickstart(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    command.args(arguments).env_remove("BROKER_URL").env_remove("HANDLERS");
    command.output().expect("the quickstart runs")
}

fn assert_story(output: &Output) {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{:?}\n{stdout}{stderr}", output.status);
    assert_eq!(stdout, STORY, "{stderr}");
}

#[test]
fn it_tells_its_story_in_memory() {
    assert_story(&quickstart(&[]));
}

#[test]
fn broker_it_tells_the_same_story_on_rabbitmq_and_leaves_only_its_dead_letter() {
    let broker = Broker::start();
    for run in 1..=2 {
        assert_story(&quickstart(&["--broker-url", &broker.url()]));
        let queues = broker.queues();
        for name in ["billing.capture", "billing.order_placed", "billing.refund_payment", "analytics"] {
            let queue = queues.iter().find(|queue| queue.name == name).unwrap_or_else(|| panic!("no queue {name}"));
            assert_eq!((queue.messages, &*queue.kind), (0, "quorum"), "{name}");
        }
        let dead: Vec<_> = queues.iter().filter(|queue| queue.messages > 0).map(|queue| (&*queue.name, queue.messages)).collect();
        assert_eq!(dead, [("billing.capture.dead", run)]);
    }
}

#[test]
fn without_a_broker_it_says_so_in_one_line() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let begun = Instant::now();
    let output = quickstart(&["--broker-url", &format!("amqp://guest:secret@127.0.0.1:{port}/%2f")]);
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("error: ") && stderr.contains(&format!("127.0.0.1:{port}")), "{stderr}");
    assert!(!stderr.contains("secret"), "{stderr}");
}
