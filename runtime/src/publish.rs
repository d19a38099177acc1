//! What comes of publishing: a receipt or a typed error, and the options of one publish.

use std::fmt;
use std::time::Duration;

use uuid::Uuid;

use crate::later::When;
use crate::message::Contract;
use crate::scalar::Timestamp;
use crate::topology::DelayTooLong;
use crate::transport::{PublishFailure, TransportError};
use crate::validate::Invalid;
use crate::wire::EncodeError;

/// Proof that the broker has confirmed a message: it is stored in every queue that it was routed to. An event may have none; a task has one at least.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The id that the message travels under: the AMQP property `message_id`.
    pub message_id: Uuid,
}

/// The options of one publish; see [`Bus::publish_with`](crate::Bus::publish_with).
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct PublishOptions {
    pub(crate) mandatory: bool,
    pub(crate) deadline: Option<Duration>,
    pub(crate) on_disconnect: Option<OnDisconnect>,
    pub(crate) when: When,
}

impl PublishOptions {
    /// The defaults: tasks must reach a queue, events need not; the deadline is the bus's.
    pub fn new() -> Self {
        Self::default()
    }

    /// A message that reaches no queue is an error, also for an event.
    pub fn mandatory(mut self) -> Self {
        self.mandatory = true;
        self
    }

    /// How long it may take until the broker has confirmed it, reconnecting included; that of the [bus](crate::BusBuilder::publish_deadline) unless set.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// What happens while there is no connection; what the [bus](crate::BusBuilder::on_disconnect) does unless set.
    pub fn on_disconnect(mut self, choice: OnDisconnect) -> Self {
        self.on_disconnect = Some(choice);
        self
    }

    /// It comes out at its exchange this long after it is sent; see [`Bus::publish_after`](crate::Bus::publish_after).
    pub fn after(mut self, delay: Duration) -> Self {
        self.when = When::After(delay);
        self
    }

    /// It comes out at its exchange at this time; see [`Bus::publish_at`](crate::Bus::publish_at).
    pub fn at(mut self, time: Timestamp) -> Self {
        self.when = When::At(time);
        self
    }
}

/// What a publish does while there is no connection to the broker.
///
/// Whatever is chosen, a publish to an exchange that does not exist makes RabbitMQ close the channel, and what was in flight beside it on this bus is sent
/// again: such a message may come twice, under one message id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnDisconnect {
    /// It fails at once, and likewise while the broker blocks publishers. The connection is opened again all the same.
    Fail,
    /// It waits for the connection until its deadline. Where the connection is lost before the confirm, it fails, since the broker may
    /// have the message.
    #[default]
    Wait,
    /// It waits for the connection until its deadline, and sends the message again where the connection was lost before the confirm: the
    /// broker may then have it twice, under one message id.
    Resend,
}

/// A message was not published, or it is not known whether it was.
#[derive(Debug)]
pub struct PublishError {
    contract: &'static Contract,
    // Boxed: errors travel through every `Result` of a handler.
    kind: Box<PublishErrorKind>,
}

