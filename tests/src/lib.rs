//! What the tests across the crates share: the bus of the shop in `schemas/`, and folders to write to.

mod scratch;

pub use scratch::Scratch;

/// The generated modules.
pub mod bus {
    urutu::include_bus!();
}
