//! What a message becomes when it leaves its queue unhandled.

use std::sync::Arc;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldArray, FieldTable};

use super::message::Message;
use crate::topology;

const DEATHS: &str = "x-death";

/// Why a queue gave a message up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Expired,
    Rejected,
    DeliveryLimit,
    MaxLength,
}

impl Reason {
    /// The name that RabbitMQ gives it in `x-death`.
    fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::DeliveryLimit => "delivery_limit",
            Self::MaxLength => "maxlen",
        }
    }
}

/// The copy that goes to the dead-letter exchange: with its history in the headers, and without its
/// `expiration`, lest it expires once more.
pub(super) fn letter(
    message: &Message,
    reason: Reason,
    queue: &str,
    to: &topology::DeadLetter,
    unix_seconds: u64,
) -> Message {
    let mut headers = message.properties.headers().clone().unwrap_or_default();
    record(&mut headers, message, reason, queue, unix_seconds);
    Message {
        exchange: to.exchange.clone(),
        routing_key: to
            .routing_key
            .clone()
            .unwrap_or_else(|| message.routing_key.clone()),
        properties: Arc::new(without_expiration(&message.properties).with_headers(headers)),
        body: message.body.clone(),
        ttl: None,
    }
}

/// Whether this dead letter would come back to `queue` by itself, forever: it was there before, and
/// nothing rejected it since.
pub(super) fn is_cycle(letter: &Message, queue: &str) -> bool {
    for death in letter
        .properties
        .headers()
        .as_ref()
        .map(deaths)
        .unwrap_or_default()
    {
        if text(death, "reason") == Some(Reason::Rejected.name().as_bytes()) {
            return false;
        }
        if text(death, "queue") == Some(queue.as_bytes()) {
            return true;
        }
    }
    false
}

/// Writes one more death into the headers. Deaths in the same queue for the same reason share one
/// entry that counts them; the latest stands first.
fn record(
    headers: &mut FieldTable,
    message: &Message,
    reason: Reason,
    queue: &str,
    unix_seconds: u64,
) {
    if !headers.contains_key(DEATHS) {
        for (key, value) in [
            ("x-first-death-reason", reason.name()),
            ("x-first-death-queue", queue),
            ("x-first-death-exchange", &message.exchange),
        ] {
            headers.insert(key.into(), long(value));
        }
    }
    let (same, others): (Vec<_>, Vec<_>) = deaths(headers).into_iter().partition(|death| {
        text(death, "queue") == Some(queue.as_bytes())
            && text(death, "reason") == Some(reason.name().as_bytes())
    });
    let mut latest = same.first().map_or_else(
        || first_death(message, reason, queue, unix_seconds),
        |death| FieldTable::clone(death),
    );
    let before: i64 = same.iter().filter_map(|death| count(death)).sum();
    latest.insert(
        "count".into(),
        AMQPValue::LongLongInt(before.saturating_add(1)),
    );
    let history = std::iter::once(latest).chain(others.into_iter().cloned());
    let history: Vec<_> = history.map(AMQPValue::FieldTable).collect();
    headers.insert(
        DEATHS.into(),
        AMQPValue::FieldArray(FieldArray::from(history)),
    );
}

fn first_death(message: &Message, reason: Reason, queue: &str, unix_seconds: u64) -> FieldTable {
    let mut death = FieldTable::default();
    death.insert("reason".into(), long(reason.name()));
    death.insert("queue".into(), long(queue));
    death.insert("time".into(), AMQPValue::Timestamp(unix_seconds));
    death.insert("exchange".into(), long(&message.exchange));
    let keys = vec![long(&message.routing_key)];
    death.insert(
        "routing-keys".into(),
        AMQPValue::FieldArray(FieldArray::from(keys)),
    );
    if let Some(expiration) = message.properties.expiration() {
        death.insert("original-expiration".into(), long(expiration.as_str()));
    }
    death
}

fn deaths<'a>(headers: &'a FieldTable) -> Vec<&'a FieldTable> {
    let Some(AMQPValue::FieldArray(deaths)) = headers.inner().get(DEATHS) else {
        return Vec::new();
    };
    let table = |value: &'a AMQPValue| match value {
        AMQPValue::FieldTable(death) => Some(death),
        _ => None,
    };
    deaths.as_slice().iter().filter_map(table).collect()
}

fn text<'a>(death: &'a FieldTable, key: &str) -> Option<&'a [u8]> {
    match death.inner().get(key) {
        Some(AMQPValue::LongString(text)) => Some(text.as_bytes()),
        _ => None,
    }
}

fn count(death: &FieldTable) -> Option<i64> {
    match death.inner().get("count") {
        Some(AMQPValue::LongLongInt(count)) => Some(*count),
        _ => None,
    }
}

fn long(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

/// The properties have no way to take one out, so this builds them again.
fn without_expiration(from: &BasicProperties) -> BasicProperties {
    /// Copies the properties that are set.
    macro_rules! copy {
        ($($get:ident $with:ident),* $(,)?) => {{
            let mut to = BasicProperties::default();
            $(if let Some(value) = from.$get() {
                to = to.$with(value.clone());
            })*
            to
        }};
    }
    copy! {
        content_type with_content_type,
        content_encoding with_content_encoding,
        headers with_headers,
        delivery_mode with_delivery_mode,
        priority with_priority,
        correlation_id with_correlation_id,
        reply_to with_reply_to,
        message_id with_message_id,
        timestamp with_timestamp,
        kind with_type,
        user_id with_user_id,
        app_id with_app_id,
        cluster_id with_cluster_id,
    }
}
