//! The JSON Schemas that urutu prints, with the `jsonschema` crate as judge.

mod language;
mod payload;

use jsonschema::Validator;
use serde_json::Value;

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
