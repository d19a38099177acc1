//! `urutu fmt`: pairs of a file and what it becomes in `golden/`, and what holds for every file.
//!
//! `UPDATE=1` writes what the files become now.

mod layouts;
mod limits;

use std::fs;
use std::path::{Path, PathBuf};

use serde_yaml::Value;
use urutu_codegen::format::{self, Refusal};
use urutu_codegen::render::language;

/// A path in the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The formatted text; what is not valid, or a defect, ends the test.
fn formatted(text: &str) -> String {
    match format::text(Path::new("a.yaml"), text) {
        Ok(formatted) => formatted,
        Err(Refusal::Invalid(faults)) => panic!("{}\n{text}", faults.render(false)),
        Err(Refusal::Unable(reason)) => panic!("{reason}\n{text}"),
    }
}

#[test]
fn files_become_what_is_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let entries = fs::read_dir(repository("tests/fmt/golden")).expect("part of the repository");
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    assert!(folders.len() >= 6, "pairs are missing");
    for folder in folders {
        let found = formatted(&read(&folder.join("before.yaml")));
        let after = folder.join("after.yaml");
        if update {
            fs::write(&after, &found).expect("the repository can be written");
        }
        assert_eq!(found, read(&after), "{}", folder.display());
        assert_eq!(formatted(&found), found, "{} again", folder.display());
    }
}

#[test]
fn the_catalog_of_the_repository_is_formatted() {
    let catalog = format::catalog(&repository("schemas"));
    assert!(catalog.diagnostics.is_empty());
    assert!(catalog.files.len() >= 8, "files are missing");
    for file in &catalog.files {
        assert!(
            !file.is_changed(),
            "run `urutu fmt schemas`: {:?}",
            file.path
        );
    }
}

#[test]
fn what_is_not_valid_is_refused() {
    for (text, code) in [
        ("a: [", "U0004"),
        ("a: &x b", "U0006"),
        ("a: 1\na: 2", "U0005"),
        ("", "U0103"),
        ("# nothing", "U0103"),
    ] {
        let Err(Refusal::Invalid(faults)) = format::text(Path::new("a.yaml"), text) else {
            panic!("{text:?} was formatted");
        };
        let codes: Vec<&str> = faults.iter().map(|fault| fault.code().as_str()).collect();
        assert_eq!(codes, [code], "{text:?}");
    }
}

#[test]
fn what_fuzzing_found() {
    // A block scalar in the last line: the parser says that it begins with its sign.
    assert_eq!(formatted("doc: | # a"), "doc: \"\" # a\n");
    assert_eq!(formatted("- - >-"), "- - \"\"\n");
    // A block scalar without text, and a comment on the line behind it.
    assert_eq!(
        formatted("doc: | # x\n# in front\n# end\n"),
        "doc: \"\" # x\n# in front\n# end\n"
    );
    assert_eq!(formatted(" - | #\n #"), "- \"\" #\n#\n");
    // A byte order mark in front of a comment.
    assert_eq!(formatted("\n\u{feff}#y\n\nt"), "# y\n\nt\n");
    // A document without a value, and comments around it.
    assert_eq!(formatted("#a\n--- # b\n#c"), "# a\n# b\n# c\n---\n");
    // Items without a value, and comments behind their dashes.
    assert_eq!(formatted("- -\n-\n- - #\n"), "- -\n-\n- - #\n");
    assert_eq!(formatted("-\n#\n- # b\n"), "-\n#\n- # b\n");
    // Plain texts that would not be plain at the place where they go.
    assert_eq!(formatted(" ...\n\n x"), "\"...\\nx\"\n");
    assert_eq!(formatted(" ---\n\n -"), "\"---\\n-\"\n");
    assert_eq!(formatted("[l\n - ]"), "[\"l -\"]\n");
    assert_eq!(formatted("{m\n -\n}"), "{\"m -\"}\n");
    // The text of a file that has its largest size already has no room for indentation.
    let large = format!("a: |\n{}", " b\n".repeat(1_300_000));
    let refused = format::text(Path::new("a.yaml"), large);
    assert!(matches!(
        refused,
        Err(Refusal::Unable(format::Unable::TooLarge))
    ));
}

/// The table of `docs/fmt.md` and the schema, which is made of the tables of the parser.
#[test]
fn the_order_of_keys_is_documented() {
    fn rows(schema: &Value, found: &mut Vec<String>) {
        if let (Some(Value::String(title)), Some(Value::Mapping(keys))) =
            (schema.get("title"), schema.get("properties"))
            && keys.len() > 1
        {
            let keys: Vec<String> = keys
                .keys()
                .map(|key| format!("`{}`", key.as_str().expect("a key of JSON")))
                .collect();
            let row = format!("| {title} | {} |", keys.join(", "));
            if !found.contains(&row) {
                found.push(row);
            }
        }
        match schema {
            Value::Mapping(members) => members.values().for_each(|value| rows(value, found)),
            Value::Sequence(items) => items.iter().for_each(|value| rows(value, found)),
            _ => {}
        }
    }
    // As JSON, it would not keep its order.
    let schema = serde_yaml::from_str(&language::schema()).expect("JSON is YAML");
    let mut expected = Vec::new();
    rows(&schema, &mut expected);
    let page = read(&repository("docs/fmt.md"));
    let documented: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
    assert_eq!(documented[1..], expected, "the table of docs/fmt.md");
}
