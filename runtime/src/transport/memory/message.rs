//! A message as the broker stores it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::ShortString;

use crate::transport::{Publish, PublishFailure};

/// The longest string that AMQP allows for a name or a routing key.
pub(super) const LONGEST_NAME: usize = 255;

/// A message, shared by all the queues that hold it.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) exchange: Cow<'static, str>,
    pub(super) routing_key: Cow<'static, str>,
    pub(super) properties: Arc<BasicProperties>,
    pub(super) body: Bytes,
    /// The `expiration` of the properties, read.
    pub(super) ttl: Option<Duration>,
}

impl Message {
    /// Checks what RabbitMQ checks when a message is published.
    pub(super) fn accept(publish: Publish) -> Result<Self, PublishFailure> {
        let Publish {
            exchange,
            routing_key,
            mandatory: _,
            properties,
            body,
        } = publish;
        if routing_key.len() > LONGEST_NAME {
            return Err(PublishFailure::Refused(format!(
                "the routing key has {} bytes and AMQP allows {LONGEST_NAME}; shorten it",
                routing_key.len()
            )));
        }
        let ttl = match properties.expiration().as_ref().map(ShortString::as_str) {
            None => None,
            Some(text) => match text.parse() {
                Ok(milliseconds) => Some(Duration::from_millis(milliseconds)),
                Err(_) => {
                    return Err(PublishFailure::Refused(format!(
                        "the property `expiration` is `{text}`; give a whole number of milliseconds"
                    )));
                }
            },
        };
        Ok(Self {
            exchange,
            routing_key,
            properties,
            body,
            ttl,
        })
    }
}
