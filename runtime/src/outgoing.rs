//! A message on its way out: checked and encoded once, then sent within its deadline, over whatever connection there is by then.

use std::time::Duration;

use futures_util::stream::FuturesOrdered;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::backoff::Backoff;
use crate::bus::{Bus, MAX_MESSAGE_SIZE};
use crate::later::Later;
use crate::message::{Contract, Message};
use crate::observe::Happened;
use crate::publish::{OnDisconnect, PublishError, PublishErrorKind, PublishOptions, Receipt};
use crate::topology::TopologyMode;
use crate::transport::{Publish, PublishFailure, PublishingState, TransportError, Turn};
use crate::wire::{Origin, encode};

/// A longer deadline is none; the clock cannot count to every `Duration`.
const LONGEST_DEADLINE: Duration = Duration::from_secs(366 * 86_400);

/// A message that is checked and encoded and only needs to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing {
    contract: &'static Contract,
    receipt: Receipt,
    publish: Publish,
}

impl Outgoing {
    /// Checks and encodes it, so that nothing but the broker can refuse it later.
    pub(crate) fn new<M: Message>(
        message: &M,
        options: &PublishOptions,
        origin: Option<Origin<'_>>,
    ) -> Result<Self, PublishError> {
        let error = |kind| PublishError::new(M::CONTRACT, kind);
        options.when.check().map_err(|e| error(e.into()))?;
        let (message_id, publish) = encode(message, origin).map_err(|e| error(e.into()))?;
        let size = publish.body.len();
        if size > MAX_MESSAGE_SIZE {
            return Err(error(PublishErrorKind::TooLarge {
                size,
                limit: MAX_MESSAGE_SIZE,
            }));
        }
        Ok(Self {
            contract: M::CONTRACT,
            receipt: Receipt { message_id },
            publish,
        })
    }

    #[cfg(feature = "fuzzing")]
    pub(crate) fn properties(&self) -> &lapin::BasicProperties {
        &self.publish.properties
    }

    /// Sends it and waits for the confirm, for as long as the options allow.
    pub(crate) fn send(
        self,
        bus: &Bus,
        options: PublishOptions,
    ) -> impl Future<Output = Result<Receipt, PublishError>> {
        self.send_from(bus, options, None)
    }

    fn send_from(
        mut self,
        bus: &Bus,
        options: PublishOptions,
        place: Option<Place>,
    ) -> impl Future<Output = Result<Receipt, PublishError>> {
        self.publish.mandatory |= options.mandatory;
        // No `async fn`, which would keep each argument twice.
        async move {
            // Now, for it may come from a time of day.
            let delay = bus.observer().map(|_| options.when.delay());
            let sent = self.send_in_time(bus, &options, place).await;
            if let Some(delay) = delay {
                bus.tell(|| Happened::Published {
                    contract: self.contract,
                    message: &self.publish,
                    delay,
                    result: sent.as_ref().copied(),
                });
            }
            match sent {
                Ok(()) => Ok(self.receipt),
                Err(kind) => Err(PublishError::new(self.contract, kind)),
            }
        }
    }

