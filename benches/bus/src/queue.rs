//! The queues that messages go through.

use clap::ValueEnum;

/// The type of a queue. Each has its message in `bench.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Queue {
    Quorum,
    Classic,
    /// A quorum queue with 200 handlers at a time, in place of 64.
    Crowd,
    /// A quorum queue with messages of any size.
    Parcels,
}

impl Queue {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Quorum => "bench.quorum",
            Self::Classic => "bench.classic",
            Self::Crowd => "bench.crowd",
            Self::Parcels => "bench.parcels",
        }
    }

    /// How many handlers work at a time: `concurrency` in `bench.yaml`.
    pub(crate) fn handlers(self) -> u64 {
        match self {
            Self::Crowd => 200,
            Self::Quorum | Self::Classic | Self::Parcels => 64,
        }
    }

    /// What it is called in a table.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Quorum => "a quorum queue",
            Self::Classic => "a classic queue",
            Self::Crowd => "a quorum queue, 200 handlers",
            Self::Parcels => "a quorum queue, messages of any size",
        }
    }

    /// What it is called on a command line.
    pub(crate) fn value_name(self) -> String {
        let value = self.to_possible_value().expect("no value is hidden");
        value.get_name().to_owned()
    }

    pub(crate) fn topic(self) -> &'static str {
        match self {
            Self::Quorum => "orders.replicated",
            Self::Classic => "orders.local",
            Self::Crowd => "orders.crowded",
            Self::Parcels => "parcels.sent",
        }
    }
}

/// The exchange of `bench.yaml`.
pub(crate) const EXCHANGE: &str = "bench";
