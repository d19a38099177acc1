//! Delays held by the broker: a binary cascade of TTL queues.
//!
//! A delay is counted in units of [`UNIT`] and written in binary, one word a bit, highest first, before the name of the queue that
//! the message leaves by ([`Outlet`](super::Outlet)): `0.0.…1.0.1.urutu.due.queue/billing.capture` waits five units. The first `1` leads from the exchange
//! [`ENTRY`] to the queue of its level *n*, with a time to live of 2ⁿ units, from where the message falls to the exchange of level *n* − 1. There a `1`
//! leads to the queue of that level, a `0` to the exchange below. Below level 0 the exchange [`EXIT`] leads to the outlet.
//!
//! A queue here forwards to the next exchange at least once, and some dozen messages at a time: such as find no way on, or a queue that takes nothing, would
//! stop it for everybody. So the way ends at an outlet, which takes everything, and what finds none goes to [`STRAY`], by the alternate exchange of every
//! exchange that queues forward to: what is for an outlet that was deleted, and what somebody has put here by hand.
//!
//! Every message in one of these queues waits equally long, so none ever waits behind a longer one; any delay costs a fixed number
//! of queues; nothing is held in a worker, and no plugin is needed.

use std::borrow::Cow;
use std::time::Duration;

use super::service::of_dead_letters;
use super::{Binding, DeadLetter, Destination, Exchange, Queue, Topology};
use crate::spec::{QueueArguments, QueueKind};

/// The grain of a delay; delays are rounded up to it.
pub(crate) const UNIT: Duration = Duration::from_millis(100);

/// Bits of a delay: the longest is 2²⁸ − 1 units, 310 days.
const LEVELS: u8 = 28;

/// Where a message is published.
const ENTRY: &str = "urutu.delay.entry";

/// Where a message is when its delay is over.
const EXIT: &str = "urutu.delay.exit";

/// Where a message is that finds no way on: an exchange and a queue.
const STRAY: &str = "urutu.delay.stray";

/// The way through the cascade for one delay and one outlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DelayRoute {
    /// The delay.
    units: u32,
    /// The highest level that the message waits on.
    level: u8,
    /// The bits, then the outlet.
    routing_key: String,
}

/// The cascade is not deep enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a delay of {0:?} is longer than {longest:?} (310 days), the longest that a message can wait", longest = longest())]
pub struct DelayTooLong(pub(crate) Duration);

/// The longest delay.
pub(crate) fn longest() -> Duration {
    UNIT * ((1 << LEVELS) - 1)
}

impl DelayRoute {
    /// The way to an outlet that takes `delay`; `None` where there is nothing to wait for.
    pub(crate) fn new(delay: Duration, outlet: &str) -> Result<Option<Self>, DelayTooLong> {
        let units = delay.as_millis().div_ceil(UNIT.as_millis());
        let units = u32::try_from(units)
            .ok()
            .filter(|units| *units < 1 << LEVELS)
            .ok_or(DelayTooLong(delay))?;
        let Some(level) = units.checked_ilog2() else {
            return Ok(None);
        };
        let mut routing_key = String::with_capacity(2 * usize::from(LEVELS) + outlet.len());
        for bit in (0..LEVELS).rev() {
            routing_key.push_str(if units >> bit & 1 == 1 { "1." } else { "0." });
        }
        routing_key.push_str(outlet);
        // `ilog2` of a number below 2²⁸ is below 28.
        Ok(Some(Self {
            units,
            level: u8::try_from(level).unwrap_or(LEVELS - 1),
            routing_key,
        }))
    }

    /// How long it takes: the delay, rounded up.
    pub(crate) fn delay(&self) -> Duration {
        UNIT * self.units
    }

    /// The highest level that the message waits on.
    pub(crate) fn level(&self) -> u8 {
        self.level
    }

    /// Where to publish it, and with which routing key.
    pub(crate) fn into_address(self) -> (Cow<'static, str>, String) {
        (Cow::Borrowed(ENTRY), self.routing_key)
    }
}

/// Whether an exchange or a queue is part of the cascade.
pub(crate) fn is_of_cascade(name: &str) -> bool {
    name.starts_with("urutu.delay.")
}

/// So many of the lowest levels of the cascade, its entry and its exit.
pub(crate) fn cascade(levels: u8) -> Topology {
    let mut topology = exit();
    topology.exchanges.push(Exchange::new(ENTRY));
    for level in 0..levels {
        topology.extend(one_level(level));
    }
    topology
}

/// All levels: what the longest delay needs.
#[cfg(feature = "tools")]
pub(crate) fn whole_cascade() -> Topology {
    cascade(LEVELS)
}

/// The exchange at the end of the cascade, and what becomes of what finds no way on there.
pub(super) fn exit() -> Topology {
    Topology {
        exchanges: vec![Exchange::new(STRAY), never_dropping(Cow::Borrowed(EXIT))],
        queues: vec![Queue {
            name: Cow::Borrowed(STRAY),
            kind: QueueKind::Quorum,
            arguments: of_dead_letters(QueueKind::Quorum),
            dead_letter: None,
        }],
        bindings: vec![Binding {
            exchange: Cow::Borrowed(STRAY),
            key: Cow::Borrowed("#"),
            to: Destination::Queue(Cow::Borrowed(STRAY)),
        }],
    }
}

