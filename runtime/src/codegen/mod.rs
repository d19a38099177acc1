//! What generated code calls. Not for anyone else: it may change with any release.

mod enumeration;
mod presence;
mod redacted;
pub mod union;

pub use serde;

pub use crate::spec::*;
pub use crate::validate::{Checker, Pattern, Validate};
pub use enumeration::{UnknownValue, closed, open};
pub use presence::{nullable, optional};
pub use redacted::Redacted;

/// The version of the contract between generated code and this runtime.
pub const CONTRACT_VERSION: u32 = 1;
