//! The JSON Schema (draft-07) of the catalog language, for editors.
//!
//! Which keys and words there are is decided by the tables of the parser; this module says what they hold. It judges the shape of a file
//! and the spelling of its names. What needs more than one place of a catalog is left to `urutu check`.

mod lint;
mod names;
mod service;
mod shape;
mod types;

use super::DRAFT;
use super::json::{document, list, object, reference, string, with};
use crate::model::Value;
use crate::syntax::vocabulary as words;
use shape::{Shape, mapping, or_null, texts};

/// The schema, as text. It stands for both kinds of files: what has keys of a manifest is a manifest, all else a contract file.
pub fn schema() -> String {
    let of_manifests_only =
        words::of_manifests_only().map(|key| object([("required", list([string(key)]))]));
    document(&object([
        ("$schema", string(DRAFT)),
        ("title", string("urutu catalog")),
        (
            "description",
            string("A manifest (catalog.yaml) or a contract file of an urutu catalog."),
        ),
        ("if", object([("anyOf", list(of_manifests_only))])),
        ("then", reference("manifest")),
        ("else", reference("contract")),
        ("definitions", definitions()),
    ]))
}

/// What the parts of the language are.
pub(crate) fn definitions() -> Value {
    let mut all = vec![("manifest", manifest()), ("contract", contract())];
    all.extend(types::definitions());
    all.extend(service::definitions());
    all.extend(lint::definitions());
    all.extend(names::definitions());
    object(all)
}

fn version() -> Value {
    object([
        (
            "description",
            string("The version of the catalog language. Every file begins with it."),
        ),
        ("const", super::json::number(words::VERSION)),
    ])
}

fn exchange(description: &str) -> Value {
    shape::described("exchange", description)
}

fn manifest() -> Value {
    let shape = Shape::new(
        "Manifest",
        "catalog.yaml, at the root of a catalog.",
        words::MANIFEST,
    );
    shape
        .key("catalog", version())
        .key(
            "name",
            shape::described("lower", "The name of the catalog, such as `shop`."),
        )
        .key(
            "include",
            texts(
                "text",
                "Patterns of contract files, relative to the manifest: `contracts/**/*.yaml`. \
                 Without it, every .yaml and .yml file.",
            ),
        )
        .key(
            "roots",
            or_null(mapping(
                "lower",
                "text",
                "Further directories with catalogs of their own, relative to the manifest: `{shared: vendor/shared}`.",
            )),
        )
        .key(
            "defaults",
            shape::described(
                "defaults",
                "What holds for every handler and queue that says nothing else.",
            ),
        )
        .key(
            "lint",
            shape::described("levels", "The levels of lints: `{field-doc: warn}`."),
        )
        .key(
            "exchange",
            exchange("The default exchange; without it, the name of the catalog."),
        )
        .required(&["catalog", "name"])
}

fn contract() -> Value {
    let shape = Shape::new(
        "Contract file",
        "Types, messages and services of one namespace.",
        words::CONTRACT,
    );
    shape
        .key("catalog", version())
        .key(
            "namespace",
            shape::described(
                "namespace",
                "The namespace of everything in the file, such as `shop.orders`.",
            ),
        )
        .key("owners", texts("text", "The teams that own it."))
        .key(
            "exchange",
            exchange(
                "The exchange of the messages of this file; the default is that of the manifest.",
            ),
        )
        .key(
            "types",
            or_null(mapping("camel", "typeDeclaration", "Named types.")),
        )
        .key(
            "messages",
            or_null(mapping("camel", "message", "Messages: events and tasks.")),
        )
        .key(
            "services",
            or_null(mapping(
                "lower",
                "service",
                "Services: what they publish and handle.",
            )),
        )
        .required(&["catalog", "namespace"])
}

/// A text that is one of the words of a table.
fn choice<T>(description: &str, table: &[(&str, T)]) -> Value {
    let words = table.iter().map(|(word, _)| string(*word));
    with(shape::about(description), [("enum", list(words))])
}
