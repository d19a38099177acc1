//! The JSON Schemas that urutu prints, with the `jsonschema` crate as judge.

mod language;
mod payload;

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::Value;

fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("the tests lie in the workspace").to_owned()
}

/// The judge of a schema that is itself valid.
fn judge(schema: &Value) -> Validator {
    if let Err(error) = jsonschema::draft7::meta::validate(schema) {
        panic!(
            "not a schema of draft-07: {error} at {}",
            error.instance_path()
        );
    }
    let options = jsonschema::draft7::options().should_validate_formats(true);
    options.build(schema).expect("the schema can be used")
}

/// Everything that a judge has to say, a line each.
fn faults(judge: &Validator, value: &Value) -> String {
    let lines = judge.iter_errors(value);
    let lines = lines.map(|error| format!("  {}: {error}\n", error.instance_path()));
    lines.collect()
}
