//! The names of the headers that urutu writes and reads.

use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};

use crate::scalar::Timestamp;

/// The id of the message whose handler published this one.
pub(crate) const CAUSATION_ID: &str = "urutu-causation-id";
/// How many attempts at this message are spent; on retried copies and on dead letters.
pub(crate) const ATTEMPTS: &str = "urutu-attempts";
/// The topic that it was first published with: copies travel with another routing key.
pub(crate) const TOPIC: &str = "urutu-topic";
/// The exchange that it was first published to.
pub(crate) const EXCHANGE: &str = "urutu-exchange";
/// When a message that was published for later expires, RFC 3339: the property `expiration` would end its delay.
pub(crate) const EXPIRES_AT: &str = "urutu-expires-at";
/// The queue whose handler failed.
pub(crate) const QUEUE: &str = "urutu-queue";
/// When the first attempt failed, RFC 3339.
pub(crate) const FIRST_FAILED_AT: &str = "urutu-first-failed-at";
/// When the last attempt failed, RFC 3339.
pub(crate) const LAST_FAILED_AT: &str = "urutu-last-failed-at";
/// Why it is a dead letter: a word of [`DeadReason`](crate::DeadReason).
pub(crate) const DEAD_REASON: &str = "urutu-dead-reason";
/// The last error, then what caused it, then what caused that.
pub(crate) const ERROR_CHAIN: &str = "urutu-error-chain";

/// What tells of attempts that failed. A replayed message begins anew, without them.
pub(crate) const OF_FAILURES: [&str; 6] = [
    ATTEMPTS,
    QUEUE,
    FIRST_FAILED_AT,
    LAST_FAILED_AT,
    DEAD_REASON,
    ERROR_CHAIN,
];
/// When it was replayed from a dead-letter queue, RFC 3339.
pub(crate) const REPLAYED_AT: &str = "urutu-replayed-at";

/// What the broker notes when it dead-letters a message, the latest first: <https://www.rabbitmq.com/docs/dlx#effects>. The first ones may
/// be those of the queues that delayed it.
const DEATHS: &str = "x-death";
/// In a death: why.
pub(crate) const DEATH_REASON: &str = "reason";
/// In a death: in which queue.
pub(crate) const DEATH_QUEUE: &str = "queue";

/// In a death: the exchange that the message had been published to.
pub(crate) const DEATH_EXCHANGE: &str = "exchange";
/// In a death: the routing keys that it had been published with.
const DEATH_KEYS: &str = "routing-keys";
/// In a death: when.
const DEATH_TIME: &str = "time";

/// The longest name that AMQP allows, in bytes.
const LONGEST_NAME: usize = 255;

/// What tells the broker to route a message to further queues. A copy must not bring it along: it would be sent there as well, each time, with the
/// rights of the worker.
pub(crate) const FURTHER_KEYS: [&str; 2] = ["CC", "BCC"];

/// W3C trace context, handed on to children: <https://www.w3.org/TR/trace-context/>.
pub(crate) const TRACE_PARENT: &str = "traceparent";
/// W3C trace context, handed on to children.
pub(crate) const TRACE_STATE: &str = "tracestate";
/// Longer ones are not handed on: W3C asks for the first to have 55 characters and for 512 of the second to be kept, and every child would carry them.
pub(crate) const LONGEST_TRACE: usize = 1024;

/// Deliveries that came back to a quorum queue, counted by the broker:
/// <https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling>.
pub(crate) const DELIVERY_COUNT: &str = "x-delivery-count";
/// The same count in RabbitMQ 4.x, where it includes deliveries given back by `nack`.
pub(crate) const ACQUIRED_COUNT: &str = "x-acquired-count";

/// Whether the broker writes this header itself, so that a copy must not bring it along: an old `x-death` makes RabbitMQ before
/// 4.0.1 drop the copy as a dead-letter cycle.
pub(crate) fn is_brokers_own(name: &str) -> bool {
    const OF_DEATHS: [&str; 6] = [
        "x-first-death-exchange",
        "x-first-death-queue",
        "x-first-death-reason",
        "x-last-death-exchange",
        "x-last-death-queue",
        "x-last-death-reason",
    ];
    [DELIVERY_COUNT, ACQUIRED_COUNT, DEATHS].contains(&name) || OF_DEATHS.contains(&name)
}

/// Whether urutu or the broker writes this header, and urutu reads it.
pub(crate) fn is_read(name: &str) -> bool {
    const OURS: [&str; 13] = [
        CAUSATION_ID,
        ATTEMPTS,
        TOPIC,
        EXCHANGE,
        EXPIRES_AT,
        QUEUE,
        FIRST_FAILED_AT,
        LAST_FAILED_AT,
        DEAD_REASON,
        ERROR_CHAIN,
        REPLAYED_AT,
        TRACE_PARENT,
        TRACE_STATE,
    ];
    OURS.contains(&name) || is_brokers_own(name)
}

