//! A message that AMQP can carry, with an id by which its return is known.

use std::sync::Arc;

use lapin::BasicProperties;
use lapin::types::ShortString;

use super::confirms::Mark;
use super::declare::fits;
use crate::transport::{Publish, PublishFailure};
use crate::wire::new_id;

/// Its names fit, and it has an id. A clone shares what is large.
#[derive(Debug, Clone)]
pub(super) struct Carried(Publish);

impl Carried {
    pub(super) fn new(mut publish: Publish) -> Result<Self, PublishFailure> {
        for name in [&publish.exchange, &publish.routing_key] {
            fits(name).map_err(|error| PublishFailure::Refused(error.to_string()))?;
        }
        if publish.properties.message_id().is_none() {
            let id = new_id().to_string();
            publish = publish.with(|properties| properties.with_message_id(id.into()));
        }
        Ok(Self(publish))
    }

    /// What its return is known by.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            properties: Arc::clone(&self.0.properties),
            exchange: self.0.exchange.clone(),
            routing_key: self.0.routing_key.clone(),
        }
    }

    pub(super) fn mandatory(&self) -> bool {
        self.0.mandatory
    }

    pub(super) fn exchange_name(&self) -> &str {
        &self.0.exchange
    }

    // As lapin takes them. The names fit.

    pub(super) fn exchange(&self) -> ShortString {
        ShortString::from(&*self.0.exchange)
    }

    pub(super) fn routing_key(&self) -> ShortString {
        ShortString::from(&*self.0.routing_key)
    }

    pub(super) fn properties(&self) -> BasicProperties {
        BasicProperties::clone(&self.0.properties)
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.0.body
    }
}
