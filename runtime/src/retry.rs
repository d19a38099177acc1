//! The arithmetic of retries: which attempt this is, whether another one follows, and after which delay.

use std::time::Duration;

use lapin::types::FieldTable;

use crate::backoff;
use crate::spec::{Backoff, RetrySpec};
use crate::wire::headers;

/// The number of the attempt that a delivery is, from 1.
///
/// Attempts that ended in a copy are counted in a header of ours; deliveries that came back to the queue without one (a lost worker, a
/// requeue) are counted by the broker on quorum queues. Forged counts only shorten or lengthen the message's own retries.
pub(crate) fn attempt_number(headers: Option<&FieldTable>) -> u32 {
    let copies = headers::count(headers, headers::ATTEMPTS).unwrap_or(0);
    copies.saturating_add(returns(headers)).saturating_add(1)
}

/// How often it came back to its quorum queue, by the broker's count.
pub(crate) fn returns(headers: Option<&FieldTable>) -> u32 {
    let returned = headers::count(headers, headers::DELIVERY_COUNT).unwrap_or(0);
    let acquired = headers::count(headers, headers::ACQUIRED_COUNT).unwrap_or(0);
    returned.max(acquired)
}

impl RetrySpec {
    /// Whether another attempt follows attempt number `attempt`.
    pub(crate) fn allows_another(&self, attempt: u32) -> bool {
        attempt < self.attempts
    }

    /// The delay after attempt number `attempt`; with jitter, another one each time.
    pub(crate) fn delay_after(&self, attempt: u32) -> Duration {
        backoff::shortened(self.longest_after(attempt), self.jitter)
    }

    /// The delay after attempt number `attempt`, of which jitter leaves out a part.
    fn longest_after(&self, attempt: u32) -> Duration {
        let earlier = attempt.saturating_sub(1);
        let delay = match self.backoff {
            Backoff::Fixed => self.initial,
            Backoff::Linear => self.initial.saturating_mul(earlier.saturating_add(1)),
            // 2³¹ times any initial delay is beyond every cap.
            Backoff::Exponential => self.initial.saturating_mul(1 << earlier.min(31)),
        };
        delay.min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapin::types::AMQPValue;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn policy(backoff: Backoff) -> RetrySpec {
        RetrySpec {
            attempts: 5,
            backoff,
            initial: SECOND,
            max: 10 * SECOND,
            jitter: 0,
        }
    }

    fn delays(backoff: Backoff) -> Vec<u64> {
        [1, 2, 3, 4, 5, 40, u32::MAX]
            .map(|attempt| policy(backoff).delay_after(attempt).as_secs())
            .to_vec()
    }

    #[test]
    fn delays_grow_as_the_policy_says_up_to_its_cap() {
        assert_eq!(delays(Backoff::Fixed), [1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(delays(Backoff::Linear), [1, 2, 3, 4, 5, 10, 10]);
        assert_eq!(delays(Backoff::Exponential), [1, 2, 4, 8, 10, 10, 10]);
    }

    proptest! {
        #[test]
        fn jitter_only_shortens_a_delay_and_by_no_more_than_its_part(
            kind in prop_oneof![Just(Backoff::Fixed), Just(Backoff::Linear), Just(Backoff::Exponential)],
            attempt in 1..1_000_u32,
            initial in 0..4_294_967_295_u64,
            more in 0..4_294_967_295_u64,
            jitter in 0..=100_u8,
        ) {
            let exact = RetrySpec {
                attempts: 1_000,
                backoff: kind,
                initial: Duration::from_millis(initial),
                max: Duration::from_millis(initial + more),
                jitter: 0,
            };
            let full = exact.delay_after(attempt);
            prop_assert!(full >= exact.initial && full <= exact.max);
            let delay = RetrySpec { jitter, ..exact }.delay_after(attempt);
            let shortest = full * u32::from(100 - jitter) / 100;
            prop_assert!(delay >= shortest && delay <= full, "{delay:?} of {full:?}");
        }
    }

    #[test]
    fn delays_with_jitter_vary() {
        let policy = RetrySpec {
            jitter: 10,
            ..policy(Backoff::Fixed)
        };
        let first = policy.delay_after(1);
        assert!((0..100).any(|_| policy.delay_after(1) != first));
    }

    #[test]
    fn the_last_attempt_is_the_one_with_the_number_of_attempts() {
        assert!(policy(Backoff::Fixed).allows_another(4));
        assert!(!policy(Backoff::Fixed).allows_another(5));
        assert!(!policy(Backoff::Fixed).allows_another(u32::MAX));
    }

    #[test]
    fn copies_and_returns_both_count() {
        let mut table = FieldTable::default();
        assert_eq!(attempt_number(None), 1);
        table.insert(headers::name(headers::ATTEMPTS), AMQPValue::LongLongInt(2));
        assert_eq!(attempt_number(Some(&table)), 3);
        table.insert(
            headers::name(headers::DELIVERY_COUNT),
            AMQPValue::LongLongInt(1),
        );
        assert_eq!(attempt_number(Some(&table)), 4);
        table.insert(
            headers::name(headers::ATTEMPTS),
            AMQPValue::LongLongInt(i64::MAX),
        );
        assert_eq!(attempt_number(Some(&table)), u32::MAX);
    }
}
