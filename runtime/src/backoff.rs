//! How long to wait before something is tried again: twice as long each time, up to a cap, with jitter so that many workers do not
//! come back at the same moment.

use std::time::Duration;

use crate::chance;

/// A growing delay.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    tries: u32,
}

impl Backoff {
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            tries: 0,
        }
    }

    /// For what the worker tries again: a subscription, a settlement.
    pub(crate) const fn of_worker() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(30))
    }

    /// The next delay: between half and all of the doubled one.
    pub(crate) fn next(&mut self) -> Duration {
        let full = self
            .first
            .saturating_mul(1 << self.tries.min(16))
            .min(self.longest);
        self.tries = self.tries.saturating_add(1);
        shortened(full, 50)
    }
}

/// A delay of which up to `percent` are left out, at random. No percentage above 100 makes a difference.
pub(crate) fn shortened(delay: Duration, percent: u8) -> Duration {
    if percent == 0 {
        return delay;
    }
    let most = delay / 100 * u32::from(percent.min(100));
    // No rounding may bring it out of its bounds.
    let left_out = most.mul_f64(chance::fraction()).min(most);
    delay.saturating_sub(left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(30);

    #[test]
    fn delays_double_up_to_the_cap() {
        let mut backoff = Backoff::new(FIRST, LONGEST);
        for exponent in 0..40 {
            let full = (FIRST * 2_u32.pow(exponent.min(16))).min(LONGEST);
            let delay = backoff.next();
            assert!(delay >= full / 2 && delay <= full, "{delay:?} of {full:?}");
        }
    }

    #[test]
    fn delays_vary() {
        let first = Backoff::new(FIRST, LONGEST).next();
        assert!(
            (0..100).any(|_| Backoff::new(FIRST, LONGEST).next() != first),
            "workers would come back as one"
        );
    }
}
