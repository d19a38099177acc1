//! A catalog and its broker over time: from nothing to a changed catalog.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use urutu::codegen::{Checker, Validate};
use urutu::{Bus, Contract, Kind, Message, TopologyMode};
use urutu_test_broker::Broker;

use crate::scene::Scene;

const FIRST: &str = r#"  billing:
    handles:
      OrderPlaced: {}
      CapturePayment: {queue: {name: billing.capture, type: classic, arguments: {max_length: 100}}}
  analytics:
    queue: analytics
    bindings: ["orders.#", "*.placed"]
    handles: {OrderPlaced: {}}
    on_unknown: ignore
  mail: {handles: {OrderPlaced: {}}}
"#;

/// Two bindings of `analytics` are replaced by one; there is no `mail`.
const SECOND: &str = r#"  billing:
    handles:
      OrderPlaced: {}
      CapturePayment: {queue: {name: billing.capture, type: classic, arguments: {max_length: 100}}}
  analytics:
    queue: analytics
    bindings: ["orders.*"]
    handles: {OrderPlaced: {}}
    on_unknown: ignore
"#;

/// The vhost of all but one of the chapters; each goes on where the one before has ended.
const SHOP: &str = "new shop";

struct OrderPlaced;

impl serde::Serialize for OrderPlaced {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        std::collections::BTreeMap::from([("order", 1)]).serialize(serializer)
    }
}

impl Validate for OrderPlaced {
    fn check(&self, _: &mut Checker) {}
}

impl Message for OrderPlaced {
    // A task, so that one that reaches no queue is an error.
    const CONTRACT: &'static Contract = &Contract {
        type_id: "shop.OrderPlaced",
        kind: Kind::Task,
        topic: "orders.placed",
        exchange: "shop",
        priority: None,
        ttl: None,
    };
}

#[test]
fn broker_follows_its_catalog() {
    let broker = Broker::with_management();
    let scene = |vhost: &str| {
        let url = broker.url_for_vhost(vhost);
        Scene::new(vhost, &url, &broker.management_url())
    };
    let shop = scene(SHOP);
    from_nothing_to_everything(&broker, &shop);
    what_publishing_for_later_needs_is_there_on_request(&broker, &shop);
    a_binding_of_others_goes_and_their_queues_stay(&broker, &shop);
    bindings_are_replaced_without_a_loss(&broker, &shop);
    what_exists_otherwise_stops_everything(&broker, &shop);
    a_part_of_the_catalog_can_be_chosen(&broker, &scene("part"));
}

fn queues(broker: &Broker, vhost: &str) -> Vec<(String, u64)> {
    let queues = broker.queues_in(vhost).into_iter();
    let own = queues.filter(|queue| !queue.name.starts_with("urutu."));
    own.map(|queue| (queue.name, queue.messages)).collect()
}

/// A quorum queue tells how many messages it has some seconds later.
fn become_equal(broker: &Broker, vhost: &str, expected: &[(&str, u64)]) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let counted = queues(broker, vhost);
        let told: Vec<_> = counted
            .iter()
            .map(|(name, messages)| (&**name, *messages))
            .collect();
        if told == expected {
            return;
        }
        assert!(Instant::now() < deadline, "{told:?} is not {expected:?}");
    }
}

