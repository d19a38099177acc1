//! Who creates exchanges, queues and bindings.

use std::fmt;

/// Who creates the exchanges, queues and bindings that a contract needs.
///
/// It is chosen for a bus ([`BusBuilder::topology`](crate::BusBuilder::topology)) or a worker
/// ([`WorkerBuilder::topology`](crate::WorkerBuilder::topology)).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum TopologyMode {
    /// Workers and publishers declare what they need, again whenever it is gone. Needs the permission `configure`.
    #[default]
    Declare,
    /// Nothing is created: exchanges and queues must exist as the contract wants them, else a worker does not start and a
    /// publish is an error. AMQP cannot list bindings; `urutu topology verify` does.
    ///
    /// The broker compares properties only for a user with the permission `configure`; without it, they must exist, and a
    /// warning says that they were not compared.
    Verify,
    /// Nothing is created, and nothing is asked but whether a queue or an outlet is there. What is missing is an error when it is used.
    Off,
}

impl TopologyMode {
    /// What to do about something that is not there when it is used.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Declare => {
                "the worker or publisher that needs it declares it: none has run yet, or somebody has deleted it"
            }
            Self::Verify => {
                "nothing is declared here (topology mode `verify`): create it with `urutu topology apply`"
            }
            Self::Off => {
                "nothing is declared here (topology is off): create it with `urutu topology apply`"
            }
        }
    }
}

/// The word of the command line.
impl fmt::Display for TopologyMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Declare => "declare",
            Self::Verify => "verify",
            Self::Off => "off",
        })
    }
}
