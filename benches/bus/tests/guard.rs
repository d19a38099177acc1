//! Nothing has become twice as slow. The bounds are far below what is measured (see `docs/benchmarks.md`): debug builds, few messages, a machine that does other
//! work as well.

use std::process::Command;

fn holds(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_urutu-bench-bus"))
        .args(["table", "--rounds", "3"])
        .args(arguments)
        .output()
        .expect("the program is there");
    let words = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&words);
    println!("{words}");
    assert!(output.status.success(), "{words}");
}

#[test]
fn broker_guard_handling_is_not_much_slower_than_bare_lapin() {
    let contenders = ["consume-bare-cumulative", "consume"];
    holds(
        &[
            &contenders[..],
            &["--messages", "10000", "--at-least", "0.3"],
        ]
        .concat(),
    );
}

#[test]
fn broker_guard_publishing_is_not_much_slower_than_bare_lapin() {
    let contenders = ["publish-bare", "publish"];
    holds(
        &[
            &contenders[..],
            &["--messages", "5000", "--at-least", "0.5"],
        ]
        .concat(),
    );
}
