//! Constraints together with those of the aliases that they stand on: whether a value is left, and whether each has an effect.

use std::cmp::Ordering;

use super::number;
use crate::diagnostic::{Code, Report};
use crate::model::{Constraints, Field, Number, Scalar, Type, TypeKind};
use crate::resolve::types::{Base, Types};
use crate::source::Span;
use crate::syntax::{ConstraintsDecl, FieldDecl};

pub(crate) fn fields(report: &mut Report, types: &Types, decls: &[FieldDecl], fields: &[Field]) {
    for (decl, field) in decls.iter().zip(fields) {
        let (what, own) = (format!("the field `{}`", field.name), &field.constraints);
        check(report, types, &what, &field.ty, &decl.constraints, own);
    }
}

/// Checks what a field or an alias, named `what`, says beside what its type says already.
pub(crate) fn check(
    report: &mut Report,
    types: &Types,
    what: &str,
    ty: &Type,
    decl: &ConstraintsDecl,
    own: &Constraints,
) {
    let inherited = types.inherited(ty);
    let exact = decl.length.as_ref().map(|node| node.span);
    let min_at = decl.min.as_ref().map(|node| node.span).or(exact);
    let max_at = decl.max.as_ref().map(|node| node.span).or(exact);
    for alias in &inherited {
        let (min, max) = bounds(own);
        let (alias_min, alias_max) = bounds(alias);
        let min = min.zip(min_at);
        let max = max.zip(max_at);
        let above = min.filter(|(min, _)| alias_max.is_some_and(|of| min.order(of).is_gt()));
        let below = max.filter(|(max, _)| alias_min.is_some_and(|of| max.order(of).is_lt()));
        if let Some((_, span)) = above.or(below) {
            let message =
                format!("no value of {what} fulfils this and the constraints of its type");
            report
                .add(Code::ContradictsAlias, span, message)
                .help(format!(
                    "the type allows {}: correct one of the two",
                    said(alias)
                ));
            return;
        }
        if exact.is_some() {
            continue;
        }
        let loose_min = min.filter(|(min, _)| alias_min.is_some_and(|of| min.order(of).is_le()));
        let loose_max = max.filter(|(max, _)| alias_max.is_some_and(|of| max.order(of).is_ge()));
        for (_, span) in loose_min.into_iter().chain(loose_max) {
            let message = format!("this bound of {what} has no effect");
            report.add(Code::InertBound, span, message).help(format!(
                "its type allows {} anyway: remove the bound, or tighten it",
                said(alias)
            ));
        }
    }
    too_few(report, types, what, ty, min_at, own, &inherited);
}

/// A bound on a value or on a length.
#[derive(Debug, Clone, Copy)]
enum Bound<'a> {
    Value(&'a Number),
    Length(u64),
}

impl Bound<'_> {
    fn order(self, other: Bound<'_>) -> Ordering {
        match (self, other) {
            (Bound::Value(a), Bound::Value(b)) => number::compare(a, b),
            (Bound::Length(a), Bound::Length(b)) => a.cmp(&b),
            // One type has bounds of one kind.
            _ => Ordering::Equal,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Value(number) => number.0.clone(),
            Self::Length(length) => length.to_string(),
        }
    }
}

fn bounds(of: &Constraints) -> (Option<Bound<'_>>, Option<Bound<'_>>) {
    let min = of.min.as_ref().map(Bound::Value);
    let max = of.max.as_ref().map(Bound::Value);
    (
        min.or(of.min_len.map(Bound::Length)),
        max.or(of.max_len.map(Bound::Length)),
    )
}

/// `lengths from 1 to 64`
fn said(alias: &Constraints) -> String {
    let (min, max) = bounds(alias);
    let what = match min.or(max) {
        Some(Bound::Length(_)) => "lengths",
        _ => "values",
    };
    match (min.map(Bound::text), max.map(Bound::text)) {
        (Some(min), Some(max)) => format!("{what} from {min} to {max}"),
        (Some(min), None) => format!("{what} from {min}"),
        (None, Some(max)) => format!("{what} up to {max}"),
        (None, None) => "any value".to_owned(),
    }
}

/// A list without repetition cannot be longer than there are values of its items.
fn too_few(
    report: &mut Report,
    types: &Types,
    what: &str,
    ty: &Type,
    at: Option<Span>,
    own: &Constraints,
    inherited: &[&Constraints],
) {
    let all = || inherited.iter().copied().chain([own]);
    let unique = all().any(|constraints| constraints.unique);
    let needed = all().filter_map(|constraints| constraints.min_len).max();
    let (true, Some(needed), Some(at)) = (unique, needed, at) else {
        return;
    };
    let Some(Base::List(item)) = types.base(ty) else {
        return;
    };
    let values = match types.base(item) {
        Some(Base::Scalar(Scalar::Bool)) => 2,
        Some(Base::Enum(path, values)) => match types.get(path).map(|def| &def.kind) {
            Some(TypeKind::Enum { open: false, .. }) => values.len() as u64,
            // An open enum may hold any text.
            _ => return,
        },
        _ => return,
    };
    if needed > values {
        report
            .add(
                Code::TooFewValues,
                at,
                format!("{what} needs {needed} different items, and there are {values} values"),
            )
            .help("remove `unique`, or lower the number of items");
    }
}
