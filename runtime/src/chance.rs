//! Chance, as far as it is needed to spread what would otherwise happen at one moment or in one place.

use std::hash::{BuildHasher, RandomState};

/// A number from 0 to 1.
pub(crate) fn fraction() -> f64 {
    f64::from(bits()) / f64::from(u32::MAX)
}

/// A number below `bound`; 0 where that is 0.
pub(crate) fn below(bound: usize) -> usize {
    let bound = u64::try_from(bound).unwrap_or(u64::MAX);
    // Below a `usize`.
    usize::try_from(u64::from(bits()).checked_rem(bound).unwrap_or(0)).unwrap_or(0)
}

/// The standard library seeds its hasher anew for every instance; that is random enough here.
fn bits() -> u32 {
    u32::try_from(RandomState::new().hash_one(0_u8) >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_within_their_bounds_and_vary() {
        assert_eq!((below(0), below(1)), (0, 0));
        let mut seen = [false; 3];
        for _ in 0..1_000 {
            seen[below(3)] = true;
            assert!((0.0..=1.0).contains(&fraction()));
        }
        assert_eq!(seen, [true; 3]);
    }
}
