//! Declarations of messages.

use std::time::Duration;

use super::field;
use super::manifest::exchange;
use super::name::{self, Grammar};
use super::value::{Object, choice, doc, integer, list, object, required, text, texts};
use super::{MessageDecl, duration, lint};
use crate::diagnostic::{Code, Report};
use crate::model::MessageKind;
use crate::source::Spanned;
use crate::yaml::Entry;

pub(crate) const KEYS: [&str; 10] = [
    "kind",
    "topic",
    "doc",
    "deprecated",
    "allow",
    "exchange",
    "fields",
    "reserved",
    "examples",
    "delivery",
];

pub(crate) const KINDS: [(&str, MessageKind); 2] =
    [("event", MessageKind::Event), ("task", MessageKind::Task)];

pub(crate) const DELIVERY: [&str; 2] = ["priority", "ttl"];

const KIND_HELP: &str = "add `kind: event` (every service that handles it gets a copy) or `kind: task` (one service handles it)";
const TOPIC_HELP: &str = "add one: `topic: orders.placed`";

pub(super) fn declaration(report: &mut Report, entry: &Entry) -> MessageDecl {
    let name = name::declared(report, entry, Grammar::Camel, "a message");
    let mut message = MessageDecl {
        name,
        doc: None,
        deprecated: None,
        kind: None,
        topic: None,
        exchange: None,
        fields: Vec::new(),
        reserved: Vec::new(),
        examples: Vec::new(),
        priority: None,
        ttl: None,
    };
    let what = format!("the message `{}`", message.name.value);
    let Some(object) = object(report, &entry.value, &what, &KEYS) else {
        return message;
    };
    let span = message.name.span;
    lint::allow(report, object, span, &entry.value);
    message.kind = required(report, object, "kind", span, &what, KIND_HELP)
        .and_then(|node| choice(report, node, "the kind of a message", &KINDS))
        .map(|kind| kind.value);
    message.topic = required(report, object, "topic", span, &what, TOPIC_HELP)
        .and_then(|node| text(report, node, "the topic"))
        .filter(|topic| is_topic(report, topic));
    message.doc = doc(report, object);
    message.deprecated = field::deprecated(report, object);
    message.exchange = exchange(report, object);
    let fields = field::fields(report, object.get("fields"), "`fields`");
    if let Some(node) = object.get("reserved") {
        message.reserved = texts(report, node, "reserved names");
    }
    if let Some(node) = object.get("examples") {
        let examples = list(report, node, "`examples`").unwrap_or_default();
        // Without the fields, nothing can be said about them.
        if fields.is_some() {
            message.examples = examples.to_vec();
        }
    }
    message.fields = fields.unwrap_or_default();
    (message.priority, message.ttl) = delivery(report, object).unwrap_or_default();
    message
}

/// `delivery: {priority: 5, ttl: 24h}`
fn delivery(report: &mut Report, object: Object<'_>) -> Option<(Option<u8>, Option<Duration>)> {
    let node = object.get("delivery")?;
    let object = self::object(report, node, "`delivery`", &DELIVERY)?;
    let priority = object
        .get("priority")
        .and_then(|node| integer(report, node, "the priority", 0..=u8::MAX));
    let ttl = object
        .get("ttl")
        .and_then(|node| duration::duration(report, node, "the time to live"));
    if let Some(ttl) = ttl.as_ref().filter(|ttl| ttl.value.is_zero()) {
        report
            .add(Code::OutOfRange, ttl.span, "a time to live is not zero")
            .help("the broker would drop every message that no consumer waits for");
    }
    Some((priority.map(|p| p.value), ttl.map(|ttl| ttl.value)))
}

/// A routing key to publish with: words, no wildcards.
fn is_topic(report: &mut Report, topic: &Spanned<String>) -> bool {
    let Spanned { value: text, span } = topic;
    if text.split('.').any(|word| matches!(word, "*" | "#")) {
        report
            .add(
                Code::WildcardTopic,
                *span,
                format!("the topic `{text}` holds a wildcard"),
            )
            .help("a message is published with one exact topic, such as `orders.placed`")
            .help("wildcards belong to the `bindings` of a service");
        return false;
    }
    let Some(fault) = key_fault(text, |_| false) else {
        return true;
    };
    report
        .add(Code::InvalidTopic, *span, format!("the topic {fault}"))
        .help(
            "write words of ASCII letters, digits, `_` and `-`, separated by dots: `orders.placed`",
        );
    false
}

/// What is wrong with a routing key or a binding key; `wildcard` tells the words that may be something else.
pub(super) fn key_fault(key: &str, wildcard: impl Fn(&str) -> bool) -> Option<&'static str> {
    /// A short string of AMQP.
    const LONGEST: usize = 255;
    let is_word = |word: &str| {
        word.chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    if key.len() > LONGEST {
        Some("is longer than 255 bytes")
    } else if key.split('.').any(str::is_empty) {
        Some("has an empty word")
    } else if !key.split('.').all(|word| wildcard(word) || is_word(word)) {
        Some("holds a character that is not allowed")
    } else {
        None
    }
}
