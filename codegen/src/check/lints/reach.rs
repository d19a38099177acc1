//! What types are used for.

use std::collections::BTreeSet;

use super::{named, objects, say};
use crate::diagnostic::{Code, Report};
use crate::model::{MessageKind, Path, TypeKind};
use crate::resolve::Checked;

pub(super) fn all(report: &mut Report, catalog: &Checked<'_>) {
    if report.wants(Code::ClosedEnum) {
        closed_enums(report, catalog);
    }
    if report.wants(Code::UnusedType) {
        unused(report, catalog);
    }
}

/// The types that the definition of a type names.
fn parts<'a>(catalog: &Checked<'a>, path: &Path) -> Vec<&'a Path> {
    match catalog.types.get(path).map(|def| &def.kind) {
        Some(TypeKind::Record(fields)) => {
            fields.iter().filter_map(|field| named(&field.ty)).collect()
        }
        Some(TypeKind::Union { variants, .. }) => {
            variants.iter().map(|variant| &variant.record).collect()
        }
        Some(TypeKind::Alias { ty, .. }) => named(ty).into_iter().collect(),
        Some(TypeKind::Enum { .. }) | None => Vec::new(),
    }
}

/// An event is read by services that its owner does not know, and an enum grows.
fn closed_enums(report: &mut Report, catalog: &Checked<'_>) {
    let mut seen: BTreeSet<&Path> = BTreeSet::new();
    for (event, message) in catalog.messages {
        if message.kind != MessageKind::Event {
            continue;
        }
        let fields = message.fields.iter();
        let mut open: Vec<&Path> = fields.filter_map(|field| named(&field.ty)).collect();
        while let Some(path) = open.pop() {
            if !seen.insert(path) {
                continue;
            }
            open.extend(parts(catalog, path));
            let closed = matches!(
                catalog.types.get(path).map(|def| &def.kind),
                Some(TypeKind::Enum { open: false, .. })
            );
            if let (true, Some(decl)) = (closed, catalog.symbols.types.get(path)) {
                let message = format!(
                    "the enum `{}` is closed, and travels in the event `{}`",
                    path.name, event.name
                );
                let help = "remove `open: false`: a value that is added later would stop every service that was not built anew";
                say(report, Code::ClosedEnum, decl.name.span, message, help);
            }
        }
    }
}

fn unused(report: &mut Report, catalog: &Checked<'_>) {
    let objects = objects(catalog).into_iter().flat_map(|object| object.list);
    let mut used: BTreeSet<&Path> = objects.filter_map(|(_, field)| named(&field.ty)).collect();
    for path in catalog.symbols.types.keys() {
        used.extend(parts(catalog, path));
    }
    for (path, decl) in &catalog.symbols.types {
        if !used.contains(path) {
            let message = format!("nothing uses the type `{}`", path.name);
            say(
                report,
                Code::UnusedType,
                decl.name.span,
                message,
                "use it, or remove it",
            );
        }
    }
}
