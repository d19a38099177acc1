//! How much is done: less in the tests that run at every change, more by hand.

use std::time::Duration;

/// The size of a run. `URUTU_FAULTS` chooses it: `fast`, `long`, or unset for what is between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// `tests/run --fast`
    Fast,
    /// `tests/run`
    Usual,
    /// `tests/run --long`
    Long,
}

/// How long is waited for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(120);

impl Scale {
    /// What the environment asks for.
    pub fn of_this_run() -> Self {
        match std::env::var("URUTU_FAULTS").as_deref() {
            Ok("fast") => Self::Fast,
            Ok("long") => Self::Long,
            Err(std::env::VarError::NotPresent) | Ok("") => Self::Usual,
            other => panic!("URUTU_FAULTS is `fast`, `long` or not set, but not {other:?}"),
        }
    }

    /// One of three, by the scale.
    pub fn choose<T>(self, fast: T, usual: T, long: T) -> T {
        match self {
            Self::Fast => fast,
            Self::Usual => usual,
            Self::Long => long,
        }
    }

    /// How many messages a run publishes at least.
    pub fn messages(self) -> u64 {
        self.choose(1_000, 3_000, 100_000)
    }

    /// How often an attack is repeated.
    pub fn rounds(self) -> u32 {
        self.choose(1, 2, 8)
    }
}
