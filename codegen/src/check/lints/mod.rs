//! Lints: what is allowed, and better said or done otherwise. They look at catalogs without errors.

mod bounds;
mod deprecation;
mod docs;
mod flow;
mod names;
mod reach;
mod values;
mod waits;

use crate::diagnostic::{Code, Report};
use crate::model::{Field, MessageKind, Path, Type, TypeKind};
use crate::resolve::Checked;
use crate::source::Span;
use crate::syntax::{FieldDecl, HandlerDecl, ServiceDecl, TypeForm};

pub(crate) fn all(report: &mut Report, catalog: &Checked<'_>) {
    docs::all(report, catalog);
    bounds::all(report, catalog);
    values::all(report, catalog);
    reach::all(report, catalog);
    flow::all(report, catalog);
    waits::all(report, catalog);
    names::all(report, catalog);
    deprecation::all(report, catalog);
}

/// Reports a lint in one sentence.
fn say(report: &mut Report, code: Code, span: Span, message: String, help: &str) {
    report.add(code, span, message).help(help);
}

/// What has fields: a record or a message.
struct Fields<'a> {
    namespace: &'a str,
    deprecated: bool,
    /// Each as it is written and as it is.
    list: Vec<(&'a FieldDecl, &'a Field)>,
}

/// All records and messages.
fn objects<'a>(catalog: &Checked<'a>) -> Vec<Fields<'a>> {
    let mut found = Vec::new();
    for (path, decl) in &catalog.symbols.types {
        if let Some(TypeForm::Record(decls)) = &decl.form
            && let Some(TypeKind::Record(fields)) = catalog.types.get(path).map(|def| &def.kind)
        {
            found.push(Fields {
                namespace: &path.namespace,
                deprecated: decl.deprecated.is_some(),
                list: decls.iter().zip(fields).collect(),
            });
        }
    }
    for (path, (_, decl)) in &catalog.symbols.messages {
        if let Some(message) = catalog.messages.get(path) {
            found.push(Fields {
                namespace: &path.namespace,
                deprecated: message.deprecated.is_some(),
                list: decl.fields.iter().zip(&message.fields).collect(),
            });
        }
    }
    found
}

/// The types that a type names, itself included, in lists and maps as well.
fn named(ty: &Type) -> Option<&Path> {
    match ty {
        Type::Scalar(_) => None,
        Type::List(inner) | Type::Map(inner) => named(inner),
        Type::Named(path) => Some(path),
    }
}

/// Where a service says how it handles a message: under its full name, if it handles two of one name.
fn written<'a>(service: &'a ServiceDecl, message: &Path) -> Option<&'a HandlerDecl> {
    let full = message.to_string();
    let named = service.handles.iter().filter(|handler| {
        let name = &handler.message.value;
        *name == full || *name == message.name
    });
    named.max_by_key(|handler| handler.message.value.len())
}

fn kind_word(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Event => "event",
        MessageKind::Task => "task",
    }
}
