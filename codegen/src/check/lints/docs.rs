//! What is not explained, and who is to be asked about it.

use std::collections::BTreeSet;

use super::{objects, say};
use crate::diagnostic::{Code, Report};
use crate::resolve::Checked;

pub(super) fn all(report: &mut Report, catalog: &Checked<'_>) {
    const DOC: &str = "add `doc: ...`";
    if report.wants(Code::MessageDoc) {
        for (_, decl) in catalog.symbols.messages.values() {
            if decl.doc.is_none() {
                let message = format!("the message `{}` has no `doc`", decl.name.value);
                say(report, Code::MessageDoc, decl.name.span, message, DOC);
            }
        }
    }
    if report.wants(Code::TypeDoc) {
        for decl in catalog.symbols.types.values() {
            if decl.doc.is_none() {
                let message = format!("the type `{}` has no `doc`", decl.name.value);
                say(report, Code::TypeDoc, decl.name.span, message, DOC);
            }
        }
    }
    if report.wants(Code::FieldDoc) {
        for (decl, field) in objects(catalog).into_iter().flat_map(|object| object.list) {
            if field.doc.is_none() {
                let message = format!("the field `{}` has no `doc`", field.name);
                say(report, Code::FieldDoc, decl.name.span, message, DOC);
            }
        }
    }
    if report.wants(Code::ServiceDoc) {
        for (_, decl) in catalog.symbols.services.values() {
            if decl.doc.is_none() {
                let message = format!("the service `{}` has no `doc`", decl.name.value);
                say(report, Code::ServiceDoc, decl.name.span, message, DOC);
            }
        }
    }
    if report.wants(Code::Owners) {
        owners(report, catalog);
    }
    if report.wants(Code::Examples) {
        for (_, decl) in catalog.symbols.messages.values() {
            if decl.examples.is_empty() && !decl.fields.is_empty() {
                let message = format!("the message `{}` has no example", decl.name.value);
                let help =
                    "add one under `examples`: it is checked, and shown in the documentation";
                say(report, Code::Examples, decl.name.span, message, help);
            }
        }
    }
}

/// One file of a namespace is enough to name them.
fn owners(report: &mut Report, catalog: &Checked<'_>) {
    let owned = catalog
        .contracts
        .iter()
        .filter(|one| !one.owners.is_empty());
    let mut known: BTreeSet<&str> = owned.map(|one| one.namespace.value.as_str()).collect();
    for contract in catalog.contracts {
        let name = &contract.namespace;
        if known.insert(&name.value) {
            let message = format!("nobody owns the namespace `{}`", name.value);
            let help = "add `owners: [team-orders]` to one of its files";
            say(report, Code::Owners, name.span, message, help);
        }
    }
}
