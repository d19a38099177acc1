//! `arguments` of a queue: the limits that the broker keeps.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::ArgumentsDecl;
use super::service::{choose, time};
use super::value::{Object, boolean, integer, object_without};
use crate::diagnostic::{Code, Report};
use crate::model::Overflow;
use crate::source::Spanned;
use crate::yaml::Entry;

pub(crate) const ARGUMENTS: [&str; 7] = [
    "max_length",
    "max_length_bytes",
    "overflow",
    "message_ttl",
    "delivery_limit",
    "single_active_consumer",
    "max_priority",
];

pub(crate) const OVERFLOWS: [(&str, Overflow); 2] = [
    ("reject_publish", Overflow::RejectPublish),
    ("drop_head", Overflow::DropHead),
];

/// The most bytes that a limit may say: what every reader of JSON can hold.
pub(crate) const MOST_BYTES: u64 = (1 << 53) - 1;

pub(super) fn arguments(report: &mut Report, queue: Object<'_>) -> Option<ArgumentsDecl> {
    let node = queue.get("arguments")?;
    let object = object_without(report, node, "`arguments`", &ARGUMENTS, refuse)?;
    let flag = |report: &mut Report, key| boolean(report, object.get(key)?, &format!("`{key}`"));
    Some(ArgumentsDecl {
        max_length: whole(report, object, "max_length", 1..=u32::MAX),
        max_length_bytes: whole(report, object, "max_length_bytes", 1..=MOST_BYTES),
        overflow: choose(report, object, "overflow", &OVERFLOWS),
        message_ttl: time(report, object, "message_ttl"),
        delivery_limit: whole(report, object, "delivery_limit", 1..=u32::MAX),
        single_active_consumer: flag(report, "single_active_consumer"),
        max_priority: whole(report, object, "max_priority", 1..=u8::MAX),
    })
}

fn whole<T>(
    report: &mut Report,
    object: Object<'_>,
    key: &str,
    range: RangeInclusive<T>,
) -> Option<Spanned<T>>
where
    T: FromStr + PartialOrd + Display,
{
    integer(report, object.get(key)?, &format!("`{key}`"), range)
}

/// Reports a key that RabbitMQ has and the language keeps out on purpose.
fn refuse(report: &mut Report, entry: &Entry) -> bool {
    let key = entry.key.value.as_str();
    let help = if matches!(key, "expires" | "x-expires") {
        "an unused queue is deleted with all its messages; to give up old messages, which become dead letters, set `message_ttl`".to_owned()
    } else if let Some(name) = key.strip_prefix("x-") {
        let known = name.replace('-', "_");
        if ARGUMENTS.contains(&known.as_str()) {
            format!("write `{known}`, whose value is checked")
        } else {
            "what the language has no key for is the worker's: the type, the dead letters, and how they are kept".to_owned()
        }
    } else {
        return false;
    };
    report
        .add(
            Code::RefusedArgument,
            entry.key.span,
            format!("a queue of a catalog takes no argument `{key}`"),
        )
        .help(help);
    true
}
