//! Every bad catalog in `fixtures/` beside the exact text of what is said about it.
//!
//! A fixture is a directory; where `path.txt` stands in it, that names what is loaded in place of the directory. `UPDATE=1` writes
//! what is said now to `expected.txt`.

mod files;
mod language;
mod levels;
mod manual;
mod robust;
mod roots;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use urutu_codegen::{Code, load};

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("diagnostics/fixtures");
    let entries = fs::read_dir(&root).expect("the fixtures are part of the repository");
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the directory can be listed").path())
        .collect();
    found.sort();
    found
}

/// What is loaded for a fixture.
fn path_of(fixture: &Path) -> PathBuf {
    match fs::read_to_string(fixture.join("path.txt")) {
        Ok(path) => fixture.join(path.trim()),
        Err(_) => fixture.to_owned(),
    }
}

/// The findings as they read when the paths are relative to the fixture.
fn rendered(fixture: &Path) -> String {
    let catalog = load(&path_of(fixture));
    let prefix = format!("{}/", fixture.display());
    let text = catalog.diagnostics.render(false).replace(&prefix, "");
    text.replace(&fixture.display().to_string(), ".")
}

#[test]
fn every_fixture_says_what_is_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    let fixtures = fixtures();
    assert!(fixtures.len() >= 45, "fixtures are missing");
    for fixture in fixtures {
        let expected_path = fixture.join("expected.txt");
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        let found = rendered(&fixture);
        assert!(
            !found.is_empty(),
            "{} is a valid catalog",
            fixture.display()
        );
        if found == expected {
            continue;
        }
        if update {
            fs::write(&expected_path, &found).expect("the fixture can be written");
        } else {
            wrong.push(format!(
                "{}\n--- expected\n{expected}--- found\n{found}",
                fixture.display()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nUPDATE=1 accepts what was found",
        wrong.join("\n")
    );
}

#[test]
fn a_model_exists_exactly_without_errors() {
    for fixture in fixtures() {
        let catalog = load(&path_of(&fixture));
        assert_eq!(
            catalog.model.is_none(),
            catalog.diagnostics.has_errors(),
            "{}",
            fixture.display()
        );
    }
}

#[test]
fn every_code_has_a_fixture() {
    let mut seen = BTreeSet::new();
    for fixture in fixtures() {
        let catalog = load(&path_of(&fixture));
        seen.extend(
            catalog
                .diagnostics
                .iter()
                .map(urutu_codegen::Diagnostic::code),
        );
    }
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !seen.contains(code))
        .collect();
    assert!(missing.is_empty(), "no fixture for {missing:?}");
}

#[test]
fn every_error_says_what_to_do() {
    for fixture in fixtures() {
        for diagnostic in &load(&path_of(&fixture)).diagnostics {
            let shape = ["U0103", "U0109", "U0403", "U0307", "U0110"];
            let by_itself = shape.contains(&diagnostic.code().as_str());
            assert!(
                by_itself || !diagnostic.help().is_empty(),
                "{}: {} {}",
                fixture.display(),
                diagnostic.code(),
                diagnostic.message()
            );
        }
    }
}
