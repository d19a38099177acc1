//! A topology as declarations, and as looks at what is there.

use std::borrow::Cow;
use std::sync::Arc;

use lapin::options::{
    ExchangeBindOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, MAX_SHORT_STRING_LENGTH, ShortString};
use lapin::{Channel, ExchangeKind};

use super::conflict::{conflict, uncreatable};
use super::connection::Link;
use super::request::Request;
use super::words::{ACCESS_REFUSED, Failure, PRECONDITION_FAILED, RESOURCE_LOCKED, answer, ask};
use crate::topology::declaration::{AUTO_DELETE, DURABLE, EXCLUSIVE, INTERNAL, TYPE, Value};
use crate::topology::{Binding, Conflict, Declaration, Destination, Object, Topology};
use crate::transport::{Findings, TransportError};

/// Declares exchanges, then queues, then bindings, up to the first that is refused.
pub(super) async fn declare(link: &Arc<Link>, topology: &Topology) -> Result<(), TransportError> {
    // Nothing else uses it: a refusal closes it. It closes as well when it is dropped.
    let channel = link.channel().await?;
    for wanted in declarations(topology) {
        if let Err(failure) = send(&channel, &wanted, None).await {
            return Err(match conflict_of(link, &wanted, &failure).await {
                Some(conflict) => TransportError::Refused(conflict.to_string()),
                None => failure.of(Request::Declare(&wanted.object)),
            });
        }
    }
    for binding in &topology.bindings {
        bind(&channel, binding).await?;
    }
    Ok(())
}

/// Creates nothing, but for an exchange that is deleted while it is compared. Properties are compared as far as the user may declare; bindings are not: AMQP cannot list
/// them.
pub(super) async fn verify(link: &Arc<Link>, topology: &Topology) -> Result<(), TransportError> {
    let mut findings = Findings::default();
    let mut not_compared = Vec::new();
    let mut channel = link.channel().await?;
    for wanted in declarations(topology) {
        if !channel.status().connected() {
            // The last answer was a refusal.
            channel = link.channel().await?;
        }
        match see(link, &channel, &wanted).await? {
            Seen::AsWanted => (),
            Seen::Missing => findings.missing.push(wanted.object),
            Seen::Otherwise(conflict) => findings.conflicts.push(conflict),
            Seen::NotCompared => not_compared.push(wanted.object.to_string()),
        }
    }
    if !not_compared.is_empty() {
        tracing::warn!(
            objects = not_compared.join(", "),
            "these exist, but their properties were not compared: the broker does that only for a user with the permission `configure`; `urutu topology verify` compares them"
        );
    }
    findings.into_result()
}

/// Whether a queue exists.
pub(super) async fn look_at_queue(link: &Arc<Link>, queue: &str) -> Result<(), TransportError> {
    let channel = link.channel().await?;
    let object = Object::Queue(Cow::Owned(queue.to_owned()));
    match look(&channel, &object).await {
        Err(Failure::Refused(refusal)) if refusal.is_missing() => {
            Findings::missing(object).into_result()
        }
        looked => looked.map_err(|failure| failure.of(Request::Look(&object))),
    }
}

/// What a look at one object shows.
enum Seen {
    AsWanted,
    Missing,
    Otherwise(Conflict),
    /// It exists; more is not told.
    NotCompared,
}

async fn see(
    link: &Arc<Link>,
    channel: &Channel,
    wanted: &Declaration,
) -> Result<Seen, TransportError> {
    let object = &wanted.object;
    // A topic exchange that is deleted at this very moment is made again, as the contract wants it; a queue never is.
    let extra = match object {
        Object::Queue(_) => Some(uncreatable(object)),
        Object::Exchange(_) => None,
    };
    let compared = match look(channel, object).await {
        Ok(()) => send(channel, wanted, extra).await,
        Err(failure) => Err(failure),
    };
    let Err(failure) = compared else {
        return Ok(Seen::AsWanted);
    };
    if let Some(conflict) = conflict_of(link, wanted, &failure).await {
        return Ok(Seen::Otherwise(conflict));
    }
    let compared_nothing = match &failure {
        Failure::Refused(refusal) if refusal.code == ACCESS_REFUSED => {
            return Ok(Seen::NotCompared);
        }
        Failure::Refused(refusal) => refusal.code == PRECONDITION_FAILED,
        Failure::Failed(_) => false,
    };
    // It was deleted in the meantime, or the broker does not compare it in our way.
    let failure = if compared_nothing {
        match look(&link.channel().await?, object).await {
            Ok(()) => return Ok(Seen::NotCompared),
            Err(failure) => failure,
        }
    } else {
        failure
    };
    match failure {
        Failure::Refused(refusal) if refusal.is_missing() => Ok(Seen::Missing),
        failure => Err(failure.of(Request::Look(object))),
    }
}

