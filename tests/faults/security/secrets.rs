//! Passwords and sensitive values are told to nobody: not by what is logged, not by errors, not by `Debug`.

use std::error::Error;
use std::fmt::{Debug, Write};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use urutu::{
    BoxError, Bus, Context, DeadLetterFilter, DeadLetterSweep, Decimal, PublishErrorKind, Tls,
    TopologyMode, Worker, WorkerArgs,
};
use urutu_faults::bus::faults::{Order, Paid, ShopHandlers};
use urutu_test_broker::{Authority, Broker, Valid};

use crate::shop::{CARD, HOLDER, Places, Shop, live, order};
use crate::witness::Witness;

const PATIENCE: Duration = Duration::from_secs(60);

/// Begins every secret of these tests.
const CANARY: &str = "canary";

const PASSWORD: &str = "canary-password";

/// Everything that was said or shown.
struct Told {
    witness: Witness,
    shown: String,
}

impl Told {
    /// Shows a value as `Debug` does, in both ways.
    fn debug(&mut self, value: &dyn Debug) {
        writeln!(self.shown, "{value:?} {value:#?}").unwrap();
    }

    /// Shows an error with everything behind it.
    fn error(&mut self, error: &(dyn Error + 'static)) {
        self.debug(&error);
        let mut cause = Some(error);
        while let Some(error) = cause {
            writeln!(self.shown, "{error} {error:#}").unwrap();
            cause = error.source();
        }
    }

    /// Nothing of it is a secret: not as text, and not as the bytes of a buffer.
    #[track_caller]
    fn holds_no_secret(&self) {
        let bytes = format!("{:?}", CANARY.as_bytes());
        let bytes = bytes.trim_matches(['[', ']']);
        let amount = "9876543.21";
        for (of, text) in [
            ("logged", self.witness.heard()),
            ("shown", self.shown.clone()),
        ] {
            for secret in [CANARY, bytes, amount] {
                if let Some(line) = text.lines().find(|line| line.contains(secret)) {
                    panic!("`{secret}` is {of}: {line}");
                }
            }
        }
    }
}

async fn in_time<F: Future>(what: &str, step: F) -> F::Output {
    timeout(PATIENCE, step)
        .await
        .unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_passwords_and_sensitive_values_are_told_to_nobody() {
    let mut told = Told {
        witness: Witness::everywhere(),
        shown: String::new(),
    };
    let ours = Authority::new("ours");
    let broker = Broker::with_tls(&ours.server(&["localhost"], Valid::Now), None);
    broker.ctl(&["add_user", "keeper", PASSWORD]);
    broker.ctl(&["set_permissions", "keeper", ".*", ".*", ".*"]);
    let url = broker
        .url()
        .replace("guest:guest", &format!("keeper:{PASSWORD}"));

    connections_that_fail(&mut told, &broker, &url, &ours).await;
    a_life(&url).await;
    what_users_can_print(&mut told, &url).await;
    messages_that_break_their_contract(&mut told, &broker, &url).await;
    lost_connections_and_conflicts(&mut told, &broker, &url).await;

    let heard = told.witness.heard();
    for said in ["WARN urutu::worker::handle", "DEBUG urutu", "TRACE lapin"] {
        assert!(
            heard.contains(said),
            "nobody has said `{said}`: the test hears nothing"
        );
    }
    told.holds_no_secret();
}

/// Every way in which a connection can be refused.
async fn connections_that_fail(told: &mut Told, broker: &Broker, url: &str, ours: &Authority) {
    let secured = broker
        .tls_url()
        .replace("guest:guest", &format!("keeper:{PASSWORD}"));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = free.local_addr().unwrap().port();
    drop(free);
    for url in [
        url.replace(PASSWORD, "canary-that-is-wrong"),
        url.replace("%2f", "nowhere"),
        url.replace(&broker.port().to_string(), &nobody.to_string()),
        url.replace(PASSWORD, "ca/canary"),
        url.replace(PASSWORD, "1?canary"),
        url.replace(PASSWORD, "1#canary"),
        format!("keeper:{PASSWORD}@rabbit"),
        format!("http://keeper:{PASSWORD}@rabbit"),
        url.replace("amqp://", "amqps://"),
        secured.replace("amqps://", "amqp://"),
        secured.clone(),
        format!("{secured}?cacertfile=/missing.pem"),
        format!("{secured}?password={PASSWORD}"),
    ] {
        told.debug(&Bus::builder(&url));
        told.debug(&Worker::builder().broker_url(&url));
        let error = in_time("a refusal", Bus::connect(&url)).await.unwrap_err();
        told.error(&error);
        let worker = Worker::builder()
            .broker_url(&url)
            .service(Shop::new().service());
        let error = in_time("a refusal", worker.start()).await.unwrap_err();
        told.error(&error);
    }
    let key = ours.client("me", Valid::Now);
    let tls = Tls::new()
        .ca_pem(ours.pem())
        .client_pem(format!("{CANARY}{}", key.certificate), CANARY);
    told.debug(&tls);
    let builder = Bus::builder(&secured).tls(tls);
    told.debug(&builder);
    told.error(&in_time("a refusal", builder.connect()).await.unwrap_err());
}

/// Publishing, handling, retries, dead letters and their replay.
async fn a_life(url: &str) {
    let place = || Bus::builder(url);
    let places = Places {
        shop: place(),
        front: place(),
        desk: place(),
    };
    in_time("a life", live(places)).await.unwrap();
}

async fn what_users_can_print(told: &mut Told, url: &str) {
    let args = ["worker", "--broker-url", url];
    told.debug(&<WorkerArgs as clap::Parser>::try_parse_from(args).unwrap());
    let wrong = ["worker", "--broker-url", url, "--topology", "on"];
    told.error(&<WorkerArgs as clap::Parser>::try_parse_from(wrong).unwrap_err());

    told.debug(&order(1));
    for bus in [Bus::connect(url).await.unwrap(), Bus::in_memory()] {
        let mut batch = bus.batch();
        batch.add(&order(1)).unwrap();
        told.debug(&batch);
        let worker = Worker::builder()
            .bus(bus.clone())
            .service(Printing.into_service());
        let worker = worker.start().await.unwrap();
        told.debug(&worker);
        // Its handler prints what it gets into its error, which goes to the log and into the dead letter.
        bus.publish(&order(1)).await.unwrap();
        let letters = bus.dead_letter_queue("shop.orders");
        let letter = in_time("a dead letter", async {
            loop {
                let mut reading = letters.read(DeadLetterFilter::new()).await.unwrap();
                told.debug(&reading);
                let letter = reading.next().await.unwrap();
                reading.close().await;
                match letter {
                    Some(letter) => break letter,
                    None => sleep(Duration::from_millis(50)).await,
                }
            }
        })
        .await;
        told.debug(&letter);
        assert!(letter.errors()[0].contains("Order {"), "{letter:?}");
        assert!(
            letter
                .decode::<Order>()
                .is_some_and(|order| order.card == CARD)
        );
        told.debug(&letters);
        told.debug(&worker.health().report());
        told.debug(&bus);
        worker.stop().await;
        let _ = letters.purge(DeadLetterSweep::new()).await.unwrap();
        bus.close().await;
    }
}

/// Prints what it gets: first into its error, then into a panic.
struct Printing;

impl ShopHandlers for Printing {
    type Error = BoxError;

    async fn order(&self, order: Order, cx: &Context) -> Result<(), BoxError> {
        let printed = format!("{order:?} {order:#?} {cx:?}");
        assert!(cx.attempt() == 1, "it panics with {printed}");
        Err(printed.into())
    }
}

/// What cannot be published, what nobody takes, and what others publish and cannot be read.
async fn messages_that_break_their_contract(told: &mut Told, broker: &Broker, url: &str) {
    let bus = Bus::connect(url).await.unwrap();
    let mut invalid = order(1);
    invalid.card = "canary-that-is-too-short".repeat(2);
    let error = bus.publish(&invalid).await.unwrap_err();
    told.error(&error);
    let negative = Paid::new(Decimal::new(-987_654_321, 2), HOLDER.to_owned());
    let error = bus.publish(&Order::new(1, CARD.to_owned(), negative)).await;
    told.error(&error.unwrap_err());

    // Nobody takes it: the broker sends it back, with its body.
    broker.ctl(&["delete_queue", "shop.orders"]);
    let returned = bus.publish(&order(1)).await.unwrap_err();
    assert!(
        matches!(returned.kind(), PublishErrorKind::Unroutable),
        "{returned}"
    );
    told.error(&returned);

    let worker = Worker::builder()
        .bus(bus.clone())
        .service(Shop::new().service());
    let worker = worker.start().await.unwrap();
    let bodies = [
        r#"{"number": "canary", "card": "canary"}"#,
        r#"{"number": 9, "card": "canary-short", "paid": {"amount": "1", "holder": "canary"}}"#,
        r#"{"number": 9, "card": {"canary": 1}, "paid": "canary"}"#,
        r#"{"number": 9, "card": "canary-card-number-12345", "paid": {"amount": "canary", "holder": "canary"}}"#,
        r#"{"number": 9, "card": "canary"#,
        "canary",
    ];
    let published: Vec<String> = bodies.into_iter().map(published).collect();
    broker.ctl(&["eval", &format!("{}.", published.join(", "))]);
    let letters = bus.dead_letter_queue("shop.orders");
    let errors = in_time("dead letters", async {
        loop {
            let mut reading = letters.read(DeadLetterFilter::new()).await.unwrap();
            let mut errors = Vec::new();
            while let Some(letter) = reading.next().await.unwrap() {
                told.debug(&letter);
                errors.push(format!("{}: {:?}", letter.reason(), letter.errors()));
            }
            reading.close().await;
            if errors.len() == bodies.len() {
                break errors;
            }
            sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    writeln!(told.shown, "{errors:#?}").unwrap();
    told.debug(&worker.health().report());
    worker.stop().await;
    bus.close().await;
}

/// Publishes this body to the shop's queue, as somebody does who knows no contract: an Erlang expression.
fn published(body: &str) -> String {
    let body: Vec<String> = body.bytes().map(|byte| byte.to_string()).collect();
    format!(
        "rabbit_basic:publish(rabbit_misc:r(<<\"/\">>, exchange, <<>>), <<\"shop.orders\">>, [{{type, <<\"faults.Order\">>}}], <<{}>>)",
        body.join(",")
    )
}

/// The broker closes connections under load, and has a queue otherwise.
async fn lost_connections_and_conflicts(told: &mut Told, broker: &Broker, url: &str) {
    let bus = Bus::connect(url).await.unwrap();
    let shop = Shop::new();
    let worker = Worker::builder().bus(bus.clone()).service(shop.service());
    let worker = worker.start().await.unwrap();
    broker.close_all_connections();
    let outcome = bus.publish(&order(1)).await;
    if let Err(error) = &outcome {
        told.error(error);
    }
    told.debug(&(&bus, &worker, worker.health().report()));
    in_time("the worker to go on", async {
        while bus.publish(&order(5)).await.is_err() {}
        shop.has_handled(&[5]).await;
    })
    .await;
    worker.stop().await;
    bus.close().await;

    broker.ctl(&["delete_queue", "shop.orders"]);
    broker.ctl(&[
        "eval",
        "rabbit_amqqueue:declare(rabbit_misc:r(<<\"/\">>, queue, <<\"shop.orders\">>), true, false, [], none, <<\"test\">>).",
    ]);
    let worker = Worker::builder().broker_url(url).service(shop.service());
    told.error(&worker.start().await.unwrap_err());
    let bus = Bus::builder(url)
        .topology(TopologyMode::Verify)
        .connect()
        .await
        .unwrap();
    let worker = Worker::builder().bus(bus.clone()).service(shop.service());
    told.error(&worker.start().await.unwrap_err());
    bus.close().await;
    told.error(&bus.publish(&order(1)).await.unwrap_err());
}
