//! Declarations of services and their handlers.

use std::time::Duration;

use super::message::key_fault;
use super::name::{self, Grammar, broker_name_fault};
use super::value::{
    Object, choice, doc, integer, mapping_or_nothing, object, required, text, texts,
};
use super::{
    ArgumentsDecl, Bindings, Consuming, Defaults, HandlerDecl, Policy, QueueDecl, RetryDecl,
    ServiceDecl, arguments, duration, lint, percentage,
};
use crate::diagnostic::{Code, Report};
use crate::model::{AckMode, Backoff, OnError, OnUnknown, QueueKind};
use crate::source::Spanned;
use crate::yaml::{Content, Entry};

pub(crate) const SERVICE: [&str; 13] = [
    "doc",
    "allow",
    "publishes",
    "queue",
    "bindings",
    "timeout",
    "on_error",
    "retry",
    "concurrency",
    "prefetch",
    "on_unknown",
    "dead_letter",
    "handles",
];

pub(crate) const HANDLER: [&str; 11] = [
    "allow",
    "queue",
    "ack",
    "ordered_by",
    "timeout",
    "on_error",
    "retry",
    "concurrency",
    "prefetch",
    "on_unknown",
    "dead_letter",
];

/// `defaults` of a manifest.
pub(crate) const DEFAULTS: [&str; 8] = [
    "queue",
    "timeout",
    "on_error",
    "retry",
    "concurrency",
    "prefetch",
    "on_unknown",
    "dead_letter",
];

pub(crate) const QUEUE: [&str; 3] = ["name", "type", "arguments"];

/// `queue` of `defaults`, which has no name of its own.
pub(crate) const DEFAULT_QUEUE: [&str; 2] = ["type", "arguments"];

pub(crate) const DEAD_LETTER: [&str; 1] = ["queue"];

pub(crate) const RETRY: [&str; 5] = ["attempts", "backoff", "initial", "max", "jitter"];

pub(crate) const QUEUE_KINDS: [(&str, QueueKind); 2] = [
    ("quorum", QueueKind::Quorum),
    ("classic", QueueKind::Classic),
];

pub(crate) const ACK_MODES: [(&str, AckMode); 2] =
    [("auto", AckMode::Auto), ("manual", AckMode::Manual)];

pub(crate) const ON_ERROR: [(&str, OnError); 3] = [
    ("retry", OnError::Retry),
    ("requeue", OnError::Requeue),
    ("dead_letter", OnError::DeadLetter),
];

pub(crate) const ON_UNKNOWN: [(&str, OnUnknown); 2] = [
    ("dead_letter", OnUnknown::DeadLetter),
    ("ignore", OnUnknown::Ignore),
];

pub(crate) const BACKOFFS: [(&str, Backoff); 3] = [
    ("fixed", Backoff::Fixed),
    ("linear", Backoff::Linear),
    ("exponential", Backoff::Exponential),
];

pub(super) fn declaration(report: &mut Report, entry: &Entry) -> ServiceDecl {
    let name = name::declared(report, entry, Grammar::Lower, "a service");
    let mut service = ServiceDecl {
        name,
        doc: None,
        publishes: Vec::new(),
        handles: Vec::new(),
        queue: None,
        bindings: None,
        policy: Policy::default(),
        consuming: Consuming::default(),
    };
    let what = format!("the service `{}`", service.name.value);
    let Some(object) = object(report, &entry.value, &what, &SERVICE) else {
        return service;
    };
    lint::allow(report, object, service.name.span, &entry.value);
    service.doc = doc(report, object);
    if let Some(node) = object.get("publishes") {
        service.publishes = texts(report, node, "published messages");
    }
    let handles = mapping_or_nothing(report, object.get("handles"), "`handles`");
    let handles = handles
        .iter()
        .filter(|entry| !matches!(entry.value.content, Content::Broken));
    let handles = handles.map(|entry| handler(report, entry));
    service.handles = handles.collect();
    service.queue = queue(report, object);
    service.bindings = bindings(report, object);
    service.policy = policy(report, object);
    service.consuming = consuming(report, object);
    service
}

fn handler(report: &mut Report, entry: &Entry) -> HandlerDecl {
    let mut handler = HandlerDecl {
        message: entry.key.clone(),
        queue: None,
        ack: None,
        ordered_by: None,
        policy: Policy::default(),
        consuming: Consuming::default(),
    };
    if entry.value.is_null() {
        return handler;
    }
    let what = format!("the handler of `{}`", handler.message.value);
    let Some(object) = object(report, &entry.value, &what, &HANDLER) else {
        return handler;
    };
    lint::allow(report, object, handler.message.span, &entry.value);
    handler.queue = queue(report, object);
    handler.ack = choose(report, object, "ack", &ACK_MODES).map(|ack| ack.value);
    handler.ordered_by = object
        .get("ordered_by")
        .and_then(|node| text(report, node, "`ordered_by`"));
    handler.policy = policy(report, object);
    handler.consuming = consuming(report, object);
    handler
}

/// `queue: name`, or `queue: {name: ..., type: ..., arguments: ...}`.
fn queue(report: &mut Report, object: Object<'_>) -> Option<QueueDecl> {
    let entry = object.entry("queue")?;
    let mut queue = QueueDecl {
        span: entry.key.span,
        name: None,
        kind: None,
        arguments: ArgumentsDecl::default(),
    };
    let name = if matches!(entry.value.content, Content::Map(_)) {
        let object = self::object(report, &entry.value, "a queue", &QUEUE)?;
        queue.kind = choose(report, object, "type", &QUEUE_KINDS).map(|kind| kind.value);
        queue.arguments = arguments::arguments(report, object).unwrap_or_default();
        object.get("name")
    } else {
        Some(&entry.value)
    };
    if let Some(name) = name {
        // A name that cannot be used is reported; the queue stands without one and takes its default.
        queue.name = text(report, name, "the name of a queue");
    }
    if let Some(name) = &queue.name {
        queue_name(report, name);
    }
    Some(queue)
}

