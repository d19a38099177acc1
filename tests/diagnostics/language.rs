//! A valid catalog that uses the whole language, and the model that it must give.

use std::path::{Path, PathBuf};
use std::time::Duration;

use urutu_codegen::load;
use urutu_codegen::model::{
    AckMode, Backoff, Binding, Constraints, Deprecated, EnumValue, Field, Handler, Message,
    MessageKind, Model, Number, OnError, OnUnknown, Overflow, Path as Name, Presence, Queue,
    QueueArguments, QueueKind, Retry, Scalar, Service, Type, TypeKind, Value,
};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("diagnostics/language")
}

fn model() -> Model {
    let catalog = load(&root());
    assert!(
        catalog.diagnostics.is_empty(),
        "{}",
        catalog.diagnostics.render(false)
    );
    catalog.model.expect("there are no errors")
}

fn name(namespace: &str, name: &str) -> Name {
    Name {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

fn named(namespace: &str, simple: &str) -> Type {
    Type::Named(name(namespace, simple))
}

fn number(text: &str) -> Number {
    Number(text.to_owned())
}

fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn message<'a>(model: &'a Model, namespace: &str, name: &str) -> &'a Message {
    &model.namespaces[namespace].messages[name]
}

fn kind<'a>(model: &'a Model, namespace: &str, name: &str) -> &'a TypeKind {
    &model.namespaces[namespace].types[name].kind
}

fn service<'a>(model: &'a Model, name: &str) -> &'a Service {
    &model.namespaces["shop.services"].services[name]
}

fn field<'a>(message: &'a Message, name: &str) -> &'a Field {
    let found = message.fields.iter().find(|field| field.name == name);
    found.unwrap_or_else(|| panic!("the message has no field `{name}`"))
}

fn record<'a>(model: &'a Model, namespace: &str, name: &str) -> &'a [Field] {
    match kind(model, namespace, name) {
        TypeKind::Record(fields) => fields,
        other => panic!("`{name}` is not a record: {other:?}"),
    }
}

#[test]
fn inputs_are_all_that_was_read_and_searched() {
    let catalog = load(&root());
    let at = |path: &str| root().join(path);
    assert_eq!(
        catalog.inputs.files,
        [
            "catalog.yaml",
            "contracts/common.yaml",
            "contracts/orders.yaml",
            "contracts/services.yaml",
            "extra.yml"
        ]
        .map(at)
    );
    assert_eq!(catalog.inputs.directories, [root(), at("contracts")]);
}

#[test]
fn namespaces_gather_what_several_files_say() {
    let model = model();
    assert_eq!(model.name, "shop");
    let names: Vec<&String> = model.namespaces.keys().collect();
    assert_eq!(names, ["shop.common", "shop.orders", "shop.services"]);
    let orders = &model.namespaces["shop.orders"];
    assert_eq!(orders.owners, ["team-extra", "team-orders"]);
    let messages: Vec<&String> = orders.messages.keys().collect();
    assert_eq!(messages, ["CapturePayment", "OrderAudited", "OrderPlaced"]);
}

#[test]
fn messages_have_what_is_written_and_the_defaults_of_their_file() {
    let model = model();
    let placed = message(&model, "shop.orders", "OrderPlaced");
    assert_eq!(placed.kind, MessageKind::Event);
    assert_eq!(placed.topic, "orders.placed");
    assert_eq!(placed.exchange, "shop.main");
    assert_eq!(
        placed.doc.as_deref(),
        Some("A shopper has checked out.\n\nMore text.\n")
    );
    assert_eq!(
        placed.deprecated,
        Some(Deprecated {
            use_instead: Some("CapturePayment".to_owned()),
            note: Some("in 2027".to_owned()),
            remove_after: Some("2027-06-30".to_owned()),
        })
    );
    assert_eq!(placed.reserved, ["legacy_total"]);
    assert_eq!(placed.priority, Some(5));
    assert_eq!(placed.ttl, Some(Duration::from_secs(5400)));
    assert_eq!(
        message(&model, "shop.orders", "OrderAudited").exchange,
        "audit"
    );
    assert_eq!(
        message(&model, "shop.common", "Heartbeat").exchange,
        "health"
    );
    let capture = message(&model, "shop.orders", "CapturePayment");
    assert_eq!(capture.kind, MessageKind::Task);
    assert_eq!((capture.priority, capture.ttl), (None, None));
}

