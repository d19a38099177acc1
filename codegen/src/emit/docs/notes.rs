//! What the contract says of a value, in short sentences: its bounds, its default, its names in JSON.

use std::fmt::Write as _;

use super::markdown::{code, text};
use crate::emit::context::Context;
use crate::model::{Constraints, Field, Presence, Scalar, Type, Value};

/// The documentation of a field: the catalog's words, then what the contract demands.
pub(in crate::emit) fn of_field(cx: &Context<'_>, field: &Field) -> Vec<String> {
    let mut notes = Notes::default();
    let is_plain = field.constraints == Constraints::default();
    if !is_plain || matches!(field.presence, Presence::Default(_)) {
        let base = base(cx, &field.ty);
        notes.constraints(base, &field.constraints);
        if let Presence::Default(default) = &field.presence {
            let is_text = matches!(base, Type::Scalar(Scalar::String | Scalar::Json));
            let value = match default {
                Value::String(text) if !is_text => code(text),
                value => code(&json(value)),
            };
            notes.say(format_args!("Default: {value}."));
        }
    }
    if field.wire != field.name {
        notes.say(format_args!("{}", in_json(&field.wire)));
    }
    if !field.accepts.is_empty() {
        let names: Vec<String> = field.accepts.iter().map(|name| code(name)).collect();
        notes.say(format_args!("Also read as {}.", names.join(", ")));
    }
    if field.sensitive {
        notes.say(format_args!("Sensitive: `Debug` does not show it."));
    }
    notes.after(field.doc.as_deref())
}

/// The documentation of an alias.
pub(in crate::emit) fn of_alias(
    cx: &Context<'_>,
    doc: Option<&str>,
    ty: &Type,
    constraints: &Constraints,
) -> Vec<String> {
    let mut notes = Notes::default();
    notes.constraints(base(cx, ty), constraints);
    notes.after(doc)
}

/// How a name or a value is written there.
pub(in crate::emit) fn in_json(text: &str) -> String {
    format!("{} in JSON.", code(text))
}

/// What aliases stand for in the end.
fn base<'t>(cx: &Context<'t>, ty: &'t Type) -> &'t Type {
    match ty {
        Type::Named(path) => cx.alias(path).map_or(ty, |(ty, _)| base(cx, ty)),
        _ => ty,
    }
}

/// Sentences on one line.
#[derive(Default)]
struct Notes(String);

impl Notes {
    fn say(&mut self, sentence: std::fmt::Arguments<'_>) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        // Text can be written to a string.
        _ = self.0.write_fmt(sentence);
    }

    fn constraints(&mut self, base: &Type, constraints: &Constraints) {
        let Constraints {
            min,
            max,
            min_len,
            max_len,
            pattern,
            unique,
        } = constraints;
        let number = |number: &Option<crate::model::Number>| number.as_ref().map(|n| n.0.clone());
        self.range(number(min), number(max), |_| "");
        let length = |length: &Option<u64>| length.map(|length| length.to_string());
        let [one, many] = counted(base);
        self.range(length(min_len), length(max_len), |bound| {
            if bound == "1" { one } else { many }
        });
        if let Some(pattern) = pattern {
            self.say(format_args!("Matches {}.", code(pattern)));
        }
        if *unique {
            self.say(format_args!("No two items are equal."));
        }
    }

    /// The unit follows the last bound.
    fn range(
        &mut self,
        min: Option<String>,
        max: Option<String>,
        unit: impl Fn(&str) -> &'static str,
    ) {
        match (min, max) {
            (None, None) => {}
            (Some(min), None) => self.say(format_args!("At least {min}{}.", unit(&min))),
            (None, Some(max)) => self.say(format_args!("At most {max}{}.", unit(&max))),
            (Some(min), Some(max)) if min == max => {
                self.say(format_args!("Exactly {min}{}.", unit(&min)));
            }
            (Some(min), Some(max)) => {
                self.say(format_args!("At least {min}, at most {max}{}.", unit(&max)));
            }
        }
    }

    /// The lines of the catalog's words and these.
    fn after(self, doc: Option<&str>) -> Vec<String> {
        let mut lines = text(doc);
        if !self.0.is_empty() {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push(self.0);
        }
        lines
    }
}

/// What the length of a value counts: of one, of more.
fn counted(base: &Type) -> [&'static str; 2] {
    match base {
        Type::List(_) => [" item", " items"],
        Type::Map(_) => [" entry", " entries"],
        Type::Scalar(Scalar::Bytes) => [" byte", " bytes"],
        Type::Scalar(_) | Type::Named(_) => [" character", " characters"],
    }
}

/// A default as it stands in JSON.
fn json(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.0.clone(),
        Value::String(text) => format!("{text:?}"),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{key:?}: {}", json(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}
