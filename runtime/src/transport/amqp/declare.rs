//! A topology as declarations.

use lapin::options::{
    ExchangeBindOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ExchangeKind};

use super::words::answer;
use crate::spec::{Overflow, QueueKind};
use crate::topology::{Binding, Destination, Exchange, Queue, Topology};
use crate::transport::TransportError;

/// Declares exchanges, then queues, then bindings, on a channel that nothing else uses: a refusal closes it.
pub(super) async fn declare(channel: &Channel, topology: &Topology) -> Result<(), TransportError> {
    for exchange in &topology.exchanges {
        declare_exchange(channel, exchange).await?;
    }
    for queue in &topology.queues {
        declare_queue(channel, queue).await?;
    }
    for binding in &topology.bindings {
        bind(channel, binding).await?;
    }
    Ok(())
}

async fn declare_exchange(channel: &Channel, exchange: &Exchange) -> Result<(), TransportError> {
    let options = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    let declared = channel.exchange_declare(
        short(&exchange.name)?,
        ExchangeKind::Topic,
        options,
        FieldTable::default(),
    );
    answer(
        &format!("declare the topic exchange `{}`", exchange.name),
        declared,
    )
    .await
}

async fn declare_queue(channel: &Channel, queue: &Queue) -> Result<(), TransportError> {
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let what = format!("declare the {} queue `{}`", kind(queue.kind), queue.name);
    let declared = channel.queue_declare(short(&queue.name)?, options, arguments(queue));
    answer(&what, declared).await.map(drop)
}

async fn bind(channel: &Channel, binding: &Binding) -> Result<(), TransportError> {
    let Binding { exchange, key, to } = binding;
    let (source, routing_key, none) = (short(exchange)?, short(key)?, FieldTable::default());
    match to {
        Destination::Queue(name) => {
            let what = format!("bind the queue `{name}` to the exchange `{exchange}` by `{key}`");
            let options = QueueBindOptions::default();
            answer(
                &what,
                channel.queue_bind(short(name)?, source, routing_key, options, none),
            )
            .await
        }
        Destination::Exchange(name) => {
            let what =
                format!("bind the exchange `{name}` to the exchange `{exchange}` by `{key}`");
            let options = ExchangeBindOptions::default();
            answer(
                &what,
                channel.exchange_bind(short(name)?, source, routing_key, options, none),
            )
            .await
        }
    }
}

fn arguments(queue: &Queue) -> FieldTable {
    let limits = &queue.arguments;
    let mut arguments = FieldTable::default();
    let mut set = |name: &str, value: AMQPValue| {
        arguments.insert(name.into(), value);
    };
    set("x-queue-type", text(kind(queue.kind)));
    for (name, value) in [
        ("x-max-length", limits.max_length.map(i64::from)),
        ("x-max-length-bytes", limits.max_length_bytes.map(long)),
        (
            "x-message-ttl",
            limits.message_ttl.map(|ttl| long(ttl.as_millis())),
        ),
        ("x-delivery-limit", limits.delivery_limit.map(i64::from)),
        ("x-max-priority", limits.max_priority.map(i64::from)),
    ] {
        if let Some(value) = value {
            set(name, AMQPValue::LongLongInt(value));
        }
    }
    if limits.single_active_consumer {
        set("x-single-active-consumer", AMQPValue::Boolean(true));
    }
    if limits.is_bounded() {
        set("x-overflow", text(overflow(limits.overflow)));
    }
    if let Some(dead_letter) = &queue.dead_letter {
        set("x-dead-letter-exchange", text(&dead_letter.exchange));
        if let Some(routing_key) = &dead_letter.routing_key {
            set("x-dead-letter-routing-key", text(routing_key));
        }
        if queue.kind == QueueKind::Quorum {
            // The broker dead-letters at least once only where it refuses what it has no room for.
            set("x-dead-letter-strategy", text("at-least-once"));
            set("x-overflow", text(overflow(Overflow::RejectPublish)));
        }
    }
    arguments
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

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

/// AMQP's names and routing keys hold at most 255 bytes.
pub(super) fn short(value: &str) -> Result<ShortString, TransportError> {
    ShortString::try_new(value).map_err(|_| {
        TransportError::Refused(format!(
            "`{value}` has {} bytes; AMQP takes 255 at most: shorten it",
            value.len()
        ))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::spec::QueueArguments;
    use crate::topology::DeadLetter;

    fn queue(kind: QueueKind, dead_letter: Option<DeadLetter>) -> Queue {
        Queue {
            name: "q".into(),
            kind,
            arguments: QueueArguments::expiring(Duration::from_secs(2)),
            dead_letter,
        }
    }

    fn listed(queue: &Queue) -> Vec<String> {
        arguments(queue)
            .inner()
            .iter()
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect()
    }

    #[test]
    fn arguments_say_what_the_queue_is() {
        let dead_letter = Some(DeadLetter {
            exchange: "dlx".into(),
            routing_key: Some("q.dead".into()),
        });
        let quorum = listed(&queue(QueueKind::Quorum, dead_letter.clone()));
        assert_eq!(quorum.len(), 6, "{quorum:?}");
        assert!(
            quorum
                .iter()
                .any(|argument| argument.starts_with("x-overflow=")),
            "{quorum:?}"
        );
        let classic = listed(&queue(QueueKind::Classic, dead_letter));
        assert_eq!(classic.len(), 4, "{classic:?}");
        assert!(
            classic.contains(&"x-message-ttl=LongLongInt(2000)".to_owned()),
            "{classic:?}"
        );
        assert_eq!(listed(&queue(QueueKind::Classic, None)).len(), 2);
    }

    #[test]
    fn a_name_that_is_too_long_is_refused() {
        let error = short(&"q".repeat(256)).expect_err("AMQP has no room for it");
        assert!(error.to_string().contains("256 bytes"), "{error}");
    }
}
