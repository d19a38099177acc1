//! Definitions of names, texts, type expressions and durations.

use crate::model::Value;
use crate::render::json::{list, number, object, string, strings, with};
use crate::syntax::vocabulary as words;

pub(super) fn definitions() -> Vec<(&'static str, Value)> {
    vec![
        ("text", text()),
        ("wireName", wire_name()),
        (
            "camel",
            name(
                "ASCII letters and digits, a capital letter first",
                "^[A-Z][A-Za-z0-9]*$",
            ),
        ),
        (
            "snake",
            name(
                "lower-case ASCII letters, digits and `_`, a letter first",
                "^[a-z][a-z0-9_]*$",
            ),
        ),
        (
            "namespace",
            name(
                "words of lower-case ASCII letters, digits and `_`, separated by dots",
                "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*$",
            ),
        ),
        (
            "lower",
            name(
                "lower-case ASCII letters, digits, `-` and `_`, a letter first",
                "^[a-z][a-z0-9_-]*$",
            ),
        ),
        ("exchange", broker_name()),
        ("queueName", broker_name()),
        (
            "topic",
            key(
                "Words of ASCII letters, digits, `_` and `-`, separated by dots.",
                "[A-Za-z0-9_-]+",
            ),
        ),
        (
            "bindingKey",
            key(
                "As a topic; `*` stands for one word, `#` for any number of words.",
                "([A-Za-z0-9_-]+|\\*|#)",
            ),
        ),
        ("typeExpression", type_expression()),
        ("duration", duration()),
    ]
}

fn text() -> Value {
    object([
        ("type", string("string")),
        ("pattern", string("[\\S\\ufeff]")),
    ])
}

fn wire_name() -> Value {
    let shape = [
        ("maxLength", number(255)),
        ("pattern", string("^[^\\x00-\\x1f\\x7f-\\x9f]*$")),
    ];
    object([("allOf", list([text(), object(shape)]))])
}

fn name(rule: &str, pattern: &str) -> Value {
    object([
        ("description", string(format!("A name: {rule}."))),
        ("type", string("string")),
        ("pattern", string(pattern)),
    ])
}

fn broker_name() -> Value {
    object([
        ("type", string("string")),
        ("maxLength", number(180)),
        (
            "pattern",
            string("^(?!amq\\.|urutu\\.)[A-Za-z0-9][A-Za-z0-9._-]*$"),
        ),
    ])
}

fn key(description: &str, word: &str) -> Value {
    object([
        ("description", string(description)),
        ("type", string("string")),
        ("maxLength", number(255)),
        ("pattern", string(format!("^{word}(\\.{word})*$"))),
    ])
}

/// The built-in types first, which editors offer. Whether the brackets match is for the parser to see.
fn type_expression() -> Value {
    let scalars = words::SCALARS.iter().map(|(name, _)| *name);
    let pattern = "^\\s*((list|map)\\s*<\\s*)*[A-Za-z][A-Za-z0-9_]*(\\.[A-Za-z][A-Za-z0-9_]*)*\\s*(>\\s*)*\\??\\s*$";
    object([
        (
            "description",
            string("A type: a built-in one, `list<T>`, `map<T>`, or the name of a declared type."),
        ),
        ("type", string("string")),
        (
            "anyOf",
            list([
                object([("enum", strings(scalars))]),
                object([("pattern", string(pattern))]),
            ]),
        ),
    ])
}

fn duration() -> Value {
    let parts = words::UNITS.map(|(unit, _)| format!("([0-9]+{unit})?"));
    let shape = [
        ("type", string("string")),
        ("minLength", number(1)),
        ("pattern", string(format!("^{}$", parts.concat()))),
        ("examples", strings(["250ms", "30s", "5m", "1h30m", "7d"])),
    ];
    with(
        super::shape::about("Numbers with units, the largest unit first, up to 49 days."),
        shape,
    )
}
