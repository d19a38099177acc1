//! Copies: the delayed one of a retry, the dead letter, the one that is replayed, and the one that is published for later.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};

use super::{PERSISTENT, headers, new_id};
use crate::transport::Publish;

type Setter = fn(BasicProperties, ShortString) -> BasicProperties;

/// A copy of a message in the making. It keeps the body, the properties and the sender's headers; it drops what the
/// broker wrote, what would have it sent to further queues, `expiration` and its header (a copy waits as long as it must) and `user_id` (the broker accepts only our own).
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
                    .unwrap_or_else(|| ShortString::from(new_id().to_string())),
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
            if !is_left_out(name.as_str()) {
                table.insert(name.clone(), value.clone());
            }
        }
        Self {
            properties,
            headers: table,
            body: body.clone(),
        }
    }

    /// Makes it fit into a frame of `frame_max` bytes, with room for what the broker notes on its way. Of the sender's headers the largest are left out,
    /// then the causes of an error from the last one on.
    pub(crate) fn fitting(mut self, frame_max: usize) -> Self {
        let room = frame_max / 4 * 3;
        let taken = size_of_texts(&self.properties);
        let mut sizes: Vec<(bool, usize, ShortString)> = self
            .headers
            .inner()
            .iter()
            .map(|(name, value)| {
                let size = 1 + name.as_str().len() + size_of(value);
                (!headers::is_read(name.as_str()), size, name.clone())
            })
            .collect();
        let mut all = taken + sizes.iter().map(|(_, size, _)| size).sum::<usize>();
        if all <= room {
            return self;
        }
        sizes.sort_unstable();
        let mut left_out = Vec::new();
        while all > room
            && let Some((true, size, name)) = sizes.pop()
        {
            all -= size;
            left_out.push(name);
        }
        let left_out: Vec<&str> = left_out.iter().map(ShortString::as_str).collect();
        self = self.without(&left_out);
        if let Some(AMQPValue::FieldArray(chain)) = self.headers.inner().get(headers::ERROR_CHAIN) {
            let mut links = chain.as_slice().to_vec();
            while all > room
                && let Some(link) = links.pop()
            {
                all -= size_of(&link);
            }
            self = self.set(headers::ERROR_CHAIN, AMQPValue::FieldArray(links.into()));
        }
        self
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
            properties: Arc::new(self.properties.with_headers(self.headers)),
            body: self.body,
        }
    }

    /// Sends it to one queue, through the default exchange.
    pub(crate) fn into_queue(self, queue: impl Into<Cow<'static, str>>) -> Publish {
        self.into_exchange("", queue)
    }
}

/// What the broker wrote, what would send the copy elsewhere, and what ends the wait of the original.
fn is_left_out(name: &str) -> bool {
    headers::is_brokers_own(name)
        || headers::FURTHER_KEYS.contains(&name)
        || name == headers::EXPIRES_AT
}

/// How many bytes the properties of a message take in a frame.
#[cfg(feature = "fuzzing")]
pub(crate) fn size(properties: &BasicProperties) -> usize {
    let headers = properties.headers().iter().flatten();
    let headers = headers.map(|(name, value)| 1 + name.as_str().len() + size_of(value));
    size_of_texts(properties) + headers.sum::<usize>()
}

/// How many bytes the texts of the properties take, with the most that all else may take.
fn size_of_texts(properties: &BasicProperties) -> usize {
    let texts = [
        properties.kind(),
        properties.content_type(),
        properties.content_encoding(),
        properties.correlation_id(),
        properties.reply_to(),
        properties.app_id(),
        properties.cluster_id(),
        properties.message_id(),
    ];
    let sizes = texts
        .into_iter()
        .flatten()
        .map(|text| 1 + text.as_str().len());
    // Frame, class, size of the body, flags, size of the table, mode, priority, timestamp.
    40 + sizes.sum::<usize>()
}

/// How many bytes a value takes, with the sign of its type.
fn size_of(value: &AMQPValue) -> usize {
    1 + match value {
        AMQPValue::LongString(text) => 4 + text.as_bytes().len(),
        AMQPValue::ByteArray(bytes) => 4 + bytes.as_slice().len(),
        AMQPValue::ShortString(text) => 1 + text.as_str().len(),
        AMQPValue::FieldArray(items) => 4 + items.as_slice().iter().map(size_of).sum::<usize>(),
        AMQPValue::FieldTable(table) => {
            let entries = table.inner().iter();
            let sizes = entries.map(|(name, value)| 1 + name.as_str().len() + size_of(value));
            4 + sizes.sum::<usize>()
        }
        // All others have a size of their own, none a larger one.
        _ => 8,
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
