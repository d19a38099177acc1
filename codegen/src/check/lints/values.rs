//! Types and constraints that say something else than they seem to.

use std::collections::BTreeMap;

use super::{Fields, objects, say};
use crate::diagnostic::{Code, Report};
use crate::model::{Constraints, Field, Presence, Scalar, TypeKind, Value};
use crate::names::snake;
use crate::resolve::Checked;
use crate::resolve::types::Base;
use crate::source::Spanned;
use crate::syntax::{ConstraintsDecl, FieldDecl, TypeForm};

/// Words for money in the names of fields.
const MONEY: [&str; 12] = [
    "amount", "balance", "cost", "discount", "fee", "money", "price", "revenue", "salary",
    "subtotal", "tax", "total",
];

pub(super) fn all(report: &mut Report, catalog: &Checked<'_>) {
    for object in objects(catalog) {
        for (decl, field) in &object.list {
            money(report, catalog, decl, field);
            default(report, decl, field);
            let what = format!("the field `{}`", field.name);
            constraints(report, &what, &decl.constraints, &field.constraints);
        }
        wire_names(report, &object);
    }
    for (path, decl) in &catalog.symbols.types {
        if let (
            Some(TypeForm::Alias {
                constraints: decl, ..
            }),
            Some(def),
        ) = (&decl.form, catalog.types.get(path))
            && let TypeKind::Alias {
                constraints: own, ..
            } = &def.kind
        {
            constraints(report, &format!("the type `{}`", path.name), decl, own);
        }
    }
}

fn money(report: &mut Report, catalog: &Checked<'_>, decl: &FieldDecl, field: &Field) {
    let float = matches!(
        catalog.types.base(&field.ty),
        Some(Base::Scalar(Scalar::F64))
    );
    let name = snake(&field.name);
    if let (true, Some(ty)) = (
        float && name.split('_').any(|word| MONEY.contains(&word)),
        &decl.ty,
    ) {
        let message = format!(
            "the field `{}` looks like money, and is an `f64`",
            field.name
        );
        let help = "use `decimal`: a floating-point number cannot hold 0.10";
        say(report, Code::FloatMoney, ty.span, message, help);
    }
}

fn default(report: &mut Report, decl: &FieldDecl, field: &Field) {
    let Presence::Default(value) = &field.presence else {
        return;
    };
    let empty = match value {
        Value::Null | Value::Bool(_) => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Number(_) => false,
    };
    if let (true, false, Some(node)) = (field.sensitive, empty, &decl.default) {
        let message = format!(
            "the field `{}` is sensitive, and its default is known to everyone",
            field.name
        );
        let help = "make it optional or required; a secret does not belong into a catalog";
        say(report, Code::SensitiveDefault, node.span, message, help);
    }
}

fn constraints(report: &mut Report, what: &str, decl: &ConstraintsDecl, own: &Constraints) {
    if let Some(pattern) = &decl.pattern {
        anchors(report, what, pattern);
    }
    let (Some(min), Some(_)) = (&decl.min, &decl.max) else {
        return;
    };
    let length = own.min_len.is_some() && own.min_len == own.max_len;
    if length {
        let message = format!("`min` and `max` of {what} leave one length");
        say(
            report,
            Code::SingleValue,
            min.span,
            message,
            "write `length`",
        );
    } else if own.min.is_some() && own.min == own.max {
        let message = format!("`min` and `max` of {what} leave one value");
        let help = "correct them; what is always the same need not be sent";
        say(report, Code::SingleValue, min.span, message, help);
    }
}

/// A pattern matches anywhere in a text unless it says otherwise.
fn anchors(report: &mut Report, what: &str, pattern: &Spanned<String>) {
    let text = pattern.value.as_str();
    // Flags come first: `(?i)^a$`.
    let flags = text.starts_with("(?")
        && !text.starts_with("(?:")
        && !text.starts_with("(?P")
        && !text.starts_with("(?<");
    let body = match text.split_once(')') {
        Some((_, body)) if flags => body,
        _ => text,
    };
    let begins = ["^", r"\A", ".*"]
        .iter()
        .any(|start| body.starts_with(start));
    let ends = ["$", r"\z", ".*"].iter().any(|end| body.ends_with(end));
    let missing = match (begins, ends) {
        (true, true) => return,
        (false, true) => "begin",
        (true, false) => "end",
        (false, false) => "begin or end",
    };
    let message = format!("the pattern of {what} does not say where it has to {missing}");
    let help = "it matches any text that holds a match: write `^...$` for the whole text, or `.*` for any beginning or end";
    say(report, Code::UnanchoredPattern, pattern.span, message, help);
}

/// Some readers of JSON take no notice of the case of names.
fn wire_names(report: &mut Report, object: &Fields<'_>) {
    let mut seen: BTreeMap<String, &FieldDecl> = BTreeMap::new();
    let wire = |decl: &'_ FieldDecl| decl.wire.as_ref().unwrap_or(&decl.name).clone();
    for (decl, field) in &object.list {
        let Some(first) = seen.insert(field.wire.to_lowercase(), decl) else {
            continue;
        };
        let (first, second) = (wire(first), wire(decl));
        report
            .add(
                Code::SimilarWireNames,
                second.span,
                format!("`{}` and `{}` differ in their case only", second.value, first.value),
            )
            .and(first.span, "the other one")
            .help("choose another name: some readers of JSON, such as Go's and .NET's, take no notice of case");
    }
}
