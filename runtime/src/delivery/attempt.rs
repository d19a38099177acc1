//! One attempt at one message: what the worker and the handler share while it lasts.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::FieldTable;
use serde::de::DeserializeOwned;

use super::clock::Clock;
use super::copies::UnderWay;
use super::extensions::Extensions;
use crate::bus::{Bus, MAX_MESSAGE_SIZE};
use crate::failure::Failure;
use crate::message::Message;
use crate::outgoing::Outgoing;
use crate::publish::{PublishError, PublishOptions};
use crate::retry;
use crate::shutdown::Draining;
use crate::spec::{HandlerSpec, QueueSpec};
use crate::transport::{Delivered, NoRight, Settle};
use crate::wire::{self, Origin, Undecodable, headers};

/// What was received, apart from the right to settle it.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) exchange: Cow<'static, str>,
    pub(crate) routing_key: Cow<'static, str>,
    pub(crate) redelivered: bool,
    pub(crate) properties: Arc<BasicProperties>,
    pub(crate) body: Bytes,
}

impl Received {
    /// Takes a delivery apart.
    pub(crate) fn from_delivered(delivered: Delivered) -> (Self, Box<dyn Settle>) {
        let Delivered {
            exchange,
            routing_key,
            redelivered,
            properties,
            body,
            settle,
        } = delivered;
        (
            Self {
                exchange,
                routing_key,
                redelivered,
                properties,
                body,
            },
            settle,
        )
    }

    pub(crate) fn headers(&self) -> Option<&FieldTable> {
        self.properties.headers().as_ref()
    }

    pub(crate) fn type_id(&self) -> Option<&str> {
        wire::text(self.properties.kind().as_ref()).filter(|type_id| !type_id.is_empty())
    }

    pub(crate) fn message_id(&self) -> Option<&str> {
        wire::text(self.properties.message_id().as_ref())
    }

    /// The topic that it was first published with; a retried copy arrives under another routing key.
    pub(crate) fn topic(&self) -> &str {
        headers::address(self.headers(), headers::TOPIC).unwrap_or(&self.routing_key)
    }

    /// The exchange that it was first published to.
    pub(crate) fn exchange(&self) -> &str {
        headers::address(self.headers(), headers::EXCHANGE).unwrap_or(&self.exchange)
    }

    /// Whether it was published for later, and has since waited in a queue for longer than its contract allows.
    pub(crate) fn has_expired(&self) -> bool {
        headers::time(self.headers(), headers::EXPIRES_AT).is_some_and(|time| wire::now() >= time)
    }

    /// The number of this attempt, from 1.
    pub(crate) fn attempt(&self) -> u32 {
        retry::attempt_number(self.headers())
    }

    /// How often it came back to its queue.
    pub(crate) fn returns(&self) -> u32 {
        retry::returns(self.headers())
    }

    /// Reads the body and checks the constraints of the catalog.
    pub(crate) fn decode<M: Message + DeserializeOwned>(&self) -> Result<M, Failure> {
        self.check_readable().map_err(Failure::Undecodable)?;
        let message: M = wire::decode(&self.body).map_err(Failure::Undecodable)?;
        message.validate().map_err(Failure::Invalid)?;
        Ok(message)
    }

    fn check_readable(&self) -> Result<(), Undecodable> {
        if self.body.len() > MAX_MESSAGE_SIZE {
            return Err(Undecodable::TooLarge {
                size: self.body.len(),
                limit: MAX_MESSAGE_SIZE,
            });
        }
        wire::check_encoding(&self.properties)
    }
}

/// Messages that go out with the acknowledgement, in order.
type Staged = Vec<(Outgoing, PublishOptions)>;

/// One attempt at one message.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) bus: Bus,
    pub(crate) queue: &'static QueueSpec,
    pub(crate) handler: &'static HandlerSpec,
    pub(crate) received: Received,
    pub(crate) draining: Draining,
    /// How long the handler has been running.
    pub(crate) clock: Clock,
    /// What layers hand to the handler.
    pub(crate) extensions: Extensions,
    staged: Mutex<Staged>,
    /// Whether the worker has taken it over: its handler may have moved the delivery into a task.
    failed: AtomicBool,
    right: Mutex<Option<Box<dyn Settle>>>,
    /// The copy that settles it once it is stored. Its handler may have stopped waiting for it.
    under_way: Mutex<Option<UnderWay>>,
}

impl Attempt {
    pub(crate) fn new(
        bus: Bus,
        queue: &'static QueueSpec,
        handler: &'static HandlerSpec,
        received: Received,
        settle: Box<dyn Settle>,
        draining: Draining,
    ) -> Self {
        Self {
            bus,
            queue,
            handler,
            received,
            draining,
            clock: Clock::default(),
            extensions: Extensions::default(),
            staged: Mutex::default(),
            failed: AtomicBool::new(false),
            right: Mutex::new(Some(settle)),
            under_way: Mutex::default(),
        }
    }

    /// Stages a message: it is checked and encoded now and sent when the delivery is acknowledged.
    pub(crate) fn stage<M: Message>(
        &self,
        message: &M,
        options: PublishOptions,
    ) -> Result<(), PublishError> {
        let received = &self.received;
        let origin = Origin {
            message_id: received.properties.message_id().as_ref(),
            correlation_id: received.properties.correlation_id().as_ref(),
            headers: received.headers(),
        };
        let outgoing = Outgoing::new(message, &options, Some(origin))?;
        self.staged().push((outgoing, options));
        Ok(())
    }

    /// What was staged, in order; afterwards nothing is.
    pub(crate) fn take_staged(&self) -> Staged {
        std::mem::take(&mut *self.staged())
    }

    /// From now on the worker settles it, and nothing that was staged is published.
    pub(crate) fn fail(&self) {
        self.failed.store(true, Ordering::Release);
        drop(self.take_staged());
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    pub(super) fn has_staged(&self) -> bool {
        !self.staged().is_empty()
    }

    /// The right to settle. It is there once: whoever takes it settles.
    pub(super) fn take_right(&self) -> Option<Box<dyn Settle>> {
        self.right().take()
    }

    /// The right was gone when it was used: the delivery is not settled, and stays so.
    pub(super) fn has_no_right(&self) {
        *self.right() = Some(Box::new(NoRight));
    }

    /// Whether the right is known to be gone with its channel: the broker delivers the message again.
    pub(crate) fn is_stale(&self) -> bool {
        self.right().as_ref().is_some_and(|right| right.is_stale())
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.right().is_none()
    }

    /// The copy that is on its way, and that nobody may be waiting for any more.
    pub(super) fn copy_under_way(&self) -> Option<UnderWay> {
        self.under_way().clone()
    }

    pub(super) fn keep_copy(&self, copy: &UnderWay) {
        let before = self.under_way().replace(copy.clone());
        drop(before);
    }

    /// It has come to an end.
    pub(super) fn forget_copy(&self, copy: &UnderWay) {
        let ended = self.under_way().take_if(|kept| kept.is(copy));
        drop(ended);
    }

    /// Nobody needs the copy that is on its way: the broker delivers the message again.
    pub(crate) fn give_up_copy(&self) {
        let given_up = self.under_way().take();
        drop(given_up);
    }

    fn under_way(&self) -> MutexGuard<'_, Option<UnderWay>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn staged(&self) -> MutexGuard<'_, Staged> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn right(&self) -> MutexGuard<'_, Option<Box<dyn Settle>>> {
        self.right.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
