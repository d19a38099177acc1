//! Opening a connection: one attempt at one address, and a round over all of them.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use lapin::Connection;
use tokio::time::{sleep, timeout};

use super::address::Address;
use super::addresses::Addresses;
use super::connection::CONNECT_TIMEOUT;
use super::line::{self, Line};
use super::open::{Unreached, no_answer, open};
use super::spent::Spent;
use crate::chance;
use crate::transport::TransportError;

/// How long an address may keep the next one waiting. A node that hangs costs a caller this much of its deadline, and not the whole time that a connection may
/// take; a slow one is still waited for, beside the next.
const HEAD_START: Duration = Duration::from_secs(1);

/// What the connections of one purpose have in common.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    /// What the broker's connection list calls them.
    pub(super) name: String,
    /// The longest time between two heartbeats, where the URL says nothing.
    pub(super) heartbeat: Duration,
    /// How long an answer may take before a connection counts as gone.
    pub(super) answer: Duration,
    /// Where bodies go that came over them.
    pub(super) spent: Spent,
}

/// A connection, and where it leads.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Arc<Connection>,
    pub(super) address: Arc<Address>,
}

impl Opened {
    pub(super) fn is_there(&self) -> bool {
        self.connection.status().connected()
    }

    pub(super) fn lost(&self, why: &str) -> TransportError {
        TransportError::Disconnected(format!(
            "the connection to RabbitMQ at {} is gone: {why}",
            self.address
        ))
    }
}

/// Tries each address once, the one that `worked` last before the others. The first connection counts.
pub(super) async fn dial(
    addresses: &Addresses,
    worked: Option<&Arc<Address>>,
    terms: &Terms,
) -> Result<Opened, TransportError> {
    let round = addresses.round(worked, chance::below);
    let attempt = |address: Arc<Address>| async move {
        match connect(&address, terms).await {
            Ok(connection) => Ok(Opened {
                connection,
                address,
            }),
            Err(unreached) => Err((address, unreached)),
        }
    };
    first_of(round, HEAD_START, attempt)
        .await
        .map_err(|mut failures| {
            failures.sort_by_key(|(address, _)| addresses.position(address));
            TransportError::Disconnected(told(&failures))
        })
}

/// Begins with the next one as soon as the one before it has failed, or has had its head start; the first success counts, and ends the others.
async fn first_of<A, T, E, F: Future<Output = Result<T, E>>>(
    candidates: Vec<A>,
    head_start: Duration,
    attempt: impl Fn(A) -> F,
) -> Result<T, Vec<E>> {
    let mut candidates = candidates.into_iter();
    let mut running = FuturesUnordered::new();
    let mut failures = Vec::new();
    loop {
        running.extend(candidates.next().map(&attempt));
        let more = candidates.len() > 0;
        tokio::select! {
            biased;
            ended = running.next() => match ended {
                Some(Ok(success)) => return Ok(success),
                Some(Err(failure)) => failures.push(failure),
                // Nothing runs, although one was just begun if there was one.
                None => return Err(failures),
            },
            () = sleep(head_start), if more => {}
        }
    }
}

/// Whoever drops the attempt ends it, and so does its time.
async fn connect(address: &Address, terms: &Terms) -> Result<Arc<Connection>, Unreached> {
    let line = Line::default();
    match timeout(CONNECT_TIMEOUT, open(address, terms, line.slot())).await {
        Ok(Ok(connection)) => {
            let (status, connection) = (connection.status().clone(), Arc::new(connection));
            let user = Arc::downgrade(&connection);
            tokio::spawn(line::keep(line, status, user, terms.answer));
            Ok(connection)
        }
        Ok(Err(unreached)) => Err(unreached),
        Err(_) => Err(Unreached::by_silence(no_answer())),
    }
}

/// Each address with its reason, and each piece of advice once.
fn told(failures: &[(Arc<Address>, Unreached)]) -> String {
    let mut text = "cannot connect to RabbitMQ".to_owned();
    let mut given: Vec<&str> = Vec::new();
    let mut separator = match failures.len() {
        1 => " at ",
        _ => " at any of its addresses: ",
    };
    for (address, Unreached { why, advice }) in failures {
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{address}: {why}");
        separator = "; ";
        if !given.contains(&&**advice) {
            given.push(advice);
        }
    }
    for advice in given {
        text.push_str("; ");
        text.push_str(advice);
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// What an attempt does, and when.
    #[derive(Clone, Copy)]
    enum Fate {
        Opens(u64),
        Fails(u64),
        Hangs,
    }

    use Fate::{Fails, Hangs, Opens};

    /// The index of the first that opens, or of those that failed; and how many milliseconds that took.
    async fn race(fates: &[Fate]) -> (Result<usize, Vec<usize>>, u128) {
        let begun = Instant::now();
        let candidates = (0..fates.len()).collect();
        let outcome = first_of(candidates, HEAD_START, |index| async move {
            let after = |millis| sleep(Duration::from_millis(millis));
            match fates[index] {
                Opens(millis) => {
                    after(millis).await;
                    Ok(index)
                }
                Fails(millis) => {
                    after(millis).await;
                    Err(index)
                }
                Hangs => {
                    sleep(CONNECT_TIMEOUT).await;
                    Err(index)
                }
            }
        });
        (outcome.await, begun.elapsed().as_millis())
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_is_down_costs_nothing_and_one_that_hangs_a_head_start() {
        assert_eq!(race(&[Opens(9), Opens(0)]).await, (Ok(0), 9));
        assert_eq!(race(&[Fails(1), Fails(1), Opens(1)]).await, (Ok(2), 3));
        assert_eq!(race(&[Hangs, Hangs, Opens(5)]).await, (Ok(2), 2_005));
        // A slow one may still win.
        assert_eq!(race(&[Opens(1_500), Hangs]).await, (Ok(0), 1_500));
        assert_eq!(race(&[Opens(2_500), Hangs, Fails(1)]).await, (Ok(0), 2_500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_ends_when_all_have_failed() {
        assert_eq!(race(&[Fails(3)]).await, (Err(vec![0]), 3));
        assert_eq!(race(&[Fails(3), Fails(4)]).await, (Err(vec![0, 1]), 7));
        assert_eq!(
            race(&[Hangs, Fails(1), Hangs]).await,
            (Err(vec![1, 0, 2]), 6_001)
        );
        assert_eq!(race(&[]).await, (Err(vec![]), 0));
    }

    #[test]
    fn every_address_is_told_with_its_reason() {
        let urls = "amqp://me:s3cret@a,amqp://me:s3cret@b,amqp://me:s3cret@c";
        let addresses = Addresses::parse(urls, CONNECT_TIMEOUT).expect("URLs");
        let unreached = |why: &str, advice: &'static str| Unreached {
            why: why.to_owned(),
            advice: advice.into(),
        };
        let failures: Vec<_> = addresses
            .round(None, |_| 0)
            .into_iter()
            .zip([
                unreached("refused", "look"),
                unreached("silent", "listen"),
                unreached("refused", "look"),
            ])
            .collect();
        assert_eq!(
            told(&failures),
            "cannot connect to RabbitMQ at any of its addresses: amqp://a:5672/%2f: refused; amqp://b:5672/%2f: silent; amqp://c:5672/%2f: refused; look; listen"
        );
        assert_eq!(
            told(&failures[..1]),
            "cannot connect to RabbitMQ at amqp://a:5672/%2f: refused; look"
        );
    }
}
