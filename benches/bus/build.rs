//! The messages that are measured.

fn main() {
    urutu_codegen::compile("bench.yaml");
}
