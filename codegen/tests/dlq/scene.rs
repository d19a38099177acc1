//! A vhost with queues and dead letters in them, and the command that works on it.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use lapin::options::{
    BasicCancelOptions, BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldArray, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use serde_json::Value;
use urutu_test_broker::Broker;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A password that must never be seen.
pub(crate) const PASSWORD: &str = "s3cr3t-word";

/// How the command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Its standard output as JSON, one object a line.
    pub(crate) fn json(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    }

    /// One member of every line.
    pub(crate) fn column(&self, member: &str) -> Vec<Value> {
        self.json()
            .into_iter()
            .map(|line| line[member].clone())
            .collect()
    }
}

/// A message taken out of a queue.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) id: String,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Vec<u8>,
}

impl Taken {
    pub(crate) fn header(&self, name: &str) -> Option<&AMQPValue> {
        self.properties.headers().as_ref()?.inner().get(name)
    }
}

/// A vhost of its own, and a user of its own whose password is [`PASSWORD`].
pub(crate) struct Scene {
    pub(crate) url: String,
    channel: Channel,
    // Its end ends the channel.
    _connection: Connection,
}

impl Scene {
    pub(crate) async fn new(broker: &Broker, vhost: &str) -> Self {
        let of_guest = broker.url_for_vhost(vhost);
        broker.ctl(&["add_user", vhost, PASSWORD]);
        broker.ctl(&["set_permissions", "--vhost", vhost, vhost, ".*", ".*", ".*"]);
        let url = of_guest.replace("guest:guest", &format!("{vhost}:{PASSWORD}"));
        let connection = Connection::connect(&url, ConnectionProperties::default())
            .await
            .unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .unwrap();
        Self {
            url,
            channel,
            _connection: connection,
        }
    }

    /// A durable quorum queue.
    pub(crate) async fn queue(&self, name: &str) {
        self.declare(
            name,
            &[("x-queue-type", AMQPValue::LongString("quorum".into()))],
        )
        .await;
    }

    pub(crate) async fn declare(&self, name: &str, arguments: &[(&str, AMQPValue)]) {
        let mut table = FieldTable::default();
        for (name, value) in arguments {
            table.insert((*name).into(), value.clone());
        }
        let options = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        self.channel
            .queue_declare(name.into(), options, table)
            .await
            .unwrap();
    }

    /// How many messages a queue has ready.
    pub(crate) async fn count(&self, queue: &str) -> u32 {
        let options = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let state = self
            .channel
            .queue_declare(queue.into(), options, FieldTable::default());
        state.await.unwrap().message_count()
    }

    /// Waits until the number of messages in a queue is as it should be.
    pub(crate) async fn until_count(&self, queue: &str, enough: impl Fn(u32) -> bool) {
        let begun = Instant::now();
        loop {
            let count = self.count(queue).await;
            if enough(count) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{queue} has {count}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Puts letters into a queue, confirmed.
    pub(crate) async fn put(&self, queue: &str, letters: impl IntoIterator<Item = Letter>) {
        let mut confirms = Vec::new();
        for letter in letters {
            let publish = self.channel.basic_publish(
                "".into(),
                queue.into(),
                BasicPublishOptions::default(),
                &letter.body,
                letter.properties(),
            );
            confirms.push(publish.await.unwrap());
        }
        for confirm in confirms {
            assert!(matches!(confirm.await.unwrap(), Confirmation::Ack(_)));
        }
    }

    /// Takes everything out of a queue.
    pub(crate) async fn take_all(&self, queue: &str) -> Vec<Taken> {
        let options = BasicConsumeOptions {
            no_ack: true,
            ..BasicConsumeOptions::default()
        };
        let mut all = Vec::new();
        let count = self.count(queue).await;
        let consuming =
            self.channel
                .basic_consume(queue.into(), "".into(), options, FieldTable::default());
        let mut consumer = consuming.await.unwrap();
        for _ in 0..count {
            let delivery = tokio::time::timeout(PATIENCE, consumer.next()).await;
            let delivery = delivery.expect("it is there").unwrap().unwrap();
            let id = delivery.properties.message_id().as_ref();
            all.push(Taken {
                id: id.map(ToString::to_string).unwrap_or_default(),
                properties: delivery.properties,
                body: delivery.data,
            });
        }
        let cancel = self
            .channel
            .basic_cancel(consumer.tag(), BasicCancelOptions::default());
        cancel.await.unwrap();
        assert!(
            consumer.next().await.is_none(),
            "{queue} had more than it said"
        );
        all
    }

    /// Runs `urutu dlq` and waits for its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        finish(self.start(arguments))
    }

    /// Starts `urutu dlq`.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        command(arguments)
            .env("BROKER_URL", &self.url)
            .spawn()
            .unwrap()
    }
}

/// `urutu dlq`, with its output caught.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_urutu"));
    command
        .arg("dlq")
        .args(arguments)
        .env_remove("BROKER_URL")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn finish(child: Child) -> Outcome {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let outcome = Outcome {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    };
    for stream in [&outcome.stdout, &outcome.stderr] {
        assert!(!stream.contains(PASSWORD), "{outcome:?}");
        assert!(!stream.contains("panicked"), "{outcome:?}");
    }
    outcome
}

/// A dead letter as a worker writes it.
#[derive(Clone)]
pub(crate) struct Letter {
    pub(crate) id: String,
    pub(crate) type_id: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) queue: Option<&'static str>,
    /// When it died, RFC 3339.
    pub(crate) died_at: String,
    pub(crate) body: Vec<u8>,
}

impl Letter {
    pub(crate) fn new(id: usize) -> Self {
        Self {
            id: id.to_string(),
            type_id: "shop.Capture",
            reason: "attempts-exhausted",
            queue: Some("billing.capture"),
            died_at: "2026-01-02T03:04:05Z".to_owned(),
            body: br#"{"order": 1, "total": 10.50}"#.to_vec(),
        }
    }

    fn properties(&self) -> BasicProperties {
        let text = |text: &str| AMQPValue::LongString(text.into());
        let mut headers = FieldTable::default();
        for (name, value) in [
            ("urutu-dead-reason", self.reason),
            ("urutu-topic", "tasks.capture"),
            ("urutu-exchange", "shop"),
            ("urutu-first-failed-at", "2026-01-01T00:00:00Z"),
            ("urutu-last-failed-at", &self.died_at),
            ("tenant", "seven"),
        ] {
            headers.insert(name.into(), text(value));
        }
        if let Some(queue) = self.queue {
            headers.insert("urutu-queue".into(), text(queue));
        }
        headers.insert("urutu-attempts".into(), AMQPValue::LongLongInt(3));
        let chain = vec![text("the bank is closed"), text("no route to host")];
        headers.insert("urutu-error-chain".into(), FieldArray::from(chain).into());
        BasicProperties::default()
            .with_delivery_mode(2)
            .with_priority(4)
            .with_type(self.type_id.into())
            .with_message_id(self.id.as_str().into())
            .with_correlation_id("the-first".into())
            .with_content_type("application/json".into())
            .with_expiration("3600000".into())
            .with_headers(headers)
    }
}
