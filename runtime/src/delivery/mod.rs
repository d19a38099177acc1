//! A delivery on its way through a handler: the message, its context, and its settlement.

mod attempt;
mod clock;
mod context;
pub(crate) mod copies;
mod extensions;
mod manual;
mod settle;

pub(crate) use attempt::{Attempt, Received};
pub use context::Context;
pub use manual::{Delivery, Settled};
pub use settle::SettleError;
pub(crate) use settle::Verdict;
