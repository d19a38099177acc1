//! `docs/catalog.md`, the manual of the language, against the language.

use std::fs;
use std::path::Path;

use urutu_codegen::{Code, load};

fn manual() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/catalog.md");
    fs::read_to_string(path).expect("the manual is part of the repository")
}

#[test]
fn every_code_is_in_the_manual() {
    let manual = manual();
    for code in Code::ALL {
        let lint = match code.lint() {
            None => String::new(),
            Some(name) => format!(" (`{name}`: {})", code.default_level()),
        };
        let row = format!("| {code} | {}{lint} |", code.title());
        assert!(manual.contains(&row), "the manual lacks {row}");
    }
}

#[test]
fn the_first_example_is_a_catalog() {
    let manual = manual();
    let (_, rest) = manual
        .split_once("```yaml\n")
        .expect("the manual has examples");
    let (example, _) = rest.split_once("```").expect("the example ends");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manual.yaml");
    fs::write(&path, example).expect("the directory of the build can be written");
    let catalog = load(&path);
    assert!(
        catalog.diagnostics.is_empty(),
        "{}",
        catalog.diagnostics.render(false)
    );
}
