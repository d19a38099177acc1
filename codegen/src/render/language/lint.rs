//! Definitions of lints: their levels, and what is allowed in place.

use super::choice;
use super::shape::{about, described};
use crate::diagnostic::Code;
use crate::model::Value;
use crate::render::json::{object, reference, string, strings, with};
use crate::syntax::vocabulary as words;

pub(super) fn definitions() -> Vec<(&'static str, Value)> {
    let names = Code::ALL.iter().filter_map(|code| code.lint());
    vec![
        ("lint", object([("enum", strings(names))])),
        (
            "levels",
            by_lint(choice("What becomes of the lint.", &words::LEVELS)),
        ),
        ("allowed", by_lint(reference("text"))),
    ]
}

/// The key `allow` of a declaration.
pub(super) fn allow() -> Value {
    described(
        "allowed",
        "Lints that are allowed in this declaration, each with the reason.",
    )
}

fn by_lint(value: Value) -> Value {
    let shape = [
        ("type", string("object")),
        ("propertyNames", reference("lint")),
        ("additionalProperties", value),
    ];
    with(about("By the name of the lint."), shape)
}
