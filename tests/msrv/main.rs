//! The `rust-version` of the workspace is true: no dependency asks for a newer compiler, and one asks for exactly this one, so that
//! the number is not higher than it has to be. `clippy::incompatible_msrv` keeps our own code to it.

use std::process::Command;

/// `1.88` or `1.88.0` as numbers that compare.
fn version(text: &str) -> Vec<u32> {
    let mut numbers: Vec<u32> = text
        .split('.')
        .map(|part| part.parse().expect("a number"))
        .collect();
    numbers.resize(3, 0);
    numbers
}

fn host() -> String {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc writes text");
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("rustc names its host")
        .to_owned()
}

#[test]
fn the_minimum_rust_version_is_that_of_the_dependencies() {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--offline",
            "--all-features",
        ])
        // Dependencies of other platforms may not be downloaded.
        .args(["--filter-platform", &host()])
        .args([
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"),
        ])
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let ours = version(env!("CARGO_PKG_RUST_VERSION"));
    let mut highest = version("1.0");
    for package in metadata["packages"].as_array().expect("packages") {
        // Ours have no source.
        let (Some(asks), false) = (
            package["rust_version"].as_str(),
            package["source"].is_null(),
        ) else {
            continue;
        };
        let asks = version(asks);
        assert!(
            asks <= ours,
            "{} {} needs Rust {asks:?}, the workspace says {ours:?}",
            package["name"],
            package["version"]
        );
        highest = highest.max(asks);
    }
    assert_eq!(highest, ours, "`rust-version` in Cargo.toml can be lower");
}
