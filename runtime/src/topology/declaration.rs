//! What an exchange or a queue is, property by property: one table that declarations are written from and conflicts are read
//! by, on RabbitMQ, in memory and in tools.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::{Exchange, Queue};
use crate::spec::{Overflow, QueueKind};

/// An exchange or a queue with all that decides whether declaring it again agrees with what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// What it is and its name.
    pub object: Object,
    /// By the names that RabbitMQ's refusals use; what is not set is not here.
    pub properties: Properties,
}

/// The properties of one object, by name.
pub type Properties = BTreeMap<Cow<'static, str>, Value>;

/// Names an exchange or a queue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// An exchange.
    Exchange(Cow<'static, str>),
    /// A queue.
    Queue(Cow<'static, str>),
}

/// The value of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A word or a name.
    Text(Cow<'static, str>),
    /// A count, or milliseconds.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

/// One property that is otherwise on the broker than in the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub property: Cow<'static, str>,
    /// What the broker has.
    pub broker: Held,
    /// What the contract wants; `None` where it wants the property not to be set.
    pub contract: Option<Value>,
}

/// What a broker has for a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// This value.
    Value(Value),
    /// It is not set.
    Nothing,
    /// Something else than the contract wants; the broker's words were cut short, or are of another type.
    Unknown,
}

/// The names of the properties that are no arguments.
pub(crate) const TYPE: &str = "type";
pub(crate) const DURABLE: &str = "durable";
pub(crate) const AUTO_DELETE: &str = "auto_delete";
pub(crate) const INTERNAL: &str = "internal";
pub(crate) const EXCLUSIVE: &str = "exclusive";

/// The argument of exchanges.
pub(crate) const ALTERNATE_EXCHANGE: &str = "alternate-exchange";

/// The arguments of queues.
pub(crate) const QUEUE_TYPE: &str = "x-queue-type";
pub(crate) const MAX_LENGTH: &str = "x-max-length";
pub(crate) const MAX_LENGTH_BYTES: &str = "x-max-length-bytes";
pub(crate) const MESSAGE_TTL: &str = "x-message-ttl";
pub(crate) const DELIVERY_LIMIT: &str = "x-delivery-limit";
const MAX_PRIORITY: &str = "x-max-priority";
const SINGLE_ACTIVE_CONSUMER: &str = "x-single-active-consumer";
const OVERFLOW: &str = "x-overflow";
const DEAD_LETTER_EXCHANGE: &str = "x-dead-letter-exchange";
const DEAD_LETTER_ROUTING_KEY: &str = "x-dead-letter-routing-key";
const DEAD_LETTER_STRATEGY: &str = "x-dead-letter-strategy";

impl Declaration {
    /// What `wanted` wants otherwise than this, which a broker has.
    pub fn differences(&self, wanted: &Self) -> Vec<Difference> {
        let mut names: Vec<_> = self.properties.keys().collect();
        names.extend(wanted.properties.keys());
        names.sort();
        names.dedup();
        let difference = |name: &Cow<'static, str>| {
            let (is, contract) = (self.properties.get(name), wanted.properties.get(name));
            (is != contract).then(|| Difference {
                property: name.clone(),
                broker: is.map_or(Held::Nothing, |is| Held::Value(is.clone())),
                contract: contract.cloned(),
            })
        };
        names.into_iter().filter_map(difference).collect()
    }

    pub(crate) fn flag(&self, property: &str) -> bool {
        self.properties.get(property) == Some(&Value::Flag(true))
    }

    /// The properties that travel as arguments.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = (&str, &Value)> {
        let fields = [TYPE, DURABLE, AUTO_DELETE, INTERNAL, EXCLUSIVE];
        self.properties
            .iter()
            .map(|(name, value)| (&**name, value))
            .filter(move |(name, _)| !fields.contains(name))
    }
}

impl Object {
    /// Its name.
    pub fn name(&self) -> &str {
        let (Self::Exchange(name) | Self::Queue(name)) = self;
        name
    }
}

impl From<&Exchange> for Declaration {
    fn from(exchange: &Exchange) -> Self {
        let flag = |name, value| (Cow::Borrowed(name), Value::Flag(value));
        let mut properties = Properties::from([
            (Cow::Borrowed(TYPE), word("topic")),
            flag(DURABLE, true),
            flag(AUTO_DELETE, false),
            flag(INTERNAL, false),
        ]);
        if let Some(alternate) = &exchange.alternate {
            let alternate = Value::Text(alternate.clone());
            properties.insert(Cow::Borrowed(ALTERNATE_EXCHANGE), alternate);
        }
        Self {
            object: Object::Exchange(exchange.name.clone()),
            properties,
        }
    }
}

