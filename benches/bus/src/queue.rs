//! The queues that messages go through.

use clap::ValueEnum;

/// The type of a queue. Each has its message in `bench.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Queue {
    Quorum,
    Classic,
}

impl Queue {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Quorum => "bench.quorum",
            Self::Classic => "bench.classic",
        }
    }

    /// What it is called in a table.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Quorum => "a quorum queue",
            Self::Classic => "a classic queue",
        }
    }

    pub(crate) fn topic(self) -> &'static str {
        match self {
            Self::Quorum => "orders.replicated",
            Self::Classic => "orders.local",
        }
    }
}

/// The exchange of `bench.yaml`.
pub(crate) const EXCHANGE: &str = "bench";
