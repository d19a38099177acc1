//! What the tests across the crates share: the bus of the shop in `schemas/`.

/// The generated modules.
pub mod bus {
    urutu::include_bus!();
}
