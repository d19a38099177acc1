//! The bus of the shop, for the tests.

fn main() {
    urutu_codegen::compile("../schemas");
}
