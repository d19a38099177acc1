//! The quickstart as its users run it: a process, its output and its exit code; in memory, on RabbitMQ, and with no broker there.

use std::collections::BTreeMap;
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
    command
        .args(arguments)
        .env_remove("BROKER_URL")
        .env_remove("HANDLERS");
    command.output().expect("the quickstart runs")
}

fn assert_story(output: &Output) {
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "{:?}\n{stdout}{stderr}",
        output.status
    );
    assert_eq!(stdout, STORY, "{stderr}");
}

#[test]
fn it_tells_its_story_in_memory() {
    assert_story(&quickstart(&[]));
}

/// The options of every worker are documented by their help, which shows no value of the environment that holds a password.
#[test]
fn its_help_shows_no_password() {
    for help in ["-h", "--help", "--no-such-option"] {
        let output = Command::new(env!("CARGO_BIN_EXE_quickstart"))
            .arg(help)
            .env("BROKER_URL", "amqp://me:s3cret@rabbit/%2f")
            .output()
            .expect("the quickstart runs");
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed);
        assert!(printed.contains("Usage"), "{printed}");
        assert!(!printed.contains("s3cret"), "{printed}");
    }
}

#[test]
fn broker_it_tells_the_same_story_on_rabbitmq_and_leaves_only_its_dead_letter() {
    let broker = Broker::start();
    for run in 1..=2 {
        assert_story(&quickstart(&["--broker-url", &broker.url()]));
        let left = queues_with_messages(&broker, &[("billing.capture.dead", run)]);
        assert_eq!(left, [("billing.capture.dead".to_owned(), run)]);
    }
    let kinds: BTreeMap<_, _> = broker
        .queues()
        .into_iter()
        .map(|queue| (queue.name, queue.kind))
        .collect();
    for name in [
        "billing.capture",
        "billing.order_placed",
        "billing.refund_payment",
        "analytics",
    ] {
        assert_eq!(
            kinds.get(name).map(String::as_str),
            Some("quorum"),
            "{name}"
        );
        let dead = format!("{name}.dead");
        assert_eq!(
            kinds.get(&dead).map(String::as_str),
            Some("quorum"),
            "{dead}"
        );
    }
}

/// The queues that hold messages, with how many. The broker counts with a delay of some seconds, so this waits, within bounds, until it has
/// counted what is expected.
fn queues_with_messages(broker: &Broker, expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    let begun = Instant::now();
    loop {
        let mut queues = broker.queues();
        queues.retain(|queue| queue.messages > 0);
        let counted: Vec<_> = queues
            .iter()
            .map(|queue| (&*queue.name, queue.messages))
            .collect();
        if counted == expected || begun.elapsed() > Duration::from_secs(20) {
            return queues
                .into_iter()
                .map(|queue| (queue.name, queue.messages))
                .collect();
        }
    }
}

#[test]
fn without_a_broker_it_says_so_in_one_line() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .expect("a port")
        .port();
    let begun = Instant::now();
    let output = quickstart(&[
        "--broker-url",
        &format!("amqp://guest:secret@127.0.0.1:{port}/%2f"),
    ]);
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(
        stderr.starts_with("error: ") && stderr.contains(&format!("127.0.0.1:{port}")),
        "{stderr}"
    );
    assert!(!stderr.contains("secret"), "{stderr}");
}
