//! Defaults and examples: whether a value of the catalog is one of its type, constraints included.

use super::constraints::describe;
use super::same::same;
use super::{format, number};
use crate::diagnostic::{Code, Report, did_you_mean, nearest};
use crate::model::{Constraints, EnumValue, Field, Number, Presence, Scalar, Type, Value, Variant};
use crate::resolve::types::{Base, Types};
use crate::source::Span;
use crate::syntax::{one_of, words};
use crate::yaml::{Content, Entry, Meaning, Node};

/// The default of a field.
pub(crate) fn default(
    report: &mut Report,
    types: &Types,
    field: &Field,
    node: &Node,
) -> Option<Value> {
    let base = types.base(&field.ty)?;
    let composite = matches!(&node.content, Content::List(items) if !items.is_empty())
        || matches!(&node.content, Content::Map(entries) if !entries.is_empty());
    let object = matches!(base, Base::Record(..) | Base::Union { .. });
    if (object && !node.is_null()) || composite {
        report
            .add(
                Code::UnsupportedDefault,
                node.span,
                format!(
                    "the field `{}`, {}, cannot have this default",
                    field.name,
                    describe(base)
                ),
            )
            .help("a default is a scalar, a value of an enum, `[]` or `{}`")
            .help("make the field optional, and say in its `doc` what it means that it is missing");
        return None;
    }
    let mut checker = Checker {
        report,
        types,
        code: Code::InvalidDefault,
    };
    checker.field(field, node, &format!("the default of `{}`", field.name))
}

/// An example of a message.
pub(crate) fn example(
    report: &mut Report,
    types: &Types,
    name: &str,
    fields: &[Field],
    node: &Node,
) -> Option<Value> {
    let what = format!("an example of `{name}`");
    let mut checker = Checker {
        report,
        types,
        code: Code::InvalidExample,
    };
    let entries = checker.entries(node, &what)?;
    let members = checker.members(fields, entries, node.span, &what, None)?;
    Some(Value::Object(members))
}

struct Checker<'a> {
    report: &'a mut Report,
    types: &'a Types,
    code: Code,
}

type Members = Vec<(String, Value)>;

