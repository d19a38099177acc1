//! What the tests across the crates share: the bus of the shop in `schemas/`, folders to write to, and packages in them.

mod outside;
mod scratch;

pub use outside::{cargo, lock, workspace};
pub use scratch::Scratch;

/// The generated modules.
pub mod bus {
    urutu::include_bus!();
}