/// A header's name; ours are short.
pub(crate) fn name(name: &'static str) -> ShortString {
    ShortString::from(name)
}

/// A text value.
pub(crate) fn string(text: impl Into<Vec<u8>>) -> AMQPValue {
    AMQPValue::LongString(LongString::from(text))
}

/// The text of a header, where it is text.
pub(crate) fn text<'a>(headers: Option<&'a FieldTable>, name: &str) -> Option<&'a str> {
    match headers?.inner().get(name)? {
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok(),
        AMQPValue::ShortString(text) => Some(text.as_str()),
        _ => None,
    }
}

/// The name of a queue, an exchange or a topic in a header. AMQP knows none that is longer: what is, somebody has forged, and it counts as absent.
pub(crate) fn address<'a>(headers: Option<&'a FieldTable>, name: &str) -> Option<&'a str> {
    text(headers, name).filter(|text| text.len() <= LONGEST_NAME)
}

/// The time of a header; what is none counts as absent.
pub(crate) fn time(headers: Option<&FieldTable>, name: &str) -> Option<Timestamp> {
    text(headers, name)?.parse().ok()
}

/// What the broker noted under `name` when it dead-lettered the message last.
pub(crate) fn of_last_death<'a>(headers: Option<&'a FieldTable>, name: &str) -> Option<&'a str> {
    text(last_death(headers), name)
}

/// The routing key that the message had been published with when the broker dead-lettered it last.
pub(crate) fn key_of_last_death(headers: Option<&FieldTable>) -> Option<&str> {
    match last_death(headers)?.inner().get(DEATH_KEYS)? {
        AMQPValue::FieldArray(keys) => match keys.as_slice().first()? {
            AMQPValue::LongString(key) => std::str::from_utf8(key.as_bytes()).ok(),
            _ => None,
        },
        _ => None,
    }
}

/// When the broker dead-lettered the message last, in seconds since 1970.
pub(crate) fn time_of_last_death(headers: Option<&FieldTable>) -> Option<u64> {
    match last_death(headers)?.inner().get(DEATH_TIME)? {
        AMQPValue::Timestamp(seconds) => Some(*seconds),
        _ => None,
    }
}

fn last_death(headers: Option<&FieldTable>) -> Option<&FieldTable> {
    match headers?.inner().get(DEATHS)? {
        AMQPValue::FieldArray(deaths) => match deaths.as_slice().first()? {
            AMQPValue::FieldTable(death) => Some(death),
            _ => None,
        },
        _ => None,
    }
}

/// The number of a header, in whatever width a client wrote it, also as text. Negative numbers and nonsense count as absent: a
/// header that anyone can forge must never stop a message.
pub(crate) fn count(headers: Option<&FieldTable>, name: &str) -> Option<u32> {
    let number = match headers?.inner().get(name)? {
        AMQPValue::ShortShortInt(n) => i64::from(*n),
        AMQPValue::ShortShortUInt(n) => i64::from(*n),
        AMQPValue::ShortInt(n) => i64::from(*n),
        AMQPValue::ShortUInt(n) => i64::from(*n),
        AMQPValue::LongInt(n) => i64::from(*n),
        AMQPValue::LongUInt(n) => i64::from(*n),
        AMQPValue::LongLongInt(n) => *n,
        AMQPValue::Timestamp(n) => i64::try_from(*n).unwrap_or(i64::MAX),
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes())
            .ok()?
            .trim()
            .parse()
            .ok()?,
        AMQPValue::ShortString(text) => text.as_str().trim().parse().ok()?,
        _ => return None,
    };
    (number >= 0).then(|| u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(value: AMQPValue) -> FieldTable {
        let mut table = FieldTable::default();
        table.insert(name(ATTEMPTS), value);
        table
    }

    #[test]
    fn a_count_is_read_in_any_width_and_nonsense_is_absent() {
        let read = |value| count(Some(&table(value)), ATTEMPTS);
        assert_eq!(read(AMQPValue::ShortShortUInt(3)), Some(3));
        assert_eq!(read(AMQPValue::LongLongInt(3)), Some(3));
        assert_eq!(read(string("3")), Some(3));
        assert_eq!(read(AMQPValue::LongLongInt(i64::MAX)), Some(u32::MAX));
        assert_eq!(read(AMQPValue::LongInt(-1)), None);
        assert_eq!(read(string("three")), None);
        assert_eq!(read(AMQPValue::Void), None);
        assert_eq!(count(None, ATTEMPTS), None);
    }
}