impl Checker<'_> {
    fn fault<T>(
        &mut self,
        span: Span,
        message: String,
        help: impl Into<Option<String>>,
    ) -> Option<T> {
        self.report
            .add(self.code, span, message)
            .help_if(help.into());
        None
    }

    /// A value of another kind than `expected`.
    fn mismatch<T>(&mut self, node: &Node, what: &str, expected: &str) -> Option<T> {
        match &node.content {
            Content::Broken => None,
            Content::Scalar(scalar) if !matches!(scalar.meaning(), Meaning::Null) => {
                let message = format!("{what} is {expected}; found `{}`", scalar.text);
                self.fault(node.span, message, None)
            }
            _ => {
                let message = format!("{what} is {expected}; found {}", node.kind());
                self.fault(node.span, message, None)
            }
        }
    }

    fn field(&mut self, field: &Field, node: &Node, what: &str) -> Option<Value> {
        let is_json = matches!(self.types.base(&field.ty), Some(Base::Scalar(Scalar::Json)));
        let any_null = is_json && self.code == Code::InvalidExample;
        if node.is_null() && !any_null {
            if field.nullable {
                return Some(Value::Null);
            }
            let message = format!("{what} is null, but the field is not nullable");
            let help = "write a value, or add `nullable: true` to the field";
            return self.fault(node.span, message, help.to_owned());
        }
        self.value(&field.ty, Some(&field.constraints), node, what)
    }

    /// A value of a type, with the constraints of the place where the type is used and those of its aliases.
    fn value(
        &mut self,
        ty: &Type,
        own: Option<&Constraints>,
        node: &Node,
        what: &str,
    ) -> Option<Value> {
        let value = match self.types.base(ty)? {
            Base::Scalar(scalar) => self.scalar(scalar, node, what)?,
            Base::List(item) => {
                let Content::List(items) = &node.content else {
                    return self.mismatch(node, what, "a list");
                };
                let what = format!("an item of {what}");
                let mut values = Vec::with_capacity(items.len());
                for node in items {
                    values.push(self.value(item, None, node, &what));
                }
                Value::List(values.into_iter().collect::<Option<_>>()?)
            }
            Base::Map(value) => {
                let what = format!("an entry of {what}");
                let mut members = Vec::new();
                for Entry { key, value: node } in self.entries(node, &what)? {
                    let value = self.value(value, None, node, &what);
                    members.push(value.map(|value| (key.value.clone(), value)));
                }
                Value::Object(members.into_iter().collect::<Option<_>>()?)
            }
            Base::Enum(_, values) => self.enumeration(values, node, what)?,
            Base::Record(_, fields) => {
                let entries = self.entries(node, what)?;
                Value::Object(self.members(fields, entries, node.span, what, None)?)
            }
            Base::Union { tag, variants, .. } => self.union(tag, variants, node, what)?,
        };
        let inherited = self.types.inherited(ty);
        for constraints in own.into_iter().chain(inherited) {
            if let Some(broken) = broken(self.types, ty, &value, constraints) {
                let message = format!("{what} {broken}");
                return self.fault(node.span, message, None);
            }
        }
        Some(value)
    }

    fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        match &node.content {
            Content::Map(entries) => Some(entries),
            _ => self.mismatch(node, what, "a mapping"),
        }
    }

    fn scalar(&mut self, scalar: Scalar, node: &Node, what: &str) -> Option<Value> {
        if scalar == Scalar::Json {
            return self.json(node, what);
        }
        let Content::Scalar(found) = &node.content else {
            return self.mismatch(node, what, &describe(Base::Scalar(scalar)));
        };
        let text = &found.text;
        match (scalar, found.meaning()) {
            (Scalar::Bool, Meaning::Bool(value)) => Some(Value::Bool(value)),
            (Scalar::Bool, _) => self.mismatch(node, what, "`true` or `false`"),
            (Scalar::Decimal, Meaning::Number | Meaning::Text) => {
                match number::number(text, scalar) {
                    Ok(Number(text)) => Some(Value::String(text)),
                    Err(needs) => self.mismatch(node, what, needs),
                }
            }
            (
                Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64 | Scalar::F64,
                Meaning::Number,
            ) => match number::number(text, scalar) {
                Ok(number) => Some(Value::Number(number)),
                Err(needs) => self.mismatch(node, what, needs),
            },
            (Scalar::I32 | Scalar::I64 | Scalar::U32 | Scalar::U64 | Scalar::F64, _) => {
                self.mismatch(node, what, "a number, without quotes")
            }
            (_, meaning) => match (format::fault(text, scalar), meaning) {
                (None, Meaning::Text) => Some(Value::String(text.clone())),
                (None, Meaning::Null) => self.mismatch(node, what, &describe(Base::Scalar(scalar))),
                (None, Meaning::Bool(_) | Meaning::Number) => {
                    let kind = node.kind();
                    let message = format!("{what} is text, but YAML reads `{text}` as {kind}");
                    self.report
                        .add(Code::QuoteText, node.span, message)
                        .help(format!("quote it: `\"{text}\"`"));
                    None
                }
                (Some(needs), _) => self.mismatch(node, what, needs),
            },
        }
    }

    /// Any JSON value. The depth of the tree is limited.
    fn json(&mut self, node: &Node, what: &str) -> Option<Value> {
        match &node.content {
            Content::Broken => None,
            Content::Scalar(scalar) => match scalar.meaning() {
                Meaning::Null => Some(Value::Null),
                Meaning::Bool(value) => Some(Value::Bool(value)),
                Meaning::Text => Some(Value::String(scalar.text.clone())),
                Meaning::Number => match number::json(&scalar.text) {
                    Some(number) => Some(Value::Number(number)),
                    None => self.mismatch(node, what, "JSON, whose numbers are finite and decimal"),
                },
            },
            Content::List(items) => {
                let items = items.iter().map(|item| self.json(item, what));
                items.collect::<Option<_>>().map(Value::List)
            }
            Content::Map(entries) => {
                let members = entries.iter().map(|entry| {
                    let value = self.json(&entry.value, what)?;
                    Some((entry.key.value.clone(), value))
                });
                members.collect::<Option<_>>().map(Value::Object)
            }
        }
    }

    fn enumeration(&mut self, values: &[EnumValue], node: &Node, what: &str) -> Option<Value> {
        let Content::Scalar(found) = &node.content else {
            return self.mismatch(node, what, "a value of an enum");
        };
        let known = || values.iter().map(|value| value.wire.as_str());
        if found.meaning() == Meaning::Text && known().any(|value| value == found.text) {
            return Some(Value::String(found.text.clone()));
        }
        let message = format!("{what} is not a value of its enum: `{}`", found.text);
        let near = did_you_mean(&found.text, known());
        let help = near.unwrap_or_else(|| format!("it is {}", one_of(known())));
        self.fault(node.span, message, help)
    }

    fn union(&mut self, tag: &str, variants: &[Variant], node: &Node, what: &str) -> Option<Value> {
        let entries = self.entries(node, what)?;
        let known = || variants.iter().map(|variant| variant.wire.as_str());
        let Some(entry) = entries.iter().find(|entry| entry.key.value == tag) else {
            let message = format!("{what} has no `{tag}`, which says which variant it is");
            return self.fault(node.span, message, format!("it is {}", one_of(known())));
        };
        let found = match &entry.value.content {
            Content::Scalar(found) if found.meaning() == Meaning::Text => found.text.as_str(),
            _ => return self.mismatch(&entry.value, &format!("`{tag}` of {what}"), "text"),
        };
        let Some(variant) = variants.iter().find(|variant| variant.wire == found) else {
            let message = format!("{what} has no variant `{found}`");
            let near = did_you_mean(found, known());
            let help = near.unwrap_or_else(|| format!("it is {}", one_of(known())));
            return self.fault(entry.value.span, message, help);
        };
        let record = Type::Named(variant.record.clone());
        let types = self.types;
        let Some(Base::Record(_, fields)) = types.base(&record) else {
            return None;
        };
        let members = self.members(fields, entries, node.span, what, Some((tag, found)))?;
        Some(Value::Object(members))
    }

    /// The members of an object against the fields of its record, by their names on the wire.
    fn members(
        &mut self,
        fields: &[Field],
        entries: &[Entry],
        span: Span,
        what: &str,
        tag: Option<(&str, &str)>,
    ) -> Option<Members> {
        let mut whole = true;
        let mut members = Members::new();
        for Entry { key, value: node } in entries {
            let name = key.value.as_str();
            if let Some((_, variant)) = tag.filter(|(tag, _)| *tag == name) {
                members.push((name.to_owned(), Value::String(variant.to_owned())));
                continue;
            }
            let Some(field) = fields.iter().find(|field| field.wire == name) else {
                if matches!(node.content, Content::Broken) {
                    continue;
                }
                self.unknown_member(fields, key.span, name, what);
                whole = false;
                continue;
            };
            match self.field(field, node, &format!("`{name}`")) {
                Some(value) => members.push((name.to_owned(), value)),
                None => whole = false,
            }
        }
        let missing: Vec<&str> = fields
            .iter()
            .filter(|field| field.presence == Presence::Required)
            .map(|field| field.wire.as_str())
            // A name that was meant to be this one was reported as unknown.
            .filter(|wire| {
                !entries.iter().any(|entry| {
                    let name = entry.key.value.as_str();
                    let is_known = fields.iter().any(|field| field.wire == name);
                    name == *wire || (!is_known && nearest(name, [*wire]).is_some())
                })
            })
            .collect();
        if let [first, ..] = missing[..] {
            let names = words(missing.iter().copied());
            let are = if missing.len() == 1 { "is" } else { "are" };
            let message = format!("{what} has no {names}, which {are} required");
            self.fault::<()>(span, message, format!("add `{first}: ...`"));
            whole = false;
        }
        whole.then_some(members)
    }

    fn unknown_member(&mut self, fields: &[Field], span: Span, name: &str, what: &str) {
        let renamed = fields.iter().find(|field| {
            field.name == name || field.accepts.iter().any(|accepted| accepted == name)
        });
        let help = match renamed {
            Some(field) => Some(format!("its name on the wire is `{}`", field.wire)),
            None => did_you_mean(name, fields.iter().map(|field| field.wire.as_str())),
        };
        self.fault::<()>(span, format!("{what} has no field `{name}`"), help);
    }
}