/// Why a message was not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishErrorKind {
    /// It breaks a constraint of the catalog. Nothing was sent.
    #[error("it breaks its contract: {0}")]
    Invalid(Invalid),
    /// It could not be written as JSON. Nothing was sent.
    #[error("it cannot be written as JSON: {0}")]
    Encode(String),
    /// It is larger than the bus allows. Nothing was sent.
    #[error("it has {size} bytes, the bus allows {limit}; send a reference to the data instead")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// It reached no queue. The broker does not have it.
    #[error(
        "no queue is bound for it; start the service that handles it once, so that its queue exists (in a cluster, a classic queue may be away with its node)"
    )]
    Unroutable,
    /// The broker refused it (`nack`), for example because a queue is full. The other queues of an event may have their copies: publishing it
    /// again may make duplicates there.
    #[error("the broker refused it: {0}")]
    Refused(String),
    /// The broker does not take it at all: the user may not publish there, or a name is longer than AMQP allows. The broker does not have it.
    #[error("the broker does not take it: {0}")]
    NotAccepted(String),
    /// No confirm came before the deadline. The broker may have it: publishing it again may make a duplicate.
    #[error("the broker did not confirm it within {0:?}; it may be stored all the same")]
    Timeout(Duration),
    /// The broker takes nothing from publishers, since it is short of memory or disk, and did not confirm it before the deadline (zero where
    /// the publish was to [fail](OnDisconnect::Fail) at once: then nothing was sent).
    #[error(
        "the broker blocks publishers, since it is short of memory or disk; look for an alarm in `rabbitmqctl status` (waited {0:?})"
    )]
    Blocked(Duration),
    /// There is no connection. Nothing was sent.
    #[error("there is no connection: {0}")]
    Disconnected(String),
    /// The connection was lost before the confirm. The broker may have it: publishing it again may make a duplicate.
    #[error("it may be stored or not: {0}")]
    ConfirmLost(String),
    /// This process has closed the bus. Nothing was sent.
    #[error("the bus is closed: {0}")]
    Closed(String),
    /// Its exchange does not exist or could not be declared. The broker does not have it.
    #[error("it has no exchange to go to: {0}")]
    Exchange(String),
    /// It was to wait longer than a message can. Nothing was sent.
    #[error(transparent)]
    DelayTooLong(#[from] DelayTooLong),
    /// The queues in which it was to wait could not be declared. The broker does not have it.
    #[error("the queues that delay it could not be declared: {0}")]
    Delay(String),
}

impl PublishError {
    pub(crate) fn new(contract: &'static Contract, kind: PublishErrorKind) -> Self {
        Self {
            contract,
            kind: Box::new(kind),
        }
    }

    /// Which message it was.
    pub fn contract(&self) -> &'static Contract {
        self.contract
    }

    /// Why it was not published.
    pub fn kind(&self) -> &PublishErrorKind {
        &self.kind
    }

    /// Whether the broker may have the message all the same, so that publishing it again may make a duplicate.
    pub fn may_be_stored(&self) -> bool {
        match *self.kind {
            PublishErrorKind::Timeout(_)
            | PublishErrorKind::ConfirmLost(_)
            | PublishErrorKind::Refused(_) => true,
            PublishErrorKind::Blocked(waited) => !waited.is_zero(),
            _ => false,
        }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Contract {
            type_id,
            topic,
            exchange,
            ..
        } = self.contract;
        write!(
            f,
            "{type_id} was not published to exchange `{exchange}` with topic `{topic}`: {}",
            self.kind
        )
    }
}

impl std::error::Error for PublishError {}

impl PublishErrorKind {
    /// What a message needs on the broker could not be declared; `refused` says what that was.
    pub(crate) fn of_declaration(
        error: TransportError,
        refused: impl FnOnce(String) -> Self,
    ) -> Self {
        match error {
            TransportError::Disconnected(why) => Self::Disconnected(why),
            TransportError::Closed(why) => Self::Closed(why),
            TransportError::Refused(why) | TransportError::Missing(why) => refused(why),
        }
    }
}

impl From<EncodeError> for PublishErrorKind {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::Invalid(invalid) => Self::Invalid(invalid),
            EncodeError::Json(error) => Self::Encode(error.to_string()),
            EncodeError::Name(text) => Self::Encode(text),
        }
    }
}

impl From<PublishFailure> for PublishErrorKind {
    fn from(failure: PublishFailure) -> Self {
        match failure {
            PublishFailure::Unroutable => Self::Unroutable,
            PublishFailure::Nacked(why) => Self::Refused(why),
            PublishFailure::Refused(why) => Self::NotAccepted(why),
            PublishFailure::NoExchange => {
                Self::Exchange("the broker says that it does not exist".to_owned())
            }
            PublishFailure::Disconnected(why) => Self::Disconnected(why),
            PublishFailure::Lost(why) => Self::ConfirmLost(why),
            PublishFailure::Closed(why) => Self::Closed(why),
        }
    }
}