fn from_nothing_to_everything(broker: &Broker, scene: &Scene) {
    scene.services(FIRST);
    let all = [
        "+ exchange shop",
        "+ quorum queue analytics",
        "+ quorum queue analytics.dead",
        "+ classic queue billing.capture",
        "+ classic queue billing.capture.dead",
        "+ quorum queue billing.order_placed",
        "+ quorum queue billing.order_placed.dead",
        "+ quorum queue mail.order_placed",
        "+ quorum queue mail.order_placed.dead",
        "+ quorum queue urutu.due.queue/analytics",
        "+ quorum queue urutu.due.queue/billing.capture",
        "+ quorum queue urutu.due.queue/billing.order_placed",
        "+ quorum queue urutu.due.queue/mail.order_placed",
        "+ binding shop --*.placed--> analytics",
        "+ binding shop --orders.#--> analytics",
        "+ binding shop --orders.placed--> billing.order_placed",
        "+ binding shop --orders.placed--> mail.order_placed",
        "+ binding shop --payments.capture--> billing.capture",
        "+ binding urutu.delay.exit --*.….urutu.due.queue/analytics--> urutu.due.queue/analytics",
        "+ binding urutu.delay.exit --*.….urutu.due.queue/billing.capture--> urutu.due.queue/billing.capture",
        "+ binding urutu.delay.exit --*.….urutu.due.queue/billing.order_placed--> urutu.due.queue/billing.order_placed",
        "+ binding urutu.delay.exit --*.….urutu.due.queue/mail.order_placed--> urutu.due.queue/mail.order_placed",
        "+ 145 parts of the delay cascade (urutu.delay.*)",
    ];
    let plan = scene.run(&["plan"]).ends(0);
    assert_eq!(plan.lines(), all);
    let summary =
        "to create 32 exchanges, 41 queues, 94 bindings; 0 conflicts; to remove 0 bindings\n";
    assert!(plan.stdout.ends_with(summary), "{}", plan.stdout);
    assert_eq!(scene.run(&["apply", "--dry-run"]).ends(0).lines(), all);
    let verified = scene.run(&["verify"]).ends(1);
    assert_eq!(verified.lines(), all);
    verified.complains(&["the broker is not as the catalog wants it; `urutu topology apply`"]);
    assert_eq!(broker.queues_in(SHOP), [], "only `apply` creates");

    let applied = scene.run(&["apply"]).ends(0);
    assert_eq!(applied.lines(), all);
    let summary = "created 32 exchanges, 41 queues, 94 bindings; removed 0 bindings\n";
    assert!(applied.stdout.ends_with(summary), "{}", applied.stdout);
    assert_eq!(queues(broker, SHOP).len(), 8);
    for command in ["plan", "verify", "apply"] {
        let outcome = scene.run(&[command]).ends(0);
        assert_eq!(outcome.lines(), [""; 0], "{command}");
        assert!(outcome.stdout.contains("is as the catalog wants it"));
    }
    let report = scene.run(&["verify", "--format", "json"]).ends(0).json();
    assert_eq!(
        (&report["agrees"], &report["applied"]),
        (&json!(true), &json!(false))
    );
}

fn bindings_are_replaced_without_a_loss(broker: &Broker, scene: &Scene) {
    let url = broker.url_for_vhost(SHOP);
    let published = Publisher::start(&url);
    published.at_least(50);

    scene.services(SECOND);
    let changes = [
        "+ binding shop --orders.*--> analytics",
        "- binding shop --*.placed--> analytics",
        "- binding shop --orders.#--> analytics",
    ];
    let plan = scene.run(&["plan"]).ends(0);
    let (unknown, lines): (Vec<&str>, Vec<&str>) = plan
        .lines()
        .into_iter()
        .partition(|line| line.starts_with('?'));
    assert_eq!(lines, changes);
    let [unknown] = unknown[..] else {
        panic!("one queue is unknown: {unknown:?}");
    };
    assert!(
        unknown.starts_with("? queue mail.order_placed ("),
        "{unknown}"
    );
    // How many messages it has is told with some delay.
    let end =
        "), bound by shop --orders.placed-->: no service of the catalog has it; it is left alone";
    assert!(unknown.ends_with(end), "{unknown}");
    scene.run(&["verify"]).ends(1);

    let report = scene.run(&["apply", "--format", "json"]).ends(0).json();
    assert_eq!(report["applied"], json!(true));
    assert_eq!(
        report["create"],
        json!({"exchanges": [], "queues": [], "bindings": [{"exchange": "shop", "key": "orders.*", "queue": "analytics"}]})
    );
    assert_eq!(
        report["remove"],
        json!([
            {"exchange": "shop", "key": "*.placed", "queue": "analytics"},
            {"exchange": "shop", "key": "orders.#", "queue": "analytics"},
        ])
    );
    let count = published.stop();
    // Each queue has each message.
    let expected = [
        ("analytics", count),
        ("analytics.dead", 0),
        ("billing.capture", 0),
        ("billing.capture.dead", 0),
        ("billing.order_placed", count),
        ("billing.order_placed.dead", 0),
        ("mail.order_placed", count),
        ("mail.order_placed.dead", 0),
    ];
    become_equal(broker, SHOP, &expected);
    // A queue that nobody knows is information, no difference.
    let verified = scene.run(&["verify", "--format", "json"]).ends(0).json();
    assert_eq!(
        verified["unknown"],
        json!([{
            "queue": "mail.order_placed",
            "messages": count,
            "bindings": [{"exchange": "shop", "key": "orders.placed"}],
        }])
    );
}

