//! A catalog of any size: messages of eight fields, a hundred to a namespace, each namespace with a service that handles all of them.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Messages of one file.
pub(crate) const PER_NAMESPACE: usize = 100;

/// The service that only publishes, everything.
pub(crate) const PUBLISHER: &str = "gateway";

/// The fields of every message: name and type in the catalog, in Rust, and in Rust with prost.
pub(crate) const FIELDS: [Field; 8] = [
    field("id", "uuid", "urutu::Uuid", "string", "String"),
    field(
        "at",
        "timestamp",
        "urutu::Timestamp",
        "message, optional",
        "Option<prost_types::Timestamp>",
    ),
    field(
        "name",
        "{type: string, max: 64}",
        "String",
        "string",
        "String",
    ),
    field("amount", "decimal", "urutu::Decimal", "string", "String"),
    field("count", "{type: i64, min: 0}", "i64", "int64", "i64"),
    field("active", "bool", "bool", "bool", "bool"),
    field(
        "note",
        "string?",
        "Option<String>",
        "string, optional",
        "Option<String>",
    ),
    field(
        "tags",
        "list<string>",
        "Vec<String>",
        "string, repeated",
        "Vec<String>",
    ),
];

/// One field in all its forms.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    contract: &'static str,
    pub(crate) rust: &'static str,
    pub(crate) prost: &'static str,
    pub(crate) prost_rust: &'static str,
}

const fn field(
    name: &'static str,
    contract: &'static str,
    rust: &'static str,
    prost: &'static str,
    prost_rust: &'static str,
) -> Field {
    Field {
        name,
        contract,
        rust,
        prost,
        prost_rust,
    }
}

/// Writes a catalog of so many messages.
pub(crate) fn write(folder: &Path, messages: usize) -> io::Result<()> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    let namespaces = messages.div_ceil(PER_NAMESPACE);
    for namespace in 0..namespaces {
        let first = namespace * PER_NAMESPACE;
        let numbers = first..messages.min(first + PER_NAMESPACE);
        let mut text =
            format!("catalog: 1\nnamespace: bench.n{namespace}\nexchange: bench\nmessages:\n");
        for number in numbers.clone() {
            let _ = writeln!(
                text,
                "  Message{number}:\n    kind: event\n    topic: bench.m{number}\n    doc: Something has happened.\n    fields:"
            );
            for field in &FIELDS {
                let _ = writeln!(text, "      {}: {}", field.name, field.contract);
            }
        }
        let _ = writeln!(text, "services:\n  service{namespace}:\n    handles:");
        for number in numbers {
            let _ = writeln!(text, "      Message{number}: {{}}");
        }
        if namespace == 0 {
            let _ = writeln!(text, "  {PUBLISHER}:\n    publishes:");
            for number in 0..messages {
                let _ = writeln!(text, "      - Message{number}");
            }
        }
        fs::write(folder.join(format!("n{namespace}.yaml")), text)?;
    }
    Ok(())
}