fn never_dropping(name: Cow<'static, str>) -> Exchange {
    Exchange {
        name,
        alternate: Some(Cow::Borrowed(STRAY)),
    }
}

/// The binding by which messages reach their outlet.
pub(super) fn way_out(outlet: String) -> Binding {
    Binding {
        exchange: Cow::Borrowed(EXIT),
        key: Cow::Owned("*.".repeat(usize::from(LEVELS)) + &outlet),
        to: Destination::Queue(Cow::Owned(outlet)),
    }
}

fn exchange(level: u8) -> Cow<'static, str> {
    Cow::Owned(format!("urutu.delay.{level}"))
}

fn below(level: u8) -> Cow<'static, str> {
    if level == 0 {
        Cow::Borrowed(EXIT)
    } else {
        exchange(level - 1)
    }
}

fn one_level(level: u8) -> Topology {
    let name = exchange(level);
    let higher = usize::from(LEVELS - 1 - level);
    let bit =
        |higher_bits: &str, value: &str| Cow::Owned(higher_bits.repeat(higher) + value + ".#");
    Topology {
        exchanges: vec![never_dropping(name.clone())],
        queues: vec![Queue {
            name: name.clone(),
            kind: QueueKind::Quorum,
            arguments: QueueArguments::expiring(UNIT * (1 << level)),
            dead_letter: Some(DeadLetter {
                exchange: below(level),
                routing_key: None,
            }),
        }],
        bindings: vec![
            Binding {
                exchange: Cow::Borrowed(ENTRY),
                key: bit("0.", "1"),
                to: Destination::Queue(name.clone()),
            },
            Binding {
                exchange: name.clone(),
                key: bit("*.", "1"),
                to: Destination::Queue(name.clone()),
            },
            Binding {
                exchange: name,
                key: bit("*.", "0"),
                to: Destination::Exchange(below(level)),
            },
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows a message through the bindings of `topology` and adds up the time that it waits.
    fn walk(
        topology: &Topology,
        mut exchange: String,
        key: &str,
        bound: &Binding,
    ) -> (Duration, String) {
        let mut waited = Duration::ZERO;
        let matches = |binding: &Binding, key: &str| {
            let (pattern, words): (Vec<_>, Vec<_>) =
                (binding.key.split('.').collect(), key.split('.').collect());
            let fixed = pattern.iter().take_while(|word| **word != "#").count();
            (pattern.len() > fixed || words.len() == fixed)
                && pattern[..fixed]
                    .iter()
                    .zip(&words)
                    .all(|(pattern, word)| *pattern == "*" || pattern == word)
        };
        loop {
            if exchange == bound.exchange {
                assert!(matches(bound, key), "{key} does not match {}", bound.key);
                return (waited, exchange);
            }
            let ways: Vec<_> = topology
                .bindings
                .iter()
                .filter(|binding| binding.exchange == exchange && matches(binding, key))
                .collect();
            assert_eq!(ways.len(), 1, "{key} on {exchange}");
            exchange = match &ways[0].to {
                Destination::Exchange(next) => next.to_string(),
                Destination::Queue(name) => {
                    let queue = topology
                        .queues
                        .iter()
                        .find(|queue| queue.name == *name)
                        .expect("declared");
                    waited += queue.arguments.message_ttl.expect("a TTL");
                    queue
                        .dead_letter
                        .as_ref()
                        .expect("a dead letter")
                        .exchange
                        .to_string()
                }
            };
        }
    }

    #[test]
    fn every_delay_waits_its_units_and_comes_to_its_outlet() {
        let bound = way_out("billing.capture".to_owned());
        for millis in [
            1,
            99,
            100,
            101,
            1_000,
            5_000,
            59_900,
            600_000,
            86_400_000,
            2_592_000_000,
        ] {
            let delay = Duration::from_millis(millis);
            let route = DelayRoute::new(delay, "billing.capture")
                .expect("short enough")
                .expect("a wait");
            let topology = cascade(route.level() + 1);
            let (exchange, key) = route.into_address();
            let (waited, _) = walk(&topology, exchange.to_string(), &key, &bound);
            assert!(
                waited >= delay && waited < delay + UNIT,
                "{delay:?} waited {waited:?}"
            );
        }
    }

    #[test]
    fn no_delay_needs_no_route_and_too_long_a_delay_is_an_error() {
        assert_eq!(DelayRoute::new(Duration::ZERO, "q"), Ok(None));
        assert!(DelayRoute::new(longest(), "q").is_ok());
        let error = DelayRoute::new(longest() + UNIT, "q").expect_err("too long");
        assert_eq!(
            error.to_string(),
            "a delay of 26843545.6s is longer than 26843545.5s (310 days), the longest that a message can wait"
        );
        assert!(DelayRoute::new(Duration::MAX, "q").is_err());
    }

    #[test]
    fn an_outlet_gets_only_its_own_messages() {
        let [one, other] = ["billing.capture", "capture"].map(|name| way_out(name.to_owned()));
        assert_eq!(one.key.split('.').count(), usize::from(LEVELS) + 2);
        assert_eq!(other.key.split('.').count(), usize::from(LEVELS) + 1);
    }
}
