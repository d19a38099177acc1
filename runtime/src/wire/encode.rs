//! A typed message becomes bytes and properties.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{FieldTable, ShortString};
use serde::Serialize;
use uuid::Uuid;

use super::{CONTENT_TYPE, PERSISTENT, headers, new_id};
use crate::message::{Kind, Message};
use crate::transport::Publish;
use crate::validate::Invalid;

/// Which message a new one descends from. Correlation, causation and trace are handed on, nothing else: no attempt counter, no
/// error, no priority.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) message_id: Option<&'a ShortString>,
    pub(crate) correlation_id: Option<&'a ShortString>,
    pub(crate) headers: Option<&'a FieldTable>,
}

/// Why a message cannot be published as it is.
#[derive(Debug)]
pub(crate) enum EncodeError {
    /// It breaks a constraint of the catalog.
    Invalid(Invalid),
    /// serde could not write it.
    Json(serde_json::Error),
    /// A name of its contract is longer than AMQP allows; the text says which.
    Name(String),
}

/// Checks the message and writes it as JSON with the properties of its contract.
pub(crate) fn encode<M: Message>(
    message: &M,
    origin: Option<Origin<'_>>,
) -> Result<(Uuid, Publish), EncodeError> {
    message.validate().map_err(EncodeError::Invalid)?;
    let body = json(message).map_err(EncodeError::Json)?;
    // From here on nothing depends on the type: one copy of the code serves every message.
    let id = new_id();
    let properties = properties::<M>(id, origin)?;
    Ok((
        id,
        Publish {
            exchange: Cow::Borrowed(M::CONTRACT.exchange),
            routing_key: Cow::Borrowed(M::CONTRACT.topic),
            mandatory: M::CONTRACT.kind == Kind::Task,
            properties: Arc::new(properties),
            body,
        },
    ))
}

/// Larger than this, a buffer is not kept for the next message.
const KEPT: usize = 64 * 1024;

thread_local! {
    /// A buffer that has grown to the size of messages. Taken out while one is written: writing it may publish others.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

fn json(message: &impl Serialize) -> serde_json::Result<Bytes> {
    let mut buffer = BUFFER.take();
    buffer.clear();
    serde_json::to_writer(&mut buffer, message)?;
    if buffer.capacity() > KEPT {
        return Ok(Bytes::from(buffer));
    }
    let body = Bytes::copy_from_slice(&buffer);
    BUFFER.set(buffer);
    Ok(body)
}

fn properties<M: Message>(
    id: Uuid,
    origin: Option<Origin<'_>>,
) -> Result<BasicProperties, EncodeError> {
    let contract = M::CONTRACT;
    let type_id = ShortString::try_new(contract.type_id).map_err(|_| {
        EncodeError::Name(format!(
            "its type id is {} bytes long, AMQP allows 255",
            contract.type_id.len()
        ))
    })?;
    let mut text = Uuid::encode_buffer();
    let message_id = ShortString::from(&*id.hyphenated().encode_lower(&mut text));
    let mut table = FieldTable::default();
    let mut correlation_id = message_id.clone();
    if let Some(origin) = origin {
        if let Some(parent) = origin.message_id {
            table.insert(
                headers::name(headers::CAUSATION_ID),
                headers::string(parent.as_str()),
            );
            correlation_id = parent.clone();
        }
        if let Some(correlation) = origin.correlation_id {
            correlation_id = correlation.clone();
        }
        for name in [headers::TRACE_PARENT, headers::TRACE_STATE] {
            let value = headers::text(origin.headers, name);
            if let Some(value) = value.filter(|value| value.len() <= headers::LONGEST_TRACE) {
                table.insert(headers::name(name), headers::string(value));
            }
        }
    }
    let mut properties = BasicProperties::default()
        .with_type(type_id)
        .with_content_type(CONTENT_TYPE.into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(message_id)
        .with_correlation_id(correlation_id)
        .with_timestamp(unix_seconds());
    if !table.inner().is_empty() {
        properties = properties.with_headers(table);
    }
    if let Some(priority) = contract.priority {
        properties = properties.with_priority(priority);
    }
    if let Some(ttl) = contract.ttl {
        properties = properties.with_expiration(ShortString::from(ttl.as_millis().to_string()));
    }
    Ok(properties)
}

fn unix_seconds() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
