//! Chance that can be repeated.

use std::hash::{BuildHasher, RandomState};

/// A generator of random numbers (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// With the seed in `URUTU_SEED`, or a random one; prints it, so that a run can be repeated as far as the machine lets it.
    pub fn from_environment() -> Self {
        let seed = if let Ok(seed) = std::env::var("URUTU_SEED") {
            seed.parse().expect("URUTU_SEED is a number")
        } else {
            // The standard library's hashers begin with random keys.
            RandomState::new().hash_one(0) & 0xffff_ffff
        };
        eprintln!("URUTU_SEED={seed}");
        Self(seed)
    }

    /// With this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let count = u64::try_from(from.len()).expect("no slice is that long");
        &from[usize::try_from(self.below(count)).expect("it is below the length")]
    }
}