fn declarations(topology: &Topology) -> impl Iterator<Item = Declaration> {
    let exchanges = topology.exchanges.iter().map(Declaration::from);
    exchanges.chain(topology.queues.iter().map(Declaration::from))
}

/// The conflict that a refusal speaks of, if it speaks of one.
async fn conflict_of(
    link: &Arc<Link>,
    wanted: &Declaration,
    failure: &Failure,
) -> Option<Conflict> {
    match failure {
        Failure::Refused(refusal) if refusal.code == PRECONDITION_FAILED => {
            conflict(link, wanted, refusal).await
        }
        Failure::Refused(refusal) if refusal.code == RESOURCE_LOCKED => {
            Some(Conflict::locked(wanted.object.clone()))
        }
        _ => None,
    }
}

/// Asks whether an object exists. It needs no permission.
async fn look(channel: &Channel, object: &Object) -> Result<(), Failure> {
    let request = Request::Look(object);
    let name = short(object.name()).map_err(Failure::Failed)?;
    let none = FieldTable::default();
    match object {
        Object::Exchange(_) => {
            let passive = ExchangeDeclareOptions {
                passive: true,
                ..ExchangeDeclareOptions::default()
            };
            let declared = channel.exchange_declare(name, ExchangeKind::Topic, passive, none);
            ask(request, declared).await
        }
        Object::Queue(_) => {
            let passive = QueueDeclareOptions {
                passive: true,
                ..QueueDeclareOptions::default()
            };
            let declared = channel.queue_declare(name, passive, none);
            ask(request, declared).await.map(drop)
        }
    }
}

/// Declares one object with its properties and with one more argument, which replaces its own of that name.
pub(super) async fn send(
    channel: &Channel,
    wanted: &Declaration,
    more: Option<(&'static str, AMQPValue)>,
) -> Result<(), Failure> {
    let request = Request::Declare(&wanted.object);
    let name = short(wanted.object.name()).map_err(Failure::Failed)?;
    let mut arguments = FieldTable::default();
    for (name, value) in wanted.arguments() {
        arguments.insert(name.into(), argument(value));
    }
    if let Some((name, value)) = more {
        arguments.insert(name.into(), value);
    }
    let (durable, auto_delete) = (wanted.flag(DURABLE), wanted.flag(AUTO_DELETE));
    match &wanted.object {
        Object::Exchange(_) => {
            let options = ExchangeDeclareOptions {
                durable,
                auto_delete,
                internal: wanted.flag(INTERNAL),
                ..ExchangeDeclareOptions::default()
            };
            let kind = match wanted.properties.get(TYPE) {
                Some(Value::Text(kind)) => ExchangeKind::Custom(kind.to_string()),
                _ => ExchangeKind::Topic,
            };
            let declared = channel.exchange_declare(name, kind, options, arguments);
            ask(request, declared).await
        }
        Object::Queue(_) => {
            let options = QueueDeclareOptions {
                durable,
                auto_delete,
                exclusive: wanted.flag(EXCLUSIVE),
                ..QueueDeclareOptions::default()
            };
            let declared = channel.queue_declare(name, options, arguments);
            ask(request, declared).await.map(drop)
        }
    }
}

async fn bind(channel: &Channel, binding: &Binding) -> Result<(), TransportError> {
    let Binding { exchange, key, to } = binding;
    let (source, routing_key, none) = (short(exchange)?, short(key)?, FieldTable::default());
    let request = Request::Bind(binding);
    match to {
        Destination::Queue(name) => {
            let options = QueueBindOptions::default();
            let bound = channel.queue_bind(short(name)?, source, routing_key, options, none);
            answer(request, bound).await
        }
        Destination::Exchange(name) => {
            let options = ExchangeBindOptions::default();
            let bound = channel.exchange_bind(short(name)?, source, routing_key, options, none);
            answer(request, bound).await
        }
    }
}

fn argument(value: &Value) -> AMQPValue {
    match value {
        Value::Text(text) => AMQPValue::LongString((&**text).into()),
        Value::Number(number) => AMQPValue::LongLongInt(*number),
        Value::Flag(flag) => AMQPValue::Boolean(*flag),
    }
}

/// AMQP's names and routing keys hold at most 255 bytes.
pub(super) fn short(value: &str) -> Result<ShortString, TransportError> {
    fits(value)?;
    Ok(ShortString::from(value))
}

/// Whether AMQP takes a name.
pub(super) fn fits(value: &str) -> Result<(), TransportError> {
    if value.len() <= MAX_SHORT_STRING_LENGTH {
        return Ok(());
    }
    Err(TransportError::Refused(format!(
        "`{value}` has {} bytes; AMQP takes {MAX_SHORT_STRING_LENGTH} at most: shorten it",
        value.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_long_is_refused() {
        let error = short(&"q".repeat(256)).expect_err("AMQP has no room for it");
        assert!(error.to_string().contains("256 bytes"), "{error}");
    }
}
