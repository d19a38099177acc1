//! The names of fields on the wire.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Report};
use crate::source::{Span, Spanned};
use crate::syntax::FieldDecl;

/// Every name that is written or accepted belongs to one field, and none of them is reserved.
pub(crate) fn names(
    report: &mut Report,
    what: &str,
    fields: &[FieldDecl],
    reserved: &[Spanned<String>],
) {
    let mut taken: BTreeMap<&str, Span> = BTreeMap::new();
    for field in fields {
        let wire = field.wire.as_ref().unwrap_or(&field.name);
        if let Some(first) = taken.get(wire.value.as_str()) {
            collision(report, what, wire, *first);
        } else {
            taken.insert(&wire.value, wire.span);
        }
    }
    for old in fields.iter().flat_map(|field| &field.accepts) {
        if let Some(first) = taken.get(old.value.as_str()) {
            collision(report, what, old, *first);
        } else {
            taken.insert(&old.value, old.span);
        }
    }
    for name in reserved {
        // A name in the catalog is not reserved by being pinned to another one on the wire.
        let by_name = fields.iter().find(|field| field.name.value == name.value);
        let span = by_name
            .map(|field| field.name.span)
            .or_else(|| taken.get(name.value.as_str()).copied());
        if let Some(span) = span {
            report
                .add(
                    Code::ReservedName,
                    span,
                    format!("`{}` is reserved in {what}", name.value),
                )
                .label("used again here")
                .and(name.span, "reserved here")
                .help("old messages may hold it with another meaning: choose another name");
        }
    }
}

fn collision(report: &mut Report, what: &str, name: &Spanned<String>, first: Span) {
    report
        .add(
            Code::WireNameTaken,
            name.span,
            format!(
                "two fields of {what} have the name `{}` on the wire",
                name.value
            ),
        )
        .label("again here")
        .and(first, "first here")
        .help("give one of them another name, `wire` or `accepts`");
}