#[test]
fn examples_are_json_values_in_their_order() {
    let model = model();
    let placed = message(&model, "shop.orders", "OrderPlaced");
    let [Value::Object(example)] = &placed.examples[..] else {
        panic!("one object is expected: {:?}", placed.examples);
    };
    let keys: Vec<&str> = example.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "order_id", "placedAt", "total", "paid", "payment", "tags", "extra"
        ]
    );
    let object = |members: &[(&str, Value)]| {
        let members = members
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()));
        Value::Object(members.collect())
    };
    assert_eq!(
        example[2].1,
        object(&[("amount", string("12.50")), ("currency", string("EUR"))])
    );
    assert_eq!(example[3].1, Value::Null);
    assert_eq!(
        example[4].1,
        object(&[("method", string("card")), ("last4", string("1234"))])
    );
    let deep = vec![
        Value::Number(number("1")),
        Value::Bool(true),
        Value::Null,
        string("x"),
    ];
    assert_eq!(example[6].1, object(&[("deep", Value::List(deep))]));
}

#[test]
fn fields_tell_optional_nullable_and_default_apart() {
    let model = model();
    let placed = message(&model, "shop.orders", "OrderPlaced");
    let presence = |name: &str| (&field(placed, name).presence, field(placed, name).nullable);
    assert_eq!(presence("order_id"), (&Presence::Required, false));
    assert_eq!(presence("paid"), (&Presence::Required, true));
    assert_eq!(presence("note"), (&Presence::Optional, false));
    assert_eq!(presence("hint"), (&Presence::Optional, true));
    let default = |name: &str| match &field(placed, name).presence {
        Presence::Default(value) => value.clone(),
        other => panic!("`{name}` has no default: {other:?}"),
    };
    assert_eq!(default("tags"), Value::List(Vec::new()));
    assert_eq!(default("counts"), Value::Object(Vec::new()));
    assert_eq!(default("channel"), string("web"));
    assert_eq!(default("flags"), Value::Number(number("7")));
    assert_eq!(default("price"), string("1.50"));
    assert_eq!(default("size"), Value::Null);
    assert_eq!(default("ok"), Value::Bool(false));
    assert_eq!(default("took"), string("PT1M30S"));
    assert_eq!(default("blob"), string("aGkh"));
    assert_eq!(default("extra"), Value::Object(Vec::new()));
    assert_eq!(field(placed, "type").ty, Type::Scalar(Scalar::String));
}

#[test]
fn fields_have_names_on_the_wire_and_documentation() {
    let model = model();
    let placed = message(&model, "shop.orders", "OrderPlaced");
    let at = field(placed, "placed_at");
    assert_eq!(at.wire, "placedAt");
    assert_eq!(at.accepts, ["at", "time"]);
    let hint = field(placed, "hint");
    assert_eq!(hint.wire, "hint");
    assert_eq!(hint.doc.as_deref(), Some("A hint."));
    let deprecated = hint
        .deprecated
        .as_ref()
        .and_then(|d| d.use_instead.as_deref());
    assert_eq!(deprecated, Some("note"));
    assert!(record(&model, "shop.orders", "Card")[0].sensitive);
    assert!(!hint.sensitive);
}

#[test]
fn types_are_resolved_by_short_and_full_names() {
    let model = model();
    let placed = message(&model, "shop.orders", "OrderPlaced");
    assert_eq!(field(placed, "total").ty, named("shop.common", "Money"));
    assert_eq!(field(placed, "paid").ty, named("shop.common", "Money"));
    assert_eq!(
        field(placed, "counts").ty,
        Type::Map(Box::new(Type::Scalar(Scalar::I32)))
    );
    let big = field(placed, "big");
    assert_eq!(big.ty, Type::Scalar(Scalar::U64Text));
    assert_eq!(big.constraints.max, Some(number("18446744073709551615")));
    let money = record(&model, "shop.common", "Money");
    assert_eq!(
        money[0].constraints,
        Constraints {
            min: Some(number("0.00")),
            max: Some(number("1000")),
            ..Constraints::default()
        }
    );
    let TypeKind::Alias { ty, constraints } = kind(&model, "shop.common", "Currency") else {
        panic!("it is an alias");
    };
    assert_eq!(*ty, Type::Scalar(Scalar::String));
    assert_eq!(
        (constraints.min_len, constraints.max_len),
        (Some(3), Some(3))
    );
    assert_eq!(constraints.pattern.as_deref(), Some("^[A-Z]{3}$"));
    let TypeKind::Alias { ty, constraints } = kind(&model, "shop.orders", "Tags") else {
        panic!("it is an alias");
    };
    assert_eq!(*ty, Type::List(Box::new(named("shop.orders", "Label"))));
    assert!(constraints.unique);
    assert_eq!(constraints.max_len, Some(5));
}

