//! What the fuzz targets in `fuzz/` need of the inside. No part of the API.

use std::sync::Arc;

use bytes::Bytes;
use lapin::protocol::basic::parse_properties;
use lapin::types::FieldTable;
use serde::de::DeserializeOwned;

use crate::bus::Bus;
use crate::dead_letter::DeadLetter;
use crate::delivery::{Attempt, Received};
use crate::message::Message;
use crate::publish::PublishOptions;
use crate::shutdown;
use crate::spec::ServiceSpec;
use crate::transport::amqp::guard;
use crate::transport::{Delivered, NoRight};
use crate::wire::{Copy, headers, size};
use crate::worker::{Key, Routes};

/// How many bytes come before the properties in a header frame.
const FIXED: usize = 12;

/// The payload of a header frame as it comes behind the guard.
pub fn guarded(payload: &[u8], limit: usize) -> Vec<u8> {
    guard::mended(payload, limit).into_owned()
}

/// A delivery on its way to a handler.
#[derive(Debug)]
pub struct Delivery {
    bus: Bus,
    received: Received,
}

/// A copy of a delivery, as it would be stored.
#[derive(Debug)]
pub struct Stored {
    /// How many bytes its properties take.
    pub size: usize,
    delivery: Delivery,
}

impl Delivery {
    /// With the properties of a header frame, which has come through the guard; `None` where lapin cannot read it.
    pub fn of(payload: &[u8], routing_key: &str, body: &[u8]) -> Option<Self> {
        let (_, properties) = parse_properties(payload.get(FIXED..)?).ok()?;
        let received = Received {
            exchange: "fuzz".into(),
            routing_key: routing_key.to_owned().into(),
            redelivered: false,
            properties: Arc::new(properties),
            body: Bytes::copy_from_slice(body),
        };
        Some(Self {
            bus: Bus::in_memory(),
            received,
        })
    }

    /// The number of the attempt.
    pub fn attempt(&self) -> u32 {
        self.received.attempt()
    }

    /// Where it was published to.
    pub fn address(&self) -> (&str, &str) {
        (self.received.exchange(), self.received.topic())
    }

    /// The name of the handler that takes it, else why there is none.
    pub fn handler(&self, spec: &'static ServiceSpec) -> Result<&'static str, String> {
        let handler = Routes::of(&spec.queues[0]).find(&self.received)?;
        Ok(handler.name)
    }

    /// The message, else why there is none, as it would stand in a dead letter.
    pub fn decode<M: Message + DeserializeOwned>(&self) -> Result<M, Vec<String>> {
        self.received.has_expired();
        self.received.decode().map_err(|failure| failure.chain())
    }

    /// Whether the key of a message that is handled in order is found without reading the rest.
    pub fn has_key(&self, names: &[&str]) -> bool {
        Key::of(&self.received.body, names).is_some()
    }

    /// How many bytes the properties of a message take that its handler stages.
    pub fn child<M: Message>(&self, message: &M, spec: &'static ServiceSpec) -> usize {
        let attempt = self.begin(spec);
        // Whether it can be published is not asked here.
        let _ = attempt.stage(message, PublishOptions::new());
        let staged = attempt.take_staged();
        let properties = staged.iter().map(|(staged, _)| size(staged.properties()));
        properties.sum()
    }

    /// The copy that is stored when it fails with these errors.
    pub fn copy(&self, spec: &'static ServiceSpec, errors: &[String], frame_max: usize) -> Stored {
        let copy = self.begin(spec).copy(errors).fitting(frame_max);
        Stored::of(copy, self)
    }

    /// What the tools for dead letters show.
    pub fn into_letter(self) -> DeadLetter {
        let Received {
            exchange,
            routing_key,
            redelivered,
            properties,
            body,
        } = self.received;
        let settle = Box::new(NoRight);
        let delivered = Delivered {
            exchange,
            routing_key,
            redelivered,
            properties,
            body,
            settle,
        };
        DeadLetter::new("fuzz.dead", delivered)
    }

    fn begin(&self, spec: &'static ServiceSpec) -> Attempt {
        let queue = &spec.queues[0];
        let received = Received {
            exchange: self.received.exchange.clone(),
            routing_key: self.received.routing_key.clone(),
            redelivered: false,
            properties: self.received.properties.clone(),
            body: self.received.body.clone(),
        };
        let (_, draining) = shutdown::switch();
        let right = Box::new(NoRight);
        let handler = &queue.handlers[0];
        Attempt::new(self.bus.clone(), queue, handler, received, right, draining)
    }
}

impl Stored {
    fn of(copy: Copy, original: &Delivery) -> Self {
        let publish = copy.into_queue("fuzz");
        let received = Received {
            exchange: "".into(),
            routing_key: publish.routing_key,
            redelivered: false,
            properties: publish.properties,
            body: publish.body,
        };
        Self {
            size: size(&received.properties),
            delivery: Delivery {
                bus: original.bus.clone(),
                received,
            },
        }
    }

    /// As it is delivered.
    pub fn delivered(self) -> Delivery {
        self.delivery
    }

    /// Whether it has a header by which the broker would send it elsewhere, or which is the broker's own.
    pub fn leads_elsewhere(&self) -> bool {
        let headers = self.delivery.received.headers().map(FieldTable::inner);
        let mut names = headers.into_iter().flatten().map(|(name, _)| name.as_str());
        names.any(|name| headers::FURTHER_KEYS.contains(&name) || headers::is_brokers_own(name))
    }
}