/// Publishes one message after another until it is stopped.
struct Publisher {
    published: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

impl Publisher {
    fn start(url: &str) -> Self {
        let (published, stop) = (
            Arc::new(AtomicU64::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let (url, counted, stopped) = (url.to_owned(), Arc::clone(&published), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let bus = Bus::builder(&url).topology(TopologyMode::Off);
                let bus = bus.connect().await.unwrap();
                while !stopped.load(Ordering::Acquire) {
                    OrderPlaced.publish(&bus).await.unwrap();
                    counted.fetch_add(1, Ordering::AcqRel);
                }
                bus.close().await;
            });
        });
        Self {
            published,
            stop,
            thread,
        }
    }

    fn at_least(&self, count: u64) {
        while self.published.load(Ordering::Acquire) < count {
            assert!(!self.thread.is_finished(), "the publisher has failed");
            std::thread::yield_now();
        }
    }

    /// How many it has published.
    fn stop(self) -> u64 {
        // It has gone on during all of it.
        self.at_least(self.published.load(Ordering::Acquire) + 10);
        self.stop.store(true, Ordering::Release);
        self.thread.join().unwrap();
        self.published.load(Ordering::Acquire)
    }
}

fn what_exists_otherwise_stops_everything(broker: &Broker, scene: &Scene) {
    let changed = SECOND.replace(
        "type: classic, arguments: {max_length: 100}",
        "type: classic, arguments: {max_length: 50, message_ttl: 1h}",
    );
    scene.services(&changed);
    let plan = scene.run(&["plan"]).ends(1);
    let conflict = [
        "~ queue billing.capture (0 messages)",
        "    `x-max-length` is 100 on the broker and 50 in the contract",
        "    `x-message-ttl` is not set on the broker and 3600000 ms in the contract",
    ];
    for line in conflict {
        assert!(plan.lines().contains(&line), "{line} is not in {plan:?}");
    }
    let report = scene.run(&["plan", "--format", "json"]).ends(1);
    assert_eq!(report.stderr, "");
    let report = report.json();
    assert_eq!(
        report["conflicts"][0]["differences"],
        json!([
            {"property": "x-max-length", "broker": 100, "contract": 50},
            {"property": "x-message-ttl", "broker": Value::Null, "contract": 3_600_000},
        ])
    );
    assert_eq!(report["conflicts"][0]["name"], json!("billing.capture"));

    let refused = scene.run(&["apply"]).ends(1);
    refused.complains(&["nothing was done", "cannot be changed in place"]);
    let still = scene.run(&["plan"]).ends(1);
    assert_eq!(still.lines(), plan.lines(), "nothing was done");
    // The way that the advice shows.
    broker.ctl(&["delete_queue", "--vhost", SHOP, "billing.capture"]);
    scene.run(&["apply"]).ends(0);
    scene.run(&["verify"]).ends(0);
}

fn a_part_of_the_catalog_can_be_chosen(broker: &Broker, scene: &Scene) {
    scene.services(FIRST);
    scene.run(&["apply", "--service", "billing"]).ends(0);
    let names: Vec<_> = queues(broker, "part")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        [
            "billing.capture",
            "billing.capture.dead",
            "billing.order_placed",
            "billing.order_placed.dead"
        ]
    );
    scene.run(&["apply"]).ends(0);
    // Queues of other services are known, whether they are chosen or not.
    let verified = scene.run(&["verify", "--service", "billing"]).ends(0);
    assert_eq!(verified.lines(), [""; 0]);
    let unknown = scene.run(&["plan", "--service", "biling"]).ends(2);
    unknown.complains(&["`biling`", "`billing`"]);
}

