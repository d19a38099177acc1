//! A message on its way out: checked and encoded once, then sent within its deadline, over whatever connection there is by then.

use futures_util::stream::{FuturesOrdered, StreamExt};
use tokio::time::{Instant, timeout_at};

use crate::bus::{Bus, MAX_MESSAGE_SIZE, PUBLISH_DEADLINE};
use crate::later::Later;
use crate::message::{Contract, Message};
use crate::observe::Happened;
use crate::publish::{OnDisconnect, PublishError, PublishErrorKind, PublishOptions, Receipt};
use crate::transport::{Publish, PublishFailure, PublishingState, TransportError};
use crate::wire::{Origin, encode};

/// A longer deadline is none; the clock cannot count to every `Duration`.
const LONGEST_DEADLINE: std::time::Duration = std::time::Duration::from_secs(366 * 86_400);

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

    /// Sends it and waits for the confirm, for as long as the options allow.
    pub(crate) async fn send(
        self,
        bus: &Bus,
        options: PublishOptions,
    ) -> Result<Receipt, PublishError> {
        let contract = self.contract;
        let observed = bus
            .observer()
            .map(|_| (self.publish.clone(), options.when.delay()));
        let sent = self.send_in_time(bus, &options).await;
        if let Some((message, delay)) = &observed {
            bus.tell(|| Happened::Published {
                contract,
                message,
                delay: *delay,
                result: sent.as_ref().map(drop),
            });
        }
        sent.map_err(|kind| PublishError::new(contract, kind))
    }

    async fn send_in_time(
        mut self,
        bus: &Bus,
        options: &PublishOptions,
    ) -> Result<Receipt, PublishErrorKind> {
        self.publish.mandatory |= options.mandatory;
        let on_disconnect = options.on_disconnect.unwrap_or_default();
        let limit = options.deadline.unwrap_or(PUBLISH_DEADLINE);
        let deadline = Instant::now() + limit.min(LONGEST_DEADLINE);
        if on_disconnect == OnDisconnect::Fail {
            match bus.transport().publishing() {
                PublishingState::Away(why) => return Err(PublishErrorKind::Disconnected(why)),
                PublishingState::Blocked => {
                    return Err(PublishErrorKind::Blocked(std::time::Duration::ZERO));
                }
                PublishingState::Open | PublishingState::Closed => {}
            }
        }
        // The confirm that was lost, where there was one: whatever follows, the broker may have the message.
        let mut lost = None;
        loop {
            let kind = match timeout_at(deadline, self.send_once(bus, options)).await {
                Ok(Ok(())) => return Ok(self.receipt),
                Ok(Err(kind)) => kind,
                Err(_) if bus.transport().publishing() == PublishingState::Blocked => {
                    PublishErrorKind::Blocked(limit)
                }
                Err(_) => PublishErrorKind::Timeout(limit),
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
            connected(bus, deadline, away)
                .await
                .map_err(|kind| lost.clone().map_or(kind, PublishErrorKind::ConfirmLost))?;
        }
    }

    async fn send_once(&self, bus: &Bus, options: &PublishOptions) -> Result<(), PublishErrorKind> {
        if let Some(later) = Later::of(self.contract, self.publish.mandatory, options.when)? {
            return later.publish(bus, &self.publish).await;
        }
        let exchange = self.contract.exchange;
        bus.ensure_exchange(exchange).await?;
        match bus.transport().publish(self.publish.clone()).await {
            // Somebody has deleted the exchange since we declared it.
            Err(PublishFailure::NoExchange) => {
                bus.forget_exchange(exchange);
                bus.ensure_exchange(exchange).await?;
                let sent = bus.transport().publish(self.publish.clone()).await;
                sent.map_err(|failure| match failure {
                    PublishFailure::NoExchange => PublishErrorKind::Exchange(format!(
                        "the exchange `{exchange}` does not exist; {}",
                        bus.topology_mode().advice()
                    )),
                    failure => failure.into(),
                })
            }
            result => Ok(result?),
        }
    }
}

/// Sends messages without waiting for one another, and gives their outcomes in their order, which is also the order in which they reach
/// the broker.
///
/// All of them wait in lines that are first come, first served (for the exchange, for room among the publishes in flight), and join them at
/// their first poll. tokio's budget of a task must not come between: it would send one of them to the end of the line.
pub(crate) struct Sending<F: Future>(FuturesOrdered<F>);

/// Sends messages in their order; nothing happens until the outcomes are asked for.
pub(crate) fn send_in_order(
    bus: &Bus,
    messages: Vec<(Outgoing, PublishOptions)>,
) -> Sending<impl Future<Output = Result<Receipt, PublishError>>> {
    let sending = messages
        .into_iter()
        .map(|(outgoing, options)| outgoing.send(bus, options));
    Sending(sending.collect())
}

impl<F: Future> Sending<F> {
    /// The outcome of the next message; `None` after the last one.
    pub(crate) async fn next(&mut self) -> Option<F::Output> {
        tokio::task::unconstrained(self.0.next()).await
    }
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