/// Checks the name of a queue, written or derived.
pub(crate) fn queue_name(report: &mut Report, name: &Spanned<String>) -> bool {
    let Some(fault) = broker_name_fault(&name.value) else {
        return true;
    };
    report
        .add(
            Code::InvalidQueueName,
            name.span,
            format!("the queue name `{}` {fault}", shortened(&name.value)),
        )
        .help("use up to 180 ASCII letters, digits, `.`, `_` and `-`: `queue: billing.orders`");
    false
}

fn shortened(name: &str) -> String {
    const WIDTH: usize = 60;
    if name.chars().count() <= WIDTH {
        return name.to_owned();
    }
    name.chars().take(WIDTH).chain(['…']).collect()
}

fn bindings(report: &mut Report, object: Object<'_>) -> Option<Bindings> {
    let entry = object.entry("bindings")?;
    let mut keys = texts(report, &entry.value, "bindings");
    if matches!(&entry.value.content, Content::List(items) if items.is_empty()) {
        report
            .add(
                Code::Empty,
                entry.value.span,
                "the list of bindings is empty",
            )
            .help("remove it: a queue is bound by the topics of what it handles");
    }
    keys.retain(|key| is_binding_key(report, key));
    let span = entry.key.span;
    Some(Bindings { span, keys })
}

/// Words, `*` for one word and `#` for any number of them.
fn is_binding_key(report: &mut Report, key: &Spanned<String>) -> bool {
    let text = &key.value;
    let Some(fault) = key_fault(text, |word| matches!(word, "*" | "#")) else {
        return true;
    };
    let message = format!("the binding key `{}` {fault}", shortened(text));
    let wild = text.contains(['*', '#']);
    report
        .add(Code::InvalidBindingKey, key.span, message)
        .help(if wild {
            "`*` stands for one whole word and `#` for any number of words: `\"orders.*\"`, `\"orders.#\"`"
        } else {
            "write words of ASCII letters, digits, `_` and `-`, separated by dots: `\"orders.*\"`"
        });
    false
}

/// `defaults` of a manifest.
pub(super) fn defaults(report: &mut Report, object: Object<'_>) -> Defaults {
    let Some(object) = object
        .get("defaults")
        .and_then(|node| self::object(report, node, "`defaults`", &DEFAULTS))
    else {
        return Defaults::default();
    };
    let queue = object
        .get("queue")
        .and_then(|node| self::object(report, node, "the default of queues", &DEFAULT_QUEUE));
    Defaults {
        queue_kind: queue
            .and_then(|queue| choose(report, queue, "type", &QUEUE_KINDS))
            .map(|kind| kind.value),
        arguments: queue
            .and_then(|queue| arguments::arguments(report, queue))
            .unwrap_or_default(),
        policy: policy(report, object),
        consuming: consuming(report, object),
    }
}

fn policy(report: &mut Report, object: Object<'_>) -> Policy {
    Policy {
        timeout: time(report, object, "timeout"),
        on_error: choose(report, object, "on_error", &ON_ERROR),
        retry: retry(report, object),
    }
}

fn consuming(report: &mut Report, object: Object<'_>) -> Consuming {
    let mut number = |key: &str| {
        let entry = object.entry(key)?;
        let what = format!("`{key}`");
        integer(report, &entry.value, &what, 1..=u16::MAX)
    };
    Consuming {
        concurrency: number("concurrency"),
        prefetch: number("prefetch"),
        on_unknown: choose(report, object, "on_unknown", &ON_UNKNOWN),
        dead_letter: dead_letter(report, object),
    }
}

/// `dead_letter: name`, or `dead_letter: {queue: name}`.
fn dead_letter(report: &mut Report, object: Object<'_>) -> Option<Spanned<String>> {
    let node = object.get("dead_letter")?;
    let name = if matches!(node.content, Content::Map(_)) {
        let object = self::object(report, node, "`dead_letter`", &DEAD_LETTER)?;
        let help = "add `queue: billing.failed`: the queue that keeps the dead letters";
        required(report, object, "queue", node.span, "`dead_letter`", help)?
    } else {
        node
    };
    let name = text(report, name, "the name of a dead-letter queue")?;
    queue_name(report, &name).then_some(name)
}

fn retry(report: &mut Report, object: Object<'_>) -> Option<RetryDecl> {
    let entry = object.entry("retry")?;
    let object = self::object(report, &entry.value, "`retry`", &RETRY)?;
    let attempts = object
        .get("attempts")
        .and_then(|node| integer(report, node, "`attempts`", 1..=1000));
    Some(RetryDecl {
        span: entry.key.span,
        attempts,
        backoff: choose(report, object, "backoff", &BACKOFFS),
        initial: time(report, object, "initial"),
        max: time(report, object, "max"),
        jitter: object
            .get("jitter")
            .and_then(|node| percentage::percentage(report, node, "`jitter`")),
    })
}

pub(super) fn choose<T: Copy>(
    report: &mut Report,
    object: Object<'_>,
    key: &str,
    choices: &[(&str, T)],
) -> Option<Spanned<T>> {
    let node = object.get(key)?;
    choice(report, node, &format!("`{key}`"), choices)
}

pub(super) fn time(
    report: &mut Report,
    object: Object<'_>,
    key: &str,
) -> Option<Spanned<Duration>> {
    duration::duration(report, object.get(key)?, &format!("`{key}`"))
}