#[test]
fn enums_and_unions_are_open_unless_closed() {
    let model = model();
    let value = |wire: &str, doc: Option<&str>| EnumValue {
        wire: wire.to_owned(),
        doc: doc.map(str::to_owned),
    };
    assert_eq!(
        *kind(&model, "shop.common", "Channel"),
        TypeKind::Enum {
            open: true,
            values: vec![
                value("web", None),
                value("app", Some("The app.")),
                value("2nd store", None)
            ],
        }
    );
    let direction = kind(&model, "shop.common", "Direction");
    assert!(matches!(direction, TypeKind::Enum { open: false, .. }));
    let TypeKind::Union {
        open,
        tag,
        variants,
    } = kind(&model, "shop.orders", "Payment")
    else {
        panic!("it is a union");
    };
    assert!(open);
    assert_eq!(tag, "method");
    assert_eq!(variants[1].wire, "invoice");
    assert_eq!(variants[1].record, name("shop.orders", "Invoice"));
    let channel = &model.namespaces["shop.common"].types["Channel"];
    let note = channel.deprecated.as_ref().and_then(|d| d.note.as_deref());
    assert_eq!(note, Some("Use the shop's name."));
}

#[test]
fn what_closes_a_circle_is_boxed() {
    let model = model();
    let boxed = |name: &str| -> Vec<bool> {
        let fields = record(&model, "shop.orders", name).iter();
        fields.map(|field| field.boxed).collect()
    };
    assert_eq!(boxed("Tree"), [false]);
    // value, left, next, all (a list), first (whose own field closes the circle)
    let node = boxed("Node");
    let link = boxed("Link");
    assert!(node[1] && node[2] && !node[3]);
    assert!(node[4] != link[0], "one of the two edges is boxed");
    let TypeKind::Union { open, variants, .. } = kind(&model, "shop.orders", "Expr") else {
        panic!("it is a union");
    };
    assert!(!open);
    assert!(!variants[0].boxed);
    assert!(variants[1].boxed != boxed("Negation")[0]);
}

fn handler(message: Name) -> Handler {
    Handler {
        message,
        ack: AckMode::Auto,
        ordered_by: None,
        timeout: Duration::from_secs(60),
        on_error: OnError::Retry,
        retry: Retry {
            attempts: 5,
            backoff: Backoff::Exponential,
            initial: Duration::from_secs(1),
            max: Duration::from_secs(300),
            jitter: 0,
        },
    }
}

fn binding(exchange: &str, key: &str) -> Binding {
    Binding {
        exchange: exchange.to_owned(),
        key: key.to_owned(),
    }
}

#[test]
fn a_handler_has_a_queue_of_its_own() {
    let model = model();
    let billing = service(&model, "billing");
    assert_eq!(billing.doc.as_deref(), Some("Takes the money."));
    assert_eq!(
        billing.publishes,
        [
            name("shop.orders", "CapturePayment"),
            name("shop.orders", "OrderPlaced")
        ]
    );
    let capture = Handler {
        ack: AckMode::Manual,
        timeout: Duration::from_secs(30),
        on_error: OnError::Requeue,
        retry: Retry {
            attempts: 3,
            ..handler(name("", "")).retry
        },
        ..handler(name("shop.orders", "CapturePayment"))
    };
    let own = |queue: &str, exchange: &str, key: &str, message: Name| Queue {
        name: queue.to_owned(),
        kind: QueueKind::Quorum,
        arguments: QueueArguments::default(),
        bindings: vec![binding(exchange, key)],
        concurrency: 4,
        prefetch: 8,
        on_unknown: OnUnknown::DeadLetter,
        dead_letter: None,
        handlers: vec![handler(message)],
    };
    assert_eq!(
        billing.queues,
        [
            Queue {
                name: "billing.capture".to_owned(),
                kind: QueueKind::Classic,
                arguments: QueueArguments {
                    max_length: Some(1_000),
                    max_length_bytes: Some(5_000_000),
                    overflow: Overflow::DropHead,
                    max_priority: Some(9),
                    ..QueueArguments::default()
                },
                bindings: vec![binding("shop.main", "payments.capture")],
                concurrency: 8,
                prefetch: 20,
                on_unknown: OnUnknown::Ignore,
                dead_letter: Some("shop.failed".to_owned()),
                handlers: vec![capture],
            },
            own(
                "billing.heartbeat",
                "health",
                "heartbeat",
                name("shop.common", "Heartbeat")
            ),
            own(
                "billing.order_placed",
                "shop.main",
                "orders.placed",
                name("shop.orders", "OrderPlaced")
            ),
        ]
    );
}