/// What a value of the right type lacks, as the end of a sentence.
fn broken(types: &Types, ty: &Type, value: &Value, constraints: &Constraints) -> Option<String> {
    let base = types.base(ty)?;
    let scalar = match base {
        Base::Scalar(scalar) => Some(scalar),
        _ => None,
    };
    let text_number;
    let number = match value {
        Value::Number(number) => Some(number),
        Value::String(text) if scalar == Some(Scalar::Decimal) => {
            text_number = Number(text.clone());
            Some(&text_number)
        }
        _ => None,
    };
    if let Some(number) = number {
        if let Some(min) = constraints
            .min
            .as_ref()
            .filter(|min| number::compare(number, min).is_lt())
        {
            return Some(format!("is less than {}", min.0));
        }
        if let Some(max) = constraints
            .max
            .as_ref()
            .filter(|max| number::compare(number, max).is_gt())
        {
            return Some(format!("is more than {}", max.0));
        }
        return None;
    }
    let (length, unit) = match value {
        Value::String(text) if scalar == Some(Scalar::Bytes) => {
            (format::decoded_length(text).unwrap_or_default(), "bytes")
        }
        Value::String(text) => (text.chars().count() as u64, "characters"),
        Value::List(items) => (items.len() as u64, "items"),
        Value::Object(members) => (members.len() as u64, "entries"),
        _ => return None,
    };
    if let Some(min) = constraints.min_len.filter(|min| length < *min) {
        return Some(format!(
            "has {length} {unit}, and at least {min} are needed"
        ));
    }
    if let Some(max) = constraints.max_len.filter(|max| length > *max) {
        return Some(format!(
            "has {length} {unit}, and at most {max} are allowed"
        ));
    }
    match value {
        Value::String(text) => {
            let pattern = constraints.pattern.as_ref()?;
            // A pattern that does not compile was reported, and is no constraint.
            let regex = regex::Regex::new(pattern).ok()?;
            (!regex.is_match(text)).then(|| format!("does not match the pattern `{pattern}`"))
        }
        Value::List(items) if constraints.unique => {
            let Base::List(of) = base else {
                return None;
            };
            let is_same = |a, b| same(types, of, a, b);
            let mut items_with_index = items.iter().enumerate();
            items_with_index
                .any(|(index, item)| items[..index].iter().any(|first| is_same(first, item)))
                .then(|| "holds an item twice".to_owned())
        }
        _ => None,
    }
}
