//! Random catalogs through the whole generator: no errors, valid for the schema of the language, and code that compiles without warnings.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use urutu_codegen::emit::{self, Layout, Options};
use urutu_codegen::output;
use urutu_codegen::prune::Selection;
use urutu_codegen::render::{language, payload};
use urutu_tests::{Scratch, cargo, lock, workspace};

use crate::{cases, catalogs};

/// The seeds: always the same, and those from `PROPERTY_SEED` on, where it is set.
fn seeds() -> Vec<u64> {
    // Ten messages take no longer than one catalog.
    let count = u64::from(cases(600)).div_ceil(10);
    let first = std::env::var("PROPERTY_SEED")
        .ok()
        .map(|seed| seed.parse::<u64>().expect("PROPERTY_SEED is a number"));
    match first {
        Some(first) => (first..first.saturating_add(count)).collect(),
        None => (0..count).collect(),
    }
}

/// Writes the catalog of a seed, reads it, and generates its module.
fn generate(scratch: &Scratch, judge: &jsonschema::Validator, seed: u64) {
    let folder = format!("catalogs/c{seed}");
    for (namespace, file) in catalogs::catalog(seed) {
        let text = serde_yaml::to_string(&file).expect("it is plain data");
        scratch.write(&format!("{folder}/{namespace}.yaml"), &text);
        let read: Value = serde_yaml::from_str(&text).expect("it was just written");
        let fault = judge.validate(&read).err();
        assert!(fault.is_none(), "seed {seed}: {fault:?} in\n{text}");
    }
    let catalog = urutu_codegen::load(&scratch.path().join(folder));
    let report = catalog.diagnostics.render(false);
    let Some(model) = catalog.model else {
        panic!("the catalog of seed {seed} has errors:\n{report}");
    };
    for (id, schema) in payload::schemas(&model) {
        let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
        let usable = jsonschema::draft7::new(&schema);
        assert!(usable.is_ok(), "seed {seed}: {id}: {:?}", usable.err());
    }
    let everything = Selection::everything(&model);
    let files = emit::emit(&model, &everything, &Options::new(Layout::Modules));
    let module = scratch.path().join(format!("src/c{seed}"));
    output::write(&module, &files).expect("the files can be written");
}

#[test]
fn long_random_catalogs_generate_code_that_compiles() {
    let scratch = Scratch::new("property");
    let schema = serde_json::from_str(&language::schema()).expect("the schema is JSON");
    let judge = jsonschema::draft7::new(&schema).expect("the schema can be used");
    let mut root = String::from("#![deny(warnings)]\n");
    let seeds = seeds();
    for seed in &seeds {
        generate(&scratch, &judge, *seed);
        writeln!(root, "pub mod c{seed};").expect("text can be written");
    }
    scratch.write("src/lib.rs", &root);
    let runtime = workspace().join("runtime");
    let manifest = format!(
        "[package]\nname = \"random\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nurutu = {{ path = {:?} }}\n",
        runtime.display().to_string()
    );
    scratch.write("Cargo.toml", &manifest);
    lock(scratch.path());
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let output = cargo(scratch.path(), &target)
        .args(["check", "--offline", "--quiet"])
        .output()
        .expect("cargo can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "of the catalogs with the seeds {seeds:?} (a module c7 is that of seed 7):\n{errors}"
    );
}
