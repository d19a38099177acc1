//! Publishing for later: the broker holds the message, in the cascade that also delays retries, and lets it out at its own
//! exchange with its own topic.

use std::time::Duration;

use crate::bus::Bus;
use crate::cascade::NotHeld;
use crate::message::Contract;
use crate::publish::PublishErrorKind;
use crate::scalar::Timestamp;
use crate::topology::delay::DelayRoute;
use crate::topology::{DelayTooLong, Outlet};
use crate::transport::Publish;
use crate::wire::{Copy, headers, now};

/// When a message is to come out at its exchange.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum When {
    #[default]
    Now,
    /// This long after it is sent.
    After(Duration),
    /// At this time by the clock of the publisher; at once where that is past.
    At(Timestamp),
}

impl When {
    /// How long from now.
    pub(crate) fn delay(self) -> Duration {
        match self {
            Self::Now => Duration::ZERO,
            Self::After(delay) => delay,
            Self::At(time) => {
                Duration::try_from(time.duration_since(now())).unwrap_or(Duration::ZERO)
            }
        }
    }

    /// Refuses what the broker cannot hold so long, before anything is sent.
    pub(crate) fn check(self) -> Result<(), DelayTooLong> {
        DelayRoute::new(self.delay(), "").map(drop)
    }
}

/// The way of one message: through the cascade, out at its outlet.
#[derive(Debug)]
pub(crate) struct Later {
    route: DelayRoute,
    outlet: Outlet<'static>,
    /// When it expires, where its contract limits how long it may wait in a queue: the limit counts from its delay's end.
    expires_at: Option<Timestamp>,
}

impl Later {
    /// `None` where there is nothing to wait for.
    pub(crate) fn of(
        contract: &'static Contract,
        mandatory: bool,
        when: When,
    ) -> Result<Option<Self>, DelayTooLong> {
        let delay = when.delay();
        if delay.is_zero() {
            return Ok(None);
        }
        let outlet = Outlet::Topic {
            exchange: contract.exchange,
            topic: contract.topic,
            mandatory,
        };
        let route = DelayRoute::new(delay, &outlet.name())?;
        Ok(route.map(|route| Self {
            expires_at: contract.ttl.and_then(|ttl| {
                let waits = route.delay().checked_add(ttl)?;
                // A time that no calendar reaches is no limit.
                now().checked_add(waits).ok()
            }),
            route,
            outlet,
        }))
    }

    /// Publishes a message into the cascade and waits for the confirm.
    pub(crate) async fn publish(
        self,
        bus: &Bus,
        message: &Publish,
    ) -> Result<(), PublishErrorKind> {
        let Self {
            route,
            outlet,
            expires_at,
        } = self;
        // A copy has no `expiration`, which would end the wait.
        let mut copy = Copy::of(&message.properties, &message.body)
            // Events come by another exchange, which leads to theirs.
            .set(
                headers::EXCHANGE,
                headers::string(message.exchange.as_bytes()),
            );
        if let Some(time) = expires_at {
            copy = copy.set(headers::EXPIRES_AT, headers::string(time.to_string()));
        }
        bus.hold(route, outlet, copy).await.map_err(not_held)
    }
}

/// What the cascade does not take says nothing about the message's own exchange.
fn not_held(error: NotHeld) -> PublishErrorKind {
    match error {
        NotHeld::Declare(error) => PublishErrorKind::of_declaration(error, PublishErrorKind::Delay),
        NotHeld::Missing(why) => PublishErrorKind::Delay(why),
        NotHeld::Publish(failure) => failure.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_the_past_is_now() {
        assert_eq!(When::At(Timestamp::UNIX_EPOCH).delay(), Duration::ZERO);
        assert_eq!(When::At(Timestamp::MIN).delay(), Duration::ZERO);
        assert!(When::At(Timestamp::MAX).check().is_err());
        assert!(When::After(Duration::MAX).check().is_err());
        let hour = Duration::from_secs(3_600);
        let wait = When::At(now() + hour).delay();
        assert!(wait <= hour && wait > hour / 2, "{wait:?}");
    }
}