    async fn send_in_time(
        &self,
        bus: &Bus,
        options: &PublishOptions,
        place: Option<Place>,
    ) -> Result<(), PublishErrorKind> {
        let settings = bus.settings();
        let on_disconnect = options.on_disconnect.unwrap_or(settings.on_disconnect);
        let limit = options.deadline.unwrap_or(settings.publish_deadline);
        let mut deadline = Instant::now() + limit.min(LONGEST_DEADLINE);
        if on_disconnect == OnDisconnect::Fail {
            match bus.transport().publishing() {
                PublishingState::Away(why) => return Err(PublishErrorKind::Disconnected(why)),
                PublishingState::Blocked => {
                    return Err(PublishErrorKind::Blocked(Duration::ZERO));
                }
                PublishingState::Open | PublishingState::Closed => {}
            }
        }
        let late = || match bus.transport().publishing() {
            PublishingState::Blocked => PublishErrorKind::Blocked(limit),
            _ => PublishErrorKind::Timeout(limit),
        };
        let mut turn = None;
        if place.is_none()
            && let Some(room) = bus.transport().room()
        {
            // Time is left for the publish itself.
            let _ = timeout(deadline.duration_since(Instant::now()) / 2, room).await;
        }
        if let Some(place) = place {
            // Whoever was before it may have gone.
            match place.deadline {
                Deadline::OfAll => {
                    let comes = timeout_at(deadline, place.comes).await;
                    comes.map_err(|_| late())?.unwrap_or_default();
                }
                Deadline::OfEach => {
                    place.comes.await.unwrap_or_default();
                    deadline = Instant::now() + limit.min(LONGEST_DEADLINE);
                }
            }
            turn = Some(place.passes);
        }
        // The connection makes pauses of its own; this one is for a connection on which nothing works.
        let mut pause = Backoff::new(Duration::from_millis(5), Duration::from_secs(1));
        // The confirm that was lost, where there was one: whatever follows, the broker may have the message.
        let mut lost = None;
        loop {
            let once = self.send_once(bus, options, turn.take());
            let kind = match timeout_at(deadline, once).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(kind)) => kind,
                Err(_) => late(),
            };
            let away = match (kind, on_disconnect) {
                (
                    PublishErrorKind::Disconnected(why),
                    OnDisconnect::Wait | OnDisconnect::Resend,
                ) => why,
                (PublishErrorKind::ConfirmLost(why), OnDisconnect::Resend) => {
                    lost = Some(why.clone());
                    why
                }
                (kind, _) => return Err(lost.map_or(kind, PublishErrorKind::ConfirmLost)),
            };
            sleep_until(deadline.min(Instant::now() + pause.next())).await;
            connected(bus, deadline, away)
                .await
                .map_err(|kind| lost.clone().map_or(kind, PublishErrorKind::ConfirmLost))?;
        }
    }

    async fn send_once(
        &self,
        bus: &Bus,
        options: &PublishOptions,
        turn: Option<Turn>,
    ) -> Result<(), PublishErrorKind> {
        if let Some(later) = Later::of(self.contract, self.publish.mandatory, options.when)? {
            // It comes out when it is due, whatever its place here.
            drop(turn);
            // Boxed: the others need no room for it.
            return Box::pin(later.publish(bus, &self.publish)).await;
        }
        let exchange = self.contract.exchange;
        bus.ensure_exchange(exchange).await?;
        let publish = self.publish.clone();
        let published = match turn {
            Some(turn) => bus.transport().publish_in_turn(publish, turn).await,
            None => bus.transport().publish(publish).await,
        };
        match published {
            // Somebody has deleted the exchange since we declared it. Trying again costs a channel, and so is done only where it may help.
            Err(PublishFailure::NoExchange) if bus.topology_mode() != TopologyMode::Off => {
                bus.forget_exchange(exchange);
                bus.ensure_exchange(exchange).await?;
                bus.transport().publish(self.publish.clone()).await
            }
            result => result,
        }
        .map_err(|failure| match failure {
            PublishFailure::NoExchange => PublishErrorKind::Exchange(format!(
                "the exchange `{exchange}` does not exist; {}",
                bus.topology_mode().advice()
            )),
            failure => failure.into(),
        })
    }
}

/// The place of a message in a line: its turn comes, and passes to the one behind it.
struct Place {
    comes: oneshot::Receiver<()>,
    passes: Turn,
    deadline: Deadline,
}

/// What the deadline is for of messages that are sent together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deadline {
    /// All of them: it begins when the first is sent.
    OfAll,
    /// Each for itself: it begins when its turn comes. However many there are, they go out as long as the broker takes them.
    OfEach,
}

/// Sends messages without waiting for one another's confirms. They reach the broker in their order, and so do their outcomes come. Over a connection
/// that is lost under way, the order is that of each one's last attempt.
pub(crate) fn send_in_order(
    bus: &Bus,
    messages: Vec<(Outgoing, PublishOptions)>,
    deadline: Deadline,
) -> FuturesOrdered<impl Future<Output = Result<Receipt, PublishError>>> {
    let (first, mut comes) = oneshot::channel();
    drop(first);
    messages
        .into_iter()
        .map(|(outgoing, options)| {
            let (passes, next) = oneshot::channel();
            let comes = std::mem::replace(&mut comes, next);
            outgoing.send_from(
                bus,
                options,
                Some(Place {
                    comes,
                    passes,
                    deadline,
                }),
            )
        })
        .collect()
}

/// Waits for the connection; `away` says why there was none when it was last needed.
async fn connected(bus: &Bus, deadline: Instant, mut away: String) -> Result<(), PublishErrorKind> {
    loop {
        // The connection makes pauses of its own between its attempts.
        match timeout_at(deadline, bus.transport().open_publishing()).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(TransportError::Closed(why))) => return Err(PublishErrorKind::Closed(why)),
            Ok(Err(error)) => away = error.to_string(),
            Err(_) => return Err(PublishErrorKind::Disconnected(away)),
        }
    }
}
