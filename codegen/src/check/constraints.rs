//! Whether constraints fit their type and each other.

use std::cmp::Ordering;

use super::number;
use crate::diagnostic::{Code, Report};
use crate::model::{Constraints, Number, Scalar, Type};
use crate::resolve::types::{Base, Types};
use crate::source::Span;
use crate::syntax::ConstraintsDecl;
use crate::yaml::{Content, Meaning, Node};

/// What `min` and `max` mean for a type.
#[derive(Debug, Clone, Copy)]
enum Measure {
    Value(Scalar),
    Length(&'static str),
    Nothing,
}

/// Checks what a field or an alias says about its values; what it names is `what`.
pub(crate) fn check(
    report: &mut Report,
    types: &Types,
    what: &str,
    ty: &Type,
    decl: &ConstraintsDecl,
) -> Constraints {
    let mut found = Constraints::default();
    // A type that is broken was reported.
    let Some(base) = types.base(ty) else {
        return found;
    };
    let measure = measure(base);
    bounds(report, what, base, measure, decl, &mut found);
    if let Some(node) = &decl.length {
        length(report, what, base, measure, decl, node, &mut found);
    }
    if let Some(pattern) = &decl.pattern {
        if !matches!(base, Base::Scalar(Scalar::String)) {
            unfit(report, what, "pattern", pattern.span, base, "a `string`");
        } else if let Err(error) = regex::Regex::new(&pattern.value) {
            report
                .add(
                    Code::InvalidRegex,
                    pattern.span,
                    format!("the pattern of {what} is not a regular expression: {}", reason(&error)),
                )
                .help("the syntax is that of the Rust crate `regex`: no look-around and no back-references")
                .help("write it in single quotes, in which YAML leaves `\\` alone: `'^\\d+$'`");
        } else {
            found.pattern = Some(pattern.value.clone());
        }
    }
    if let Some(unique) = &decl.unique {
        if matches!(base, Base::List(_)) {
            found.unique = unique.value;
        } else {
            unfit(report, what, "unique", unique.span, base, "a `list`");
        }
    }
    found
}

fn measure(base: Base<'_>) -> Measure {
    match base {
        Base::Scalar(
            scalar @ (Scalar::I32
            | Scalar::I64
            | Scalar::U32
            | Scalar::U64
            | Scalar::I64Text
            | Scalar::U64Text
            | Scalar::F64
            | Scalar::Decimal),
        ) => Measure::Value(scalar),
        Base::Scalar(Scalar::String) => Measure::Length("characters"),
        Base::Scalar(Scalar::Bytes) => Measure::Length("bytes"),
        Base::List(_) => Measure::Length("items"),
        Base::Map(_) => Measure::Length("entries"),
        _ => Measure::Nothing,
    }
}

/// `min` and `max`.
fn bounds(
    report: &mut Report,
    what: &str,
    base: Base<'_>,
    measure: Measure,
    decl: &ConstraintsDecl,
    found: &mut Constraints,
) {
    let written = [("min", &decl.min), ("max", &decl.max)];
    let written = written.map(|(key, node)| node.as_ref().map(|node| (key, node)));
    match measure {
        Measure::Nothing => {
            for (key, node) in written.into_iter().flatten() {
                unfit(
                    report,
                    what,
                    key,
                    node.span,
                    base,
                    "a number, `string`, `bytes`, `list` or `map`",
                );
            }
        }
        Measure::Value(scalar) => {
            let [min, max] = written.map(|bound| {
                bound.and_then(|(key, node)| bound_of(report, what, key, node, scalar))
            });
            (found.min, found.max) = (min, max);
            if let (Some(min), Some(max)) = (&found.min, &found.max)
                && number::compare(min, max) == Ordering::Greater
            {
                contradiction(report, what, decl, &min.0, &max.0);
            }
        }
        Measure::Length(unit) => {
            let [min, max] = written
                .map(|bound| bound.and_then(|(key, node)| count(report, what, key, node, unit)));
            (found.min_len, found.max_len) = (min, max);
            if let (Some(min), Some(max)) = (min, max)
                && min > max
            {
                contradiction(report, what, decl, &min.to_string(), &max.to_string());
            }
        }
    }
}

fn contradiction(report: &mut Report, what: &str, decl: &ConstraintsDecl, min: &str, max: &str) {
    let (Some(min_at), Some(max_at)) = (&decl.min, &decl.max) else {
        return;
    };
    report
        .add(
            Code::ContradictoryBounds,
            min_at.span,
            format!("no value of {what} is at least {min} and at most {max}"),
        )
        .and(max_at.span, "the largest")
        .help("swap `min` and `max`, or correct one of them");
}

/// `length`: exactly so many.
fn length(
    report: &mut Report,
    what: &str,
    base: Base<'_>,
    measure: Measure,
    decl: &ConstraintsDecl,
    node: &Node,
    found: &mut Constraints,
) {
    let Measure::Length(unit) = measure else {
        unfit(
            report,
            what,
            "length",
            node.span,
            base,
            "`string`, `bytes`, `list` or `map`",
        );
        return;
    };
    if let Some(other) = decl.min.as_ref().or(decl.max.as_ref()) {
        report
            .add(
                Code::ContradictoryBounds,
                node.span,
                format!("{what} has an exact length and bounds"),
            )
            .and(other.span, "a bound")
            .help("keep `length`, or `min` and `max`");
        return;
    }
    let exact = count(report, what, "length", node, unit);
    (found.min_len, found.max_len) = (exact, exact);
}

/// A bound on the value of a number; of one that is text on the wire, as text as well.
fn bound_of(
    report: &mut Report,
    what: &str,
    key: &str,
    node: &Node,
    scalar: Scalar,
) -> Option<Number> {
    let text = match &node.content {
        Content::Broken => return None,
        Content::Scalar(text) => match text.meaning() {
            Meaning::Number => Some(&text.text),
            Meaning::Text if scalar.is_number_in_text() => Some(&text.text),
            _ => None,
        },
        _ => None,
    };
    let needs = match text.map(|text| number::number(text, scalar)) {
        Some(Ok(bound)) => return Some(bound),
        Some(Err(needs)) => needs,
        None => "a number, without quotes",
    };
    report
        .add(
            Code::InvalidBound,
            node.span,
            format!("the `{key}` of {what} is not a value of its type"),
        )
        .help(format!("it is {needs}"));
    None
}

/// A number of characters, bytes, items or entries.
fn count(report: &mut Report, what: &str, key: &str, node: &Node, unit: &str) -> Option<u64> {
    let text = match &node.content {
        Content::Broken => return None,
        Content::Scalar(text) if text.meaning() == Meaning::Number => text.text.parse().ok(),
        _ => None,
    };
    if text.is_none() {
        report
            .add(
                Code::InvalidBound,
                node.span,
                format!("the `{key}` of {what} is not a number of {unit}"),
            )
            .help(format!(
                "it counts {unit}: write a whole number, such as `64`"
            ));
    }
    text
}

fn unfit(report: &mut Report, what: &str, key: &str, span: Span, base: Base<'_>, fits: &str) {
    report
        .add(
            Code::UnfitConstraint,
            span,
            format!("`{key}` does not fit {what}, which is {}", describe(base)),
        )
        .help(format!("it constrains {fits}"));
}

/// A type in a sentence, with its article.
pub(super) fn describe(base: Base<'_>) -> String {
    match base {
        Base::Scalar(scalar) => {
            let name = crate::syntax::scalar_name(scalar);
            let article = if name.starts_with('i') { "an" } else { "a" };
            format!("{article} `{name}`")
        }
        Base::List(_) => "a list".to_owned(),
        Base::Map(_) => "a map".to_owned(),
        Base::Record(path, _) => format!("the record `{}`", path.name),
        Base::Enum(path, _) => format!("the enum `{}`", path.name),
        Base::Union { path, .. } => format!("the union `{}`", path.name),
    }
}

/// The last line of the error, without the pattern and the arrows that stand above it.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}
