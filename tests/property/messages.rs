//! Random messages of the golden catalogs: round trips, and readers against JSON Schemas.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use jsonschema::Validator;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use urutu::{Message, Validate};
use urutu_codegen::model;
use urutu_codegen::render::payload;

use crate::types::Types;
use crate::{cases, mutation, normal, values};
use crate::{
    constraints::stock, enums::shipping, presence::profiles, scalars::measures, unions::payments,
};

/// How many messages are tried.
const CASES: u32 = 512;

/// Reads a message as a worker does, and writes it again.
type Reader = fn(&Value) -> Result<Value, String>;

fn reader<M: Message + serde::de::DeserializeOwned + Validate>(
    json: &Value,
) -> Result<Value, String> {
    let text = json.to_string();
    let message: M = serde_json::from_str(&text).map_err(|_| explained::<M>(&text))?;
    message.validate().map_err(|invalid| invalid.to_string())?;
    serde_json::to_value(&message).map_err(|error| error.to_string())
}

/// Why a text is no message, and where: as a worker finds out.
fn explained<M: serde::de::DeserializeOwned>(text: &str) -> String {
    let reader = &mut serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, M>(reader) {
        Ok(_) => "it was refused, and then taken".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// A message with all that is known of it.
struct Subject {
    id: String,
    types: Arc<Types>,
    fields: Vec<model::Field>,
    read: Reader,
    judge: Validator,
}

impl Subject {
    /// Whether an error names a field, by the name that it stood under or by its present one.
    fn names(&self, error: &str, name: &str) -> bool {
        let mut fields = self.fields.iter();
        let renamed = fields.find(|field| field.accepts.iter().any(|old| old == name));
        error.contains(name) || renamed.is_some_and(|field| error.contains(&field.wire))
    }
}

const READERS: [(&str, &str, Reader); 9] = [
    ("constraints", "stock.Counted", reader::<stock::Counted>),
    ("enums", "shipping.Shipped", reader::<shipping::Shipped>),
    (
        "presence",
        "profiles.ProfileChanged",
        reader::<profiles::ProfileChanged>,
    ),
    ("presence", "profiles.Ping", reader::<profiles::Ping>),
    ("scalars", "measures.Defaults", reader::<measures::Defaults>),
    ("scalars", "measures.Measured", reader::<measures::Measured>),
    ("scalars", "measures.Numbered", reader::<measures::Numbered>),
    ("scalars", "measures.Priced", reader::<measures::Priced>),
    ("unions", "payments.Paid", reader::<payments::Paid>),
];

/// Every message of these golden catalogs.
fn subjects() -> Vec<Subject> {
    let mut subjects = Vec::new();
    for catalog in ["constraints", "enums", "presence", "scalars", "unions"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("golden")
            .join(catalog);
        let model = urutu_codegen::load(&path)
            .model
            .expect("golden catalogs are valid");
        let schemas = payload::schemas(&model);
        let types = Arc::new(Types::new(model));
        for (id, schema) in schemas {
            let reader = READERS
                .iter()
                .find(|(of, name, _)| *of == catalog && *name == id);
            let (_, _, read) = reader.unwrap_or_else(|| panic!("no reader for {id}"));
            let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
            let options = jsonschema::draft7::options().should_validate_formats(true);
            let (namespace, name) = id.rsplit_once('.').expect("a full name");
            let message = &types.model.namespaces[namespace].messages[name];
            subjects.push(Subject {
                types: Arc::clone(&types),
                fields: message.fields.clone(),
                read: *read,
                judge: options.build(&schema).expect("the schema can be used"),
                id,
            });
        }
    }
    assert_eq!(subjects.len(), READERS.len(), "a reader without a message");
    subjects
}

fn runner() -> TestRunner {
    TestRunner::new(Config {
        cases: cases(CASES),
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..Config::default()
    })
}

#[test]
fn valid_messages_survive_a_round_trip_and_their_schema_takes_them() {
    for subject in subjects() {
        let messages = values::message(&subject.types, &subject.fields);
        let outcome = runner().run(&messages, |message| {
            let read = (subject.read)(&message);
            let read = read.map_err(|error| TestCaseError::fail(format!("{message}: {error}")))?;
            let expected = normal::message(&subject.types, &subject.fields, &message);
            prop_assert_eq!(Some(&read), expected.as_ref(), "of {}", message);
            for value in [&message, &read] {
                let fault = subject.judge.validate(value).err();
                prop_assert!(fault.is_none(), "{}: {:?}", value, fault);
            }
            let again = (subject.read)(&read);
            prop_assert_eq!(Ok(read), again);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", subject.id));
    }
}

#[test]
fn readers_refuse_what_the_schema_refuses_and_take_what_it_takes() {
    for subject in subjects() {
        let messages = values::message(&subject.types, &subject.fields);
        let (taken, refused) = (Cell::new(0), Cell::new(0));
        let outcome = runner().run(
            &(messages, mutation::mutation()),
            |(message, (place, change))| {
                let Some((mutated, field)) = mutation::mutated(&message, place, &change) else {
                    return Ok(());
                };
                let normal = normal::message(&subject.types, &subject.fields, &mutated);
                let expected = subject.judge.is_valid(&mutated) && normal.is_some();
                let counted = if expected { &taken } else { &refused };
                counted.set(counted.get() + 1);
                match (subject.read)(&mutated) {
                    Ok(read) => {
                        prop_assert!(
                            expected,
                            "taken, though not valid after {:?}: {}",
                            change,
                            mutated
                        );
                        prop_assert_eq!(Some(read), normal);
                    }
                    Err(error) => {
                        prop_assert!(
                            !expected,
                            "refused, though valid after {:?}: {}: {}",
                            change,
                            mutated,
                            error
                        );
                        prop_assert!(
                            subject.names(&error, &field),
                            "the error names no `{}` after {:?}: {}: {}",
                            field,
                            change,
                            mutated,
                            error
                        );
                    }
                }
                Ok(())
            },
        );
        outcome.unwrap_or_else(|error| panic!("{}: {error}", subject.id));
        let (taken, refused) = (taken.get(), refused.get());
        // A message without fields can hardly be made invalid.
        let few = if subject.fields.is_empty() {
            0
        } else {
            cases(CASES) / 20
        };
        assert!(
            taken >= few && refused >= few,
            "{}: {taken} valid and {refused} invalid messages",
            subject.id
        );
    }
}
