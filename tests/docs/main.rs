//! What the documents say of the code is there.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_owned()
}

/// The Rust files below a folder, each with its text.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            found.push((path, text));
        }
    }
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// `docs/reliability.md` names a test for every promise, by its name, the beginning of it, or its module.
#[test]
fn every_test_that_the_page_on_reliability_names_exists() {
    let root = root();
    let page = fs::read_to_string(root.join("docs/reliability.md")).expect("the page");
    let mut files = Vec::new();
    for folder in ["runtime/src", "runtime/tests", "codegen/tests", "tests"] {
        sources(&root.join(folder), &mut files);
    }
    let exists = |name: &str| {
        let (name, function) = (
            name.rsplit("::").next().unwrap_or(name),
            format!("fn {name}"),
        );
        files.iter().any(|(path, text)| {
            let is_module = path.with_extension("").ends_with(name)
                || path.parent().is_some_and(|folder| folder.ends_with(name));
            is_module || text.contains(&function)
        })
    };
    let mut named = 0;
    let mut missing = Vec::new();
    // The last column of each row of a table.
    let rows = page.lines().filter(|line| line.starts_with('|'));
    for cell in rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next()) {
        let tests = quoted(cell).filter(|name| {
            let letters =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:".contains(c);
            !name.starts_with("urutu") && name.chars().all(letters)
        });
        for test in tests {
            named += 1;
            if !exists(test) {
                missing.push(test);
            }
        }
    }
    assert!(named > 60, "only {named} tests were found on the page");
    assert!(
        missing.is_empty(),
        "the page names tests that are not there: {missing:#?}"
    );
}
