//! The schema of the catalog language against the parser: files that the parser takes are valid, structural errors are errors of both.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use urutu_codegen::render::language;
use urutu_tests::workspace;

use crate::{faults, judge};

/// Beside the structural ones (U01xx) the schema finds these, where a place by itself shows them: spellings, mostly.
const FOUND_AS_WELL: [&str; 10] = [
    "U0201", "U0301", "U0302", "U0304", "U0401", "U0402", "U0405", "U0503", "U0507", "U0518",
];

/// What of the structural rules a schema cannot say: whether a pattern of files is well formed, and lints.
const NOT_FOUND: [&str; 3] = ["U0112", "U0115", "U0116"];

/// Examples and defaults are values of the catalog's own types, and so are structural mistakes within them.
const OF_VALUES: [&str; 2] = ["U0307", "U0403"];

fn schema() -> Value {
    serde_json::from_str(&language::schema()).expect("the schema is JSON")
}

/// The YAML files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("the folder is part of the repository");
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            files(&path, found);
        } else if path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml")
        {
            found.push(path);
        }
    }
    found.sort();
}

/// A file as an editor sees it; `None` if it is not the YAML that editors take.
fn read(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).ok()?;
    serde_yaml::from_str(&text).ok()
}

#[test]
fn the_committed_copy_is_current() {
    let path = workspace().join("codegen/catalog.schema.json");
    let current = language::schema();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &current).expect("the copy can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == current,
        "{} is stale; UPDATE=1 writes it",
        path.display()
    );
}

#[test]
fn every_file_of_a_valid_catalog_is_valid() {
    let judge = judge(&schema());
    let mut found = Vec::new();
    for folder in [
        "schemas",
        "tests/golden",
        "tests/diagnostics/language",
        "tests/diagnostics/alike",
    ] {
        files(&workspace().join(folder), &mut found);
    }
    assert!(found.len() >= 20, "files are missing: {found:?}");
    for path in found {
        let value = read(&path).expect("a valid catalog is YAML");
        let faults = faults(&judge, &value);
        assert!(faults.is_empty(), "{}\n{faults}", path.display());
    }
}

/// What the parser says about the files of a fixture: the codes, by file.
fn codes(fixture: &Path) -> BTreeMap<PathBuf, Vec<&'static str>> {
    let path = match fs::read_to_string(fixture.join("path.txt")) {
        Ok(path) => fixture.join(path.trim()),
        Err(_) => fixture.to_owned(),
    };
    let mut codes: BTreeMap<PathBuf, Vec<&str>> = BTreeMap::new();
    let catalog = urutu_codegen::load(&path);
    for path in catalog.inputs.files {
        codes.entry(path).or_default();
    }
    for diagnostic in &catalog.diagnostics {
        let of_file = codes.entry(diagnostic.file().to_owned()).or_default();
        of_file.push(diagnostic.code().as_str());
    }
    codes
}