#[test]
fn a_service_may_have_one_queue() {
    let model = model();
    let [queue] = &service(&model, "analytics").queues[..] else {
        panic!("it has one queue");
    };
    assert_eq!(queue.name, "analytics");
    // Each key is bound to the exchanges of the messages that it matches.
    assert_eq!(
        queue.bindings,
        [
            binding("audit", "orders.#"),
            binding("health", "heartbeat"),
            binding("shop.main", "orders.#")
        ]
    );
    assert_eq!((queue.concurrency, queue.prefetch), (10, 100));
    assert_eq!(
        queue.arguments,
        QueueArguments {
            max_length: Some(9),
            message_ttl: Some(Duration::from_secs(7 * 86_400)),
            delivery_limit: Some(4),
            single_active_consumer: true,
            ..QueueArguments::default()
        }
    );
    assert_eq!(queue.on_unknown, OnUnknown::Ignore);
    assert_eq!(queue.dead_letter.as_deref(), Some("shop.failed"));
    let messages = queue
        .handlers
        .iter()
        .map(|handler| handler.message.to_string());
    assert_eq!(
        messages.collect::<Vec<_>>(),
        [
            "shop.common.Heartbeat",
            "shop.orders.OrderAudited",
            "shop.orders.OrderPlaced"
        ]
    );
    let [sink] = &service(&model, "sink").queues[..] else {
        panic!("it has one queue");
    };
    // Without `bindings`, the topics.
    assert_eq!(
        sink.bindings,
        [
            binding("audit", "orders.audited"),
            binding("shop.main", "orders.placed")
        ]
    );
}

#[test]
fn a_bound_of_a_retry_that_is_not_written_gives_way() {
    let model = model();
    let retry = |service_name: &str, index: usize| {
        let queue = &service(&model, service_name).queues[0];
        queue.handlers[index].retry.clone()
    };
    let audited = retry("analytics", 1);
    assert_eq!(audited.backoff, Backoff::Linear);
    assert_eq!(audited.initial, Duration::from_secs(600));
    assert_eq!(audited.max, Duration::from_secs(600));
    assert_eq!(audited.jitter, 25);
    let mail = retry("mail-out", 0);
    assert_eq!(
        (mail.initial, mail.max),
        (Duration::from_millis(500), Duration::from_millis(500))
    );
    assert_eq!(service(&model, "mail-out").queues[0].name, "mail");
}

#[test]
fn a_queue_with_an_ordered_handler_has_one_consumer() {
    let model = model();
    let [_, placed] = &service(&model, "mail-out").queues[..] else {
        panic!("it has two queues");
    };
    assert_eq!(placed.handlers[0].ordered_by.as_deref(), Some("order_id"));
    assert!(placed.arguments.single_active_consumer);
    let [sink] = &service(&model, "sink").queues[..] else {
        panic!("it has one queue");
    };
    assert!(!sink.arguments.single_active_consumer);
}

#[test]
fn the_shared_schemas_of_the_shop_are_valid() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    let catalog = load(&path);
    assert!(
        catalog.diagnostics.is_empty(),
        "{}",
        catalog.diagnostics.render(false)
    );
}

#[test]
fn one_file_is_a_catalog() {
    let catalog = load(&root().join("contracts/common.yaml"));
    let model = catalog.model.expect("the file needs no other");
    assert_eq!(model.name, "common");
    let heartbeat = message(&model, "shop.common", "Heartbeat");
    assert_eq!(heartbeat.exchange, "health");
    // The manifest stands for its directory.
    let whole = load(&root().join("catalog.yaml"));
    assert_eq!(whole.model, load(&root()).model);
}

#[test]
fn two_messages_of_one_simple_name_have_two_queues() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("diagnostics/alike");
    let catalog = load(&path);
    assert!(
        catalog.diagnostics.is_empty(),
        "{}",
        catalog.diagnostics.render(false)
    );
    let model = catalog.model.expect("there are no errors");
    let queues = &model.namespaces["shop.a"].services["mail"].queues;
    let names: Vec<&str> = queues.iter().map(|queue| queue.name.as_str()).collect();
    assert_eq!(names, ["mail.shop_a_opened", "mail.shop_b_opened"]);
}
