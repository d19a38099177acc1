//! The schemas of messages: what they say, and that the examples of the catalogs are valid.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use urutu_codegen::render::payload;
use urutu_tests::workspace;

use crate::{faults, judge};

fn schemas(catalog: &Path) -> Vec<(String, Value)> {
    let catalog = urutu_codegen::load(catalog);
    let model = catalog.model.expect("the catalog is valid");
    let schemas = payload::schemas(&model).into_iter();
    schemas
        .map(|(id, text)| (id, serde_json::from_str(&text).expect("the schema is JSON")))
        .collect()
}

fn schema(catalog: &str, id: &str) -> Value {
    let all = schemas(&workspace().join(catalog));
    let found = all.into_iter().find(|(name, _)| name == id);
    found.expect("the catalog has the message").1
}

#[test]
fn every_schema_is_valid_and_so_are_the_examples_in_it() {
    let golden = workspace().join("tests/golden");
    let golden = fs::read_dir(golden).expect("the folder is part of the repository");
    let golden = golden.map(|entry| entry.expect("the folder can be listed").path());
    let mut folders: Vec<_> = golden.filter(|path| path.is_dir()).collect();
    folders.push(workspace().join("schemas"));
    folders.push(workspace().join("tests/diagnostics/language"));
    let (mut messages, mut examples) = (0, 0);
    for folder in folders {
        for (id, schema) in schemas(&folder) {
            let judge = judge(&schema);
            assert_eq!(schema["$id"], id);
            messages += 1;
            for example in schema["examples"].as_array().into_iter().flatten() {
                examples += 1;
                let faults = faults(&judge, example);
                assert!(faults.is_empty(), "{id}: {example}\n{faults}");
            }
        }
    }
    assert!(
        messages >= 30 && examples >= 4,
        "{messages} messages, {examples} examples"
    );
}

/// The whole schema of a message, to be read.
#[test]
fn a_schema_reads_well() {
    let catalog = urutu_codegen::load(&workspace().join("schemas"));
    let model = catalog.model.expect("the catalog is valid");
    let id = "shop.orders.OrderPlaced";
    let expected = workspace().join(format!("tests/schema/{id}.json"));
    let found = &payload::schemas(&model)[id];
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&expected, found).expect("the file can be written");
    }
    let expected = fs::read_to_string(&expected).unwrap_or_default();
    assert!(
        *found == expected,
        "UPDATE=1 accepts what was found:\n{found}"
    );
}

#[test]
fn presence_is_what_the_catalog_says() {
    let schema = schema("tests/golden/presence", "profiles.ProfileChanged");
    assert_eq!(schema["required"], json!(["required", "required_nullable"]));
    let properties = &schema["properties"];
    assert_eq!(properties["required"], json!({"type": "string"}));
    assert_eq!(
        properties["optional_nullable"],
        json!({"anyOf": [{"type": "string"}, {"type": "null"}]})
    );
    assert_eq!(
        properties["default"],
        json!({"default": "low", "allOf": [{"$ref": "#/definitions/profiles.Level"}]})
    );
    assert_eq!(properties["default_null"]["default"], Value::Null);
    assert_eq!(properties["any"], json!({}));
    assert_eq!(
        properties["old_name"]["description"],
        "An older name of `newName`."
    );
}

#[test]
fn a_renamed_field_stands_under_one_name() {
    let judge = judge(&schema("tests/golden/presence", "profiles.ProfileChanged"));
    let valid = |names: &[&str]| {
        let mut value = json!({"required": "x", "required_nullable": null});
        for name in names {
            value[name] = json!(1);
        }
        judge.is_valid(&value)
    };
    for one in [&[][..], &["newName"], &["old_name"], &["older-name"]] {
        assert!(valid(one), "{one:?}");
    }
    assert!(!valid(&["newName", "old_name"]));
    assert!(!valid(&["old_name", "older-name"]));
}

#[test]
fn open_types_take_what_is_not_known_and_closed_ones_do_not() {
    let shipped = schema("tests/golden/enums", "shipping.Shipped");
    let carrier = &shipped["definitions"]["shipping.Carrier"];
    assert_eq!(carrier["type"], "string");
    assert_eq!(carrier["examples"][0], "dhl");
    let direction = &shipped["definitions"]["shipping.Direction"];
    assert_eq!(direction["enum"], json!(["out", "back"]));

    let judge = judge(&schema("tests/golden/unions", "payments.Paid"));
    let paid = |payment: Value, exact: Value| {
        judge.is_valid(&json!({"payment": payment, "exact": exact, "history": []}))
    };
    let none = json!({"kind": "none"});
    assert!(paid(
        json!({"method": "card", "last4": "1234"}),
        none.clone()
    ));
    assert!(paid(json!({"method": "cash", "till": 4}), none.clone()));
    assert!(!paid(json!({"method": "card"}), none.clone()));
    assert!(!paid(json!({"till": 4}), none));
    assert!(!paid(json!({"method": "cash"}), json!({"kind": "cash"})));
}

/// For every bound, binary data of every length around it.
#[test]
fn lengths_of_bytes_are_exact() {
    let text = |length: usize| {
        let whole = "AAAA".repeat(length / 3);
        whole + ["", "AA==", "AAA="][length % 3]
    };
    for bound in 0..8 {
        let name = format!("lengths-{bound}-{}", std::process::id());
        let file = std::env::temp_dir().join(format!("{name}.yaml"));
        let catalog = format!(
            "catalog: 1\nnamespace: a\nexchange: a\nmessages: {{M: {{kind: event, topic: m, fields: \
             {{least: {{type: bytes, min: {bound}, optional: true}}, most: {{type: bytes, max: {bound}, optional: true}}}}}}}}\n"
        );
        fs::write(&file, catalog).expect("a scratch file");
        let schemas = schemas(&file);
        fs::remove_file(&file).expect("it was just written");
        let judge = judge(&schemas[0].1);
        for length in 0..12 {
            let is_valid = |key: &str| judge.is_valid(&json!({key: text(length)}));
            assert_eq!(is_valid("least"), length >= bound, "{length} >= {bound}");
            assert_eq!(is_valid("most"), length <= bound, "{length} <= {bound}");
        }
    }
}