#[test]
fn parser_and_schema_agree_on_every_fixture() {
    let judge = judge(&schema());
    let root = workspace().join("tests/diagnostics/fixtures");
    let mut wrong = Vec::new();
    let (mut refused, mut taken) = (0, 0);
    for fixture in fs::read_dir(&root).expect("the fixtures are part of the repository") {
        let fixture = fixture.expect("the folder can be listed").path();
        for (file, codes) in codes(&fixture) {
            // What is wrong with the YAML itself is for the reader of the editor.
            if codes
                .iter()
                .any(|code| code.starts_with("U00") || OF_VALUES.contains(code))
            {
                continue;
            }
            let Some(value) = read(&file) else {
                continue;
            };
            let faults = faults(&judge, &value);
            let structural = |code: &&str| code.starts_with("U01") && !NOT_FOUND.contains(code);
            let name = file.strip_prefix(&root).unwrap_or(&file).display();
            if codes.iter().any(structural) {
                refused += 1;
                if faults.is_empty() {
                    wrong.push(format!("{name}: {codes:?}, but it is valid"));
                }
            } else if !codes.iter().any(|code| FOUND_AS_WELL.contains(code)) {
                taken += 1;
                if !faults.is_empty() {
                    wrong.push(format!("{name}: {codes:?}, but it is not valid:\n{faults}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused >= 15 && taken >= 30, "{refused} and {taken} files");
}

/// Every object of the language says what each of its keys means.
#[test]
fn every_key_is_described() {
    let schema = schema();
    let definitions = schema["definitions"].as_object().expect("definitions");
    let mut undescribed = Vec::new();
    let mut keys = 0;
    for (name, definition) in definitions {
        let long = definition["anyOf"].as_array().into_iter().flatten();
        for shape in std::iter::once(definition).chain(long) {
            for (key, schema) in shape["properties"].as_object().into_iter().flatten() {
                keys += 1;
                if schema["description"].as_str().is_none() {
                    undescribed.push(format!("{name}.{key}"));
                }
            }
        }
    }
    assert!(undescribed.is_empty(), "{undescribed:?}");
    assert!(keys >= 60, "only {keys} keys");
}

/// Structural mistakes, one each, in a file that is otherwise fine.
#[test]
fn mistakes_are_found_where_they_are() {
    let judge = judge(&schema());
    let file = |rest: &str| {
        let text = format!("catalog: 1\nnamespace: shop\n{rest}\n");
        let value: Value = serde_yaml::from_str(&text).expect("YAML");
        judge.iter_errors(&value).count()
    };
    let message = |rest: &str| {
        file(&format!(
            "messages: {{M: {{kind: event, topic: m, {rest}}}}}"
        ))
    };
    let service = |rest: &str| file(&format!("services: {{billing: {{{rest}}}}}"));
    for fine in [
        file(""),
        file("types:\nmessages: ~"),
        file("types: {A: {type: string, max: 3}, B: {enum: [a, {value: b, doc: B}], open: false}}"),
        message("fields: {a: string?, b: 'list<map<shop.Money>>', c: {type: i32, min: 1}}"),
        file("types: {A: {type: u64, encoding: string, min: 5}}"),
        message("fields: {a: {type: i64, encoding: string}}"),
        message("delivery: {ttl: 1h30m, priority: 255}, deprecated: {note: soon}"),
        service("handles: {M: , N: {queue: a, timeout: 30s, retry: {attempts: 3}}}"),
        service("bindings: ['orders.#', '*.placed'], queue: {name: a, type: classic}"),
        service("queue: {arguments: {max_length: 1, overflow: drop_head, message_ttl: 1h}}"),
        service("dead_letter: failed, handles: {M: {dead_letter: {queue: failed}}}"),
    ] {
        assert_eq!(fine, 0);
    }
    for wrong in [
        file("tpyes: {}"),
        file("types: {money: {type: string}}"),
        file("types: {A: {record: {}, enum: [a]}}"),
        file("types: {A: {doc: nothing}}"),
        file("types: {A: {record: {}, open: true}}"),
        file("types: {A: {enum: []}}"),
        file("types: {A: {union: {tag: t, variants: {}}}}"),
        file("owners: [a, a]"),
        file("types: {A: {record: {}, encoding: string}}"),
        message("fields: {a: {type: u64, encoding: text}}"),
        message("fields: {a: 5}"),
        message("fields: {A: string}"),
        message("fields: {a: {min: 1}}"),
        message("fields: {a: {type: string, optional: yes}}"),
        message("deprecated: true"),
        message("deprecated: {}"),
        message("doc: ''"),
        message("delivery: {ttl: 0s}"),
        message("delivery: {ttl: 30}"),
        message("delivery: {priority: 256}"),
        message("exchange: amq.topic"),
        service("handles: {M: {ack: never}}"),
        service("handles: {M: {timeout: 1m1h}}"),
        service("handles: {M: {retry: {attempts: 0}}}"),
        service("concurrency: 0"),
        service("queue: {arguments: {max_length: 0}}"),
        service("queue: {arguments: {expires: 1h}}"),
        service("queue: {arguments: {overflow: drop}}"),
        service("dead_letter: urutu.failed"),
        service("dead_letter: {}"),
        service("dead_letter: {queue: a, type: classic}"),
        service("bindings: []"),
        service("bindings: ['orders.#x']"),
    ] {
        assert_ne!(wrong, 0);
    }
}

#[test]
fn a_manifest_is_told_from_a_contract_file() {
    let judge = judge(&schema());
    let faults = |text: &str| {
        let value: Value = serde_yaml::from_str(text).expect("YAML");
        faults(&judge, &value)
    };
    assert_eq!(
        faults("catalog: 1\nname: shop\ninclude: ['*.yaml']\nexchange: shop"),
        ""
    );
    let manifest = faults("catalog: 1\nname: shop\nmessages: {}");
    assert!(manifest.contains("'messages' was unexpected"), "{manifest}");
    let contract = faults("catalog: 1\nmessages: {}");
    assert!(
        contract.contains("\"namespace\" is a required property"),
        "{contract}"
    );
    assert!(faults("catalog: 2\nnamespace: shop").contains("catalog"));
}
