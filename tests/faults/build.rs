//! The bus of the load.

fn main() {
    urutu_codegen::compile("faults.yaml");
}