fn what_publishing_for_later_needs_is_there_on_request(broker: &Broker, scene: &Scene) {
    let plan = scene.run(&["plan", "--later"]).ends(0);
    for line in [
        "+ exchange urutu.due.event/shop",
        "+ quorum queue urutu.due.event/shop/orders.placed",
        "+ quorum queue urutu.due.task/shop/payments.capture",
    ] {
        assert!(plan.lines().contains(&line), "{line} is not in {plan:?}");
    }
    scene.run(&["apply", "--later"]).ends(0);
    scene.run(&["verify", "--later"]).ends(0);
    // What others may have declared for later does not matter without it.
    assert_eq!(scene.run(&["verify"]).ends(0).lines(), [""; 0]);
    let outlets = broker.queues_in(SHOP).into_iter();
    assert_eq!(
        outlets
            .filter(|queue| queue.name.starts_with("urutu.due."))
            .count(),
        7
    );
    // What drops events that nobody wants is there for all catalogs: another one takes it from none.
    let depot = scene.of_another_exchange("depot");
    depot.services("  depot: {publishes: [OrderPlaced]}\n");
    let applied = depot.run(&["apply", "--later"]).ends(0);
    let removed = applied
        .lines()
        .into_iter()
        .find(|line| line.starts_with('-'));
    assert_eq!(removed, None);
    scene.run(&["verify", "--later"]).ends(0);
    depot.run(&["verify", "--later"]).ends(0);
}

fn a_binding_of_others_goes_and_their_queues_stay(broker: &Broker, scene: &Scene) {
    let url = broker.url_for_vhost(SHOP);
    broker.ctl(&[
        "eval",
        "Name = fun(Kind, Text) -> rabbit_misc:r(<<\"new shop\">>, Kind, Text) end, \
         {new, _} = rabbit_amqqueue:declare(Name(queue, <<\"a/b c\">>), true, false, [], none, <<\"guest\">>), \
         Bind = fun(Source, Key, Queue, Arguments) -> ok = rabbit_binding:add({binding, Name(exchange, Source), Key, Name(queue, Queue), Arguments}, <<\"guest\">>) end, \
         Bind(<<\"shop\">>, <<\"#\">>, <<\"a/b c\">>, []), \
         Bind(<<\"amq.topic\">>, <<\"any/thing ~ \">>, <<\"analytics\">>, []), \
         Bind(<<\"shop\">>, <<\"orders.placed\">>, <<\"billing.order_placed\">>, [{<<\"x-note\">>, longstr, <<\"by hand\">>}]).",
    ]);
    let expected = [
        "- binding amq.topic --any/thing ~ --> analytics",
        "- binding shop --orders.placed--> billing.order_placed",
        "? queue a/b c (0 messages), bound by shop --#-->: no service of the catalog has it; it is left alone",
    ];
    assert_eq!(scene.run(&["plan"]).ends(0).lines(), expected);
    assert_eq!(scene.run(&["apply"]).ends(0).lines(), expected);
    assert_eq!(scene.run(&["verify"]).ends(0).lines(), expected[2..]);
    // The binding of the catalog's own, of the same key, is still there.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let bus = Bus::connect(&url).await.unwrap();
        OrderPlaced.publish(&bus).await.unwrap();
        bus.close().await;
    });
    let expected = [
        ("a/b c", 1),
        ("analytics", 1),
        ("analytics.dead", 0),
        ("billing.capture", 0),
        ("billing.capture.dead", 0),
        ("billing.order_placed", 1),
        ("billing.order_placed.dead", 0),
        ("mail.order_placed", 1),
        ("mail.order_placed.dead", 0),
    ];
    become_equal(broker, SHOP, &expected);
    broker.ctl(&["delete_queue", "--vhost", SHOP, "a/b c"]);
    for queue in ["analytics", "billing.order_placed", "mail.order_placed"] {
        broker.ctl(&["purge_queue", "--vhost", SHOP, queue]);
    }
}
