//! Turns the contracts in `schemas/` into Rust.

fn main() {
    urutu_codegen::compile("../../schemas");
}