impl From<&Queue> for Declaration {
    fn from(queue: &Queue) -> Self {
        let mut properties = Properties::from([
            (Cow::Borrowed(DURABLE), Value::Flag(true)),
            (Cow::Borrowed(AUTO_DELETE), Value::Flag(false)),
            (Cow::Borrowed(EXCLUSIVE), Value::Flag(false)),
        ]);
        let mut set = |name: &'static str, value| {
            properties.insert(Cow::Borrowed(name), value);
        };
        let limits = &queue.arguments;
        set(QUEUE_TYPE, word(kind(queue.kind)));
        for (name, value) in [
            (MAX_LENGTH, limits.max_length.map(i64::from)),
            (MAX_LENGTH_BYTES, limits.max_length_bytes.map(long)),
            (
                MESSAGE_TTL,
                limits.message_ttl.map(|ttl| long(ttl.as_millis())),
            ),
            (DELIVERY_LIMIT, limits.delivery_limit.map(i64::from)),
            (MAX_PRIORITY, limits.max_priority.map(i64::from)),
        ] {
            if let Some(value) = value {
                set(name, Value::Number(value));
            }
        }
        if limits.single_active_consumer {
            set(SINGLE_ACTIVE_CONSUMER, Value::Flag(true));
        }
        if limits.is_bounded() {
            set(OVERFLOW, word(overflow(limits.overflow)));
        }
        if let Some(dead_letter) = &queue.dead_letter {
            set(
                DEAD_LETTER_EXCHANGE,
                Value::Text(dead_letter.exchange.clone()),
            );
            if let Some(routing_key) = &dead_letter.routing_key {
                set(DEAD_LETTER_ROUTING_KEY, Value::Text(routing_key.clone()));
            }
            if queue.kind == QueueKind::Quorum {
                // The broker dead-letters at least once only where it refuses what it has no room for.
                set(DEAD_LETTER_STRATEGY, word("at-least-once"));
                set(OVERFLOW, word(overflow(Overflow::RejectPublish)));
            }
        }
        Self {
            object: Object::Queue(queue.name.clone()),
            properties,
        }
    }
}

fn word(text: &'static str) -> Value {
    Value::Text(Cow::Borrowed(text))
}

/// AMQP's numbers have a sign.
fn long(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

fn overflow(overflow: Overflow) -> &'static str {
    match overflow {
        Overflow::RejectPublish => "reject-publish",
        Overflow::DropHead => "drop-head",
    }
}

fn kind(kind: QueueKind) -> &'static str {
    match kind {
        QueueKind::Quorum => "quorum",
        QueueKind::Classic => "classic",
    }
}

/// The kind, then the name in backticks.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange(name) => write!(f, "exchange `{name}`"),
            Self::Queue(name) => write!(f, "queue `{name}`"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) if text.is_empty() => f.write_str("empty"),
            Self::Text(text) => write!(f, "`{text}`"),
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}

/// The property and both values, in words.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let property = &self.property;
        let shown = |value: &Value| match value {
            Value::Number(number) if property == MESSAGE_TTL => format!("{number} ms"),
            value => value.to_string(),
        };
        let broker = match &self.broker {
            Held::Value(value) => shown(value),
            Held::Nothing => "not set".to_owned(),
            Held::Unknown => "something else".to_owned(),
        };
        let contract = self
            .contract
            .as_ref()
            .map_or_else(|| "not set".to_owned(), shown);
        write!(
            f,
            "`{property}` is {broker} on the broker and {contract} in the contract"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::spec::QueueArguments;
    use crate::topology::DeadLetter;

    fn queue(kind: QueueKind, dead_letter: Option<DeadLetter>) -> Declaration {
        Declaration::from(&Queue {
            name: "q".into(),
            kind,
            arguments: QueueArguments::expiring(Duration::from_secs(2)),
            dead_letter,
        })
    }

    #[test]
    fn arguments_say_what_the_queue_is() {
        let dead_letter = Some(DeadLetter {
            exchange: "dlx".into(),
            routing_key: Some("q.dead".into()),
        });
        let quorum = queue(QueueKind::Quorum, dead_letter.clone());
        assert_eq!(quorum.arguments().count(), 6, "{quorum:?}");
        assert_eq!(quorum.properties[OVERFLOW], word("reject-publish"));
        let classic = queue(QueueKind::Classic, dead_letter);
        assert_eq!(classic.arguments().count(), 4, "{classic:?}");
        assert_eq!(classic.properties[MESSAGE_TTL], Value::Number(2_000));
        let plain = queue(QueueKind::Classic, None);
        assert_eq!(plain.arguments().count(), 2);
        assert!(plain.flag(DURABLE) && !plain.flag(EXCLUSIVE));
    }

    #[test]
    fn every_difference_has_both_values() {
        let broker = queue(QueueKind::Classic, None);
        assert_eq!(broker.differences(&broker), []);
        let mut wanted = broker.clone();
        wanted.properties.insert(QUEUE_TYPE.into(), word("quorum"));
        wanted
            .properties
            .insert(MAX_LENGTH.into(), Value::Number(5));
        wanted.properties.remove(MESSAGE_TTL);
        let told: Vec<_> = broker
            .differences(&wanted)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "`x-max-length` is not set on the broker and 5 in the contract",
                "`x-message-ttl` is 2000 ms on the broker and not set in the contract",
                "`x-queue-type` is `classic` on the broker and `quorum` in the contract",
            ]
        );
    }
}
