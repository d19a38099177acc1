//! The message of the target `delivery`.

fn main() {
    urutu_codegen::compile("delivery/contract.yaml");
}
