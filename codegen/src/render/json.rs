//! JSON as text: members in the order in which they were put, so that a schema reads from its title to its details.

use std::fmt::{Display, Write as _};

use crate::model::{Number, Value};

pub(super) fn string(text: impl Into<String>) -> Value {
    Value::String(text.into())
}

pub(super) fn number(number: impl Display) -> Value {
    Value::Number(Number(number.to_string()))
}

pub(super) fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

pub(super) fn strings<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Value {
    list(items.into_iter().map(string))
}

pub(super) fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Value)>) -> Value {
    let members = members.into_iter().map(|(key, value)| (key.into(), value));
    Value::Object(members.collect())
}

/// `{"$ref": "#/definitions/..."}`
pub(super) fn reference(name: &str) -> Value {
    object([("$ref", string(format!("#/definitions/{name}")))])
}

/// The object with more members. One that it has is replaced; the others come after those that it has.
pub(super) fn with<K: Into<String>>(
    value: Value,
    members: impl IntoIterator<Item = (K, Value)>,
) -> Value {
    match value {
        Value::Object(mut own) => {
            for (key, value) in members {
                let key = key.into();
                match own.iter_mut().find(|(name, _)| *name == key) {
                    Some((_, old)) => *old = value,
                    None => own.push((key, value)),
                }
            }
            Value::Object(own)
        }
        // Only objects have members.
        other => other,
    }
}

/// Indented by two spaces, with a line break at its end. What holds nothing but a few short values stands on one line.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text.push('\n');
    text
}

/// The longest line that is not broken up.
const WIDTH: usize = 100;

fn write(text: &mut String, value: &Value, depth: usize) {
    let mut line = String::new();
    if flat(&mut line, value, WIDTH.saturating_sub(2 * depth)) {
        text.push_str(&line);
        return;
    }
    let indent = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    match value {
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                indent(text, depth + 1);
                write(text, item, depth + 1);
            }
            indent(text, depth);
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                indent(text, depth + 1);
                quoted(text, key);
                text.push_str(": ");
                write(text, value, depth + 1);
            }
            indent(text, depth);
            text.push('}');
        }
        scalar => {
            flat(text, scalar, usize::MAX);
        }
    }
}

/// Writes the value on one line; `false` if it is wider, and what was written is of no use.
fn flat(line: &mut String, value: &Value, width: usize) -> bool {
    match value {
        Value::Null => line.push_str("null"),
        Value::Bool(true) => line.push_str("true"),
        Value::Bool(false) => line.push_str("false"),
        Value::Number(Number(number)) => line.push_str(number),
        Value::String(text) => quoted(line, text),
        Value::List(items) => {
            line.push('[');
            for (index, item) in items.iter().enumerate() {
                line.push_str(if index == 0 { "" } else { ", " });
                if !flat(line, item, width) {
                    return false;
                }
            }
            line.push(']');
        }
        Value::Object(members) => {
            line.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                line.push_str(if index == 0 { "" } else { ", " });
                quoted(line, key);
                line.push_str(": ");
                if !flat(line, value, width) {
                    return false;
                }
            }
            line.push('}');
        }
    }
    line.len() <= width
}

fn quoted(text: &mut String, content: &str) {
    text.push('"');
    for c in content.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a string cannot fail. Control characters lie in the first plane.
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_stand_on_one_line() {
        let value = object([
            ("short", list([number(1), Value::Null, Value::Bool(true)])),
            ("long", strings(["x".repeat(60), "y".repeat(60)])),
        ]);
        let (x, y) = ("x".repeat(60), "y".repeat(60));
        assert_eq!(
            document(&value),
            format!(
                "{{\n  \"short\": [1, null, true],\n  \"long\": [\n    \"{x}\",\n    \"{y}\"\n  ]\n}}\n"
            )
        );
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            document(&string("a\"\\\n\t\u{1}\u{85}é")),
            "\"a\\\"\\\\\\n\\t\\u0001\\u0085é\"\n"
        );
    }
}
