//! What is on its way out.

use super::{named, objects, say};
use crate::diagnostic::{Code, Report};
use crate::model::{Deprecated, Presence};
use crate::resolve::Checked;
use crate::source::Spanned;
use crate::syntax::FieldDecl;

pub(super) fn all(report: &mut Report, catalog: &Checked<'_>) {
    let types = catalog.symbols.types.iter();
    let types = types.map(|(path, decl)| (path, &decl.name, decl.deprecated.as_ref()));
    let messages = catalog.symbols.messages.iter();
    let messages = messages.map(|(path, (_, decl))| (path, &decl.name, decl.deprecated.as_ref()));
    for (path, name, deprecated) in types.chain(messages) {
        one(report, catalog, name, deprecated, &[], &path.namespace);
    }
    for object in objects(catalog) {
        let decls: Vec<&FieldDecl> = object.list.iter().map(|(decl, _)| *decl).collect();
        for decl in &decls {
            one(
                report,
                catalog,
                &decl.name,
                decl.deprecated.as_ref(),
                &decls,
                object.namespace,
            );
        }
    }
    required(report, catalog);
    if report.wants(Code::DeprecatedUse) {
        uses(report, catalog);
    }
}

fn one(
    report: &mut Report,
    catalog: &Checked<'_>,
    name: &Spanned<String>,
    deprecated: Option<&Deprecated>,
    siblings: &[&FieldDecl],
    namespace: &str,
) {
    let Some(deprecated) = deprecated else { return };
    if deprecated.remove_after.is_none() {
        let message = format!(
            "`{}` is deprecated, and nothing says until when",
            name.value
        );
        let help = "add a date: `deprecated: {use: x, remove_after: 2027-01-31}`";
        say(report, Code::RemoveAfter, name.span, message, help);
    }
    let Some(use_instead) = deprecated.use_instead.as_deref() else {
        return;
    };
    // Anything else is a text for people.
    let is_name = use_instead
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    let field = siblings.iter().any(|decl| decl.name.value == use_instead);
    let own = format!("{namespace}.{use_instead}");
    let declared = |path: &crate::model::Path| {
        let full = path.to_string();
        path.name == use_instead || full == use_instead || full == own
    };
    let symbols = catalog.symbols;
    if is_name
        && !field
        && !symbols.types.keys().any(declared)
        && !symbols.messages.keys().any(declared)
    {
        let message = format!(
            "`{}` is to be replaced by `{use_instead}`, which does not exist",
            name.value
        );
        let help = "name a field beside it, a type or a message; what else there is to say belongs into `note`";
        say(report, Code::UnknownReplacement, name.span, message, help);
    }
}

/// A field that everybody must send cannot go.
fn required(report: &mut Report, catalog: &Checked<'_>) {
    for object in objects(catalog).iter().filter(|object| !object.deprecated) {
        for (decl, field) in &object.list {
            if field.deprecated.is_some() && field.presence == Presence::Required {
                let message = format!(
                    "the field `{}` is deprecated, and everybody has to send it",
                    field.name
                );
                let help = "make it optional, or give it a default: readers that need it no more must not refuse messages without it";
                say(
                    report,
                    Code::DeprecatedRequired,
                    decl.name.span,
                    message,
                    help,
                );
            }
        }
    }
}

/// What is current and needs what is deprecated will stand in the way when that is removed.
fn uses(report: &mut Report, catalog: &Checked<'_>) {
    for object in objects(catalog).iter().filter(|object| !object.deprecated) {
        for (decl, field) in &object.list {
            let Some(path) = named(&field.ty).filter(|_| field.deprecated.is_none()) else {
                continue;
            };
            let old = catalog
                .types
                .get(path)
                .is_some_and(|def| def.deprecated.is_some());
            if let (true, Some(ty)) = (old, &decl.ty) {
                let message = format!(
                    "the field `{}` has the type `{}`, which is deprecated",
                    field.name, path.name
                );
                let help = "give it another type, or deprecate it as well";
                say(report, Code::DeprecatedUse, ty.span, message, help);
            }
        }
    }
    for (contract, decl) in catalog.symbols.services.values() {
        for name in &decl.publishes {
            let own = format!("{}.{}", contract.namespace.value, name.value);
            let mut messages = catalog.messages.iter();
            let old = messages.any(|(path, message)| {
                let full = path.to_string();
                message.deprecated.is_some()
                    && (full == name.value || full == own || path.name == name.value)
            });
            if old {
                let message = format!(
                    "the service `{}` publishes `{}`, which is deprecated",
                    decl.name.value, name.value
                );
                let help =
                    "publish its replacement; handlers may stay until nobody publishes it any more";
                say(report, Code::DeprecatedUse, name.span, message, help);
            }
        }
    }
}
