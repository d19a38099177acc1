//! Copies: the delayed one of a retry, the dead letter, the one that is replayed, and the one that is published for later.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use uuid::Uuid;

use super::{PERSISTENT, headers};
use crate::transport::Publish;

type Setter = fn(BasicProperties, ShortString) -> BasicProperties;

/// A copy of a message in the making. It keeps the body, the properties and the sender's headers; it drops what the
/// broker wrote, `expiration` and its header (a copy waits as long as it must) and `user_id` (the broker accepts only our own).
#[derive(Debug)]
pub(crate) struct Copy {
    properties: BasicProperties,
    headers: FieldTable,
    body: Bytes,
}

impl Copy {
    pub(crate) fn of(original: &BasicProperties, body: &Bytes) -> Self {
        let mut properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_message_id(
                // Foreign publishers may set none; the publisher needs one to recognise a returned message.
                original
                    .message_id()
                    .clone()
                    .unwrap_or_else(|| ShortString::from(Uuid::now_v7().to_string())),
            );
        let texts: [(&Option<ShortString>, Setter); 7] = [
            (original.kind(), BasicProperties::with_type),
            (original.content_type(), BasicProperties::with_content_type),
            (
                original.content_encoding(),
                BasicProperties::with_content_encoding,
            ),
            (
                original.correlation_id(),
                BasicProperties::with_correlation_id,
            ),
            (original.reply_to(), BasicProperties::with_reply_to),
            (original.app_id(), BasicProperties::with_app_id),
            (original.cluster_id(), BasicProperties::with_cluster_id),
        ];
        for (value, set) in texts {
            if let Some(value) = value {
                properties = set(properties, value.clone());
            }
        }
        if let Some(priority) = original.priority() {
            properties = properties.with_priority(*priority);
        }
        if let Some(timestamp) = original.timestamp() {
            properties = properties.with_timestamp(*timestamp);
        }
        let mut table = FieldTable::default();
        for (name, value) in original.headers().iter().flatten() {
            if !headers::is_brokers_own(name.as_str()) && name.as_str() != headers::EXPIRES_AT {
                table.insert(name.clone(), value.clone());
            }
        }
        Self {
            properties,
            headers: table,
            body: body.clone(),
        }
    }

    /// Sets a header.
    pub(crate) fn set(mut self, name: &'static str, value: AMQPValue) -> Self {
        self.headers.insert(headers::name(name), value);
        self
    }

    /// Sets a header unless an earlier copy has it already.
    pub(crate) fn set_once(self, name: &'static str, value: impl FnOnce() -> AMQPValue) -> Self {
        if self.headers.contains_key(name) {
            self
        } else {
            self.set(name, value())
        }
    }

    /// Leaves headers out.
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        let kept = self.headers.inner().iter();
        let kept: BTreeMap<_, _> = kept
            .filter(|(name, _)| !names.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        self.headers = kept.into();
        self
    }

    /// Sends it to an exchange. Copies are mandatory: one that reaches no queue would be lost.
    pub(crate) fn into_exchange(
        self,
        exchange: impl Into<Cow<'static, str>>,
        routing_key: impl Into<Cow<'static, str>>,
    ) -> Publish {
        Publish {
            exchange: exchange.into(),
            routing_key: routing_key.into(),
            mandatory: true,
            properties: self.properties.with_headers(self.headers),
            body: self.body,
        }
    }

    /// Sends it to one queue, through the default exchange.
    pub(crate) fn into_queue(self, queue: impl Into<Cow<'static, str>>) -> Publish {
        self.into_exchange("", queue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_what_the_sender_wrote_and_drops_what_the_broker_wrote() {
        let mut table = FieldTable::default();
        table.insert("tenant".into(), AMQPValue::LongInt(7));
        table.insert("x-death".into(), AMQPValue::Void);
        table.insert(headers::EXPIRES_AT.into(), headers::string("now"));
        table.insert("x-first-death-reason".into(), headers::string("expired"));
        table.insert("x-delivery-count".into(), AMQPValue::LongLongInt(2));
        let original = BasicProperties::default()
            .with_type("shop.A".into())
            .with_message_id("one".into())
            .with_user_id("guest".into())
            .with_expiration("100".into())
            .with_priority(4)
            .with_headers(table);
        let copy = Copy::of(&original, &Bytes::from_static(b"{}"))
            .set(headers::ATTEMPTS, AMQPValue::LongLongInt(1))
            .set_once(headers::TOPIC, || headers::string("a"))
            .set_once(headers::TOPIC, || headers::string("b"))
            .into_queue("q");
        let written = copy.properties.headers().as_ref().expect("headers");
        assert_eq!(written.inner().get("tenant"), Some(&AMQPValue::LongInt(7)));
        assert_eq!(headers::text(Some(written), headers::TOPIC), Some("a"));
        assert_eq!(headers::count(Some(written), headers::ATTEMPTS), Some(1));
        assert_eq!(written.inner().len(), 3, "{written:?}");
        assert_eq!(
            copy.properties
                .message_id()
                .as_ref()
                .map(ShortString::as_str),
            Some("one")
        );
        assert_eq!(
            copy.properties.kind().as_ref().map(ShortString::as_str),
            Some("shop.A")
        );
        assert_eq!(copy.properties.priority(), &Some(4));
        assert_eq!(
            (copy.properties.user_id(), copy.properties.expiration()),
            (&None, &None)
        );
        assert!(copy.mandatory);
    }
}
