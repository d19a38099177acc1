//! Generated code of another release says so in one line.

const _: () = urutu::codegen::contract_version(0);

fn main() {}
