//! Values that may grow without end, or beyond what others can hold.

use super::super::number;
use super::{objects, say};
use crate::diagnostic::{Code, Report};
use crate::model::{Constraints, Number, Scalar, Type};
use crate::resolve::Checked;
use crate::resolve::types::{Base, Types};

/// The integers that a double, and so JavaScript, tells apart.
const SAFE: &str = "9007199254740991";

pub(super) fn all(report: &mut Report, catalog: &Checked<'_>) {
    let codes = [Code::UnboundedText, Code::UnboundedList, Code::WideInteger];
    if !codes.into_iter().any(|code| report.wants(code)) {
        return;
    }
    for (decl, field) in objects(catalog).into_iter().flat_map(|object| object.list) {
        let Some(ty) = &decl.ty else { continue };
        let code = open_end(catalog.types, &field.ty, &field.constraints);
        let name = &field.name;
        let (message, help) = match code {
            Some(Code::UnboundedText) => (
                format!("the field `{name}` may hold text or data of any length"),
                "add `max: 500`, or use an alias that has one",
            ),
            Some(Code::UnboundedList) => (
                format!("the field `{name}` may hold any number of items"),
                "add `max: 100`: a message has to fit into memory, and into the broker's limits",
            ),
            Some(Code::WideInteger) => (
                format!("the field `{name}` may hold numbers that JavaScript rounds"),
                "bound it by `min: -9007199254740991` and `max: 9007199254740991`, or make text of it: `encoding: string`",
            ),
            _ => continue,
        };
        if let Some(code) = code {
            say(report, code, ty.span, message, help);
        }
    }
}

/// What is not bounded in a type: itself, or what it holds.
fn open_end(types: &Types, ty: &Type, own: &Constraints) -> Option<Code> {
    let inherited = types.inherited(ty);
    let all = || inherited.iter().copied().chain([own]);
    let bounded = all().any(|constraints| constraints.max_len.is_some());
    match types.base(ty)? {
        Base::Scalar(Scalar::String | Scalar::Bytes) => {
            let patterns = all().filter_map(|constraints| constraints.pattern.as_deref());
            let bounded = bounded || patterns.into_iter().any(bounds_length);
            (!bounded).then_some(Code::UnboundedText)
        }
        Base::Scalar(Scalar::I64) => {
            let low = Number(format!("-{SAFE}"));
            let safe = all().any(|c| {
                c.min
                    .as_ref()
                    .is_some_and(|n| number::compare(n, &low).is_ge())
            });
            (!safe || !is_safe_above(all())).then_some(Code::WideInteger)
        }
        Base::Scalar(Scalar::U64) => (!is_safe_above(all())).then_some(Code::WideInteger),
        Base::List(inner) | Base::Map(inner) => {
            if !bounded {
                return Some(Code::UnboundedList);
            }
            open_end(types, inner, &Constraints::default())
        }
        _ => None,
    }
}

fn is_safe_above<'a>(mut all: impl Iterator<Item = &'a Constraints>) -> bool {
    let high = Number(SAFE.to_owned());
    all.any(|c| {
        c.max
            .as_ref()
            .is_some_and(|n| number::compare(n, &high).is_le())
    })
}

/// Whether a pattern bounds the length of a text: it holds both ends, and repeats nothing without end.
fn bounds_length(pattern: &str) -> bool {
    pattern.starts_with('^')
        && pattern.ends_with('$')
        && !pattern.contains(['*', '+', '|'])
        && !pattern.contains(",}")
}
