//! What the promises of urutu are worth under faults.
//!
//! A [`Load`] publishes numbered messages, handles them in every way there is, and keeps an [`Account`] of each, while a test attacks what it runs on.
//! At the end nothing that was confirmed may be missing. The account of each test goes into `target/accounts`; the program `accounts` prints them
//! as a table.

// Whoever attacks, and meets what it does not expect, panics.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

mod account;
mod dice;
mod hands;
mod load;
mod moods;
mod report;
mod scale;
mod scene;
mod wild;
mod words;

/// What the generator makes of `faults.yaml`.
#[allow(missing_docs)]
pub mod bus {
    urutu::include_bus!();
}

pub use self::account::Account;
pub use self::dice::Dice;
pub use self::hands::{Book, service_audit, service_hands};
pub use self::load::{Load, Mix, publish_once, worker};
pub use self::moods::MANY;
pub use self::report::{Report, reports};
pub use self::scale::{PATIENCE, Scale};
pub use self::scene::Scene;
pub use self::wild::{Diary, Entry, service_ears, service_wild};
pub use self::words::{Printed, Word};
