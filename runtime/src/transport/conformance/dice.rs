//! Random choices that can be made again.

/// A small generator of numbers (xorshift): the same seed gives the same choices.
pub(in crate::transport) struct Dice(u64);

impl Dice {
    pub(in crate::transport) fn new(seed: u32) -> Self {
        Self(0x9E37_79B9_7F4A_7C15 ^ (u64::from(seed) << 32))
    }

    /// A number below `sides`.
    pub(in crate::transport) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // 31 bits fit into any `usize` that runs this.
        usize::try_from(self.0 >> 33).map_or(0, |number| number % sides)
    }

    pub(in crate::transport) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len())]
    }
}
