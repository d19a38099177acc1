//! A contract gets a new field: what becomes of the programs that build its messages.

use std::fs;
use std::path::Path;
use std::process::Output;

use urutu_codegen::emit::Layout;

use urutu_tests::{Scratch, lock, workspace};

use super::{cargo, generate};

/// How a program builds a message so that a new optional field does not break it.
const CALLER: &str = r#"
#[path = "bus/mod.rs"]
pub mod bus;
use bus::shop::Ordered;

pub fn required_only() -> Ordered {
    Ordered::new("a".to_owned())
}

pub fn with_more() -> Ordered {
    Ordered { note: Some("b".to_owned()), ..Ordered::new("a".to_owned()) }
}
"#;

/// Checks the caller against a contract with these fields.
fn check(folder: &Path, fields: &str) -> Output {
    let contract = format!(
        "catalog: 1\nnamespace: shop\nexchange: shop\nmessages:\n  Ordered: {{kind: event, topic: o, fields: {{{fields}}}}}\n"
    );
    let source = folder.join("src");
    fs::create_dir_all(&source).expect("a scratch folder");
    fs::write(folder.join("shop.yaml"), contract).expect("a scratch file");
    generate(
        &folder.join("shop.yaml"),
        Layout::Modules,
        &source.join("bus"),
    );
    let runtime = workspace().join("runtime").display().to_string();
    let manifest = format!(
        "[package]\nname = \"caller\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nurutu = {{ path = {runtime:?} }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("a scratch file");
    fs::write(source.join("lib.rs"), CALLER).expect("a scratch file");
    lock(folder);
    cargo(folder)
        .args(["check", "--offline", "--quiet"])
        .output()
        .expect("cargo can be started")
}

#[test]
fn a_new_optional_field_breaks_no_caller_and_a_required_one_says_so() {
    let folder = Scratch::new("evolution");
    for fields in [
        "id: string, note: string?",
        "id: string, note: string?, coupon: string?",
        "coupon: {type: string, default: none}, id: string, note: string?",
    ] {
        let output = check(folder.path(), fields);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{fields}\n{stderr}");
    }
    let output = check(folder.path(), "id: string, note: string?, coupon: string");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "a required field was added");
    assert!(
        stderr.contains("this function takes 2 arguments but 1 argument was supplied"),
        "{stderr}"
    );
}
