//! Reads values of a given kind out of nodes, and says what is wrong with those of another kind.
//!
//! `what` names the value in a sentence: "the topic", "a binding key".

use std::ops::RangeInclusive;

use crate::diagnostic::{Code, Report, did_you_mean, nearest};
use crate::source::{Span, Spanned};
use crate::yaml::{Content, Entry, Meaning, Node, trap};

/// A mapping whose keys are part of the language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object<'n> {
    entries: &'n [Entry],
}

impl<'n> Object<'n> {
    pub(super) fn get(self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub(super) fn entry(self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }
}

/// Reads a mapping and reports the keys that the language does not have there.
pub(super) fn object<'n>(
    report: &mut Report,
    node: &'n Node,
    what: &str,
    known: &[&str],
) -> Option<Object<'n>> {
    object_without(report, node, what, known, |_, _| false)
}

/// As [`object`], where `refuse` reports some of the unknown keys with words of their own.
pub(super) fn object_without<'n>(
    report: &mut Report,
    node: &'n Node,
    what: &str,
    known: &[&str],
    refuse: impl Fn(&mut Report, &Entry) -> bool,
) -> Option<Object<'n>> {
    let entries = mapping(report, node, what)?;
    for entry in entries {
        let name = entry.key.value.as_str();
        let reported = matches!(entry.value.content, Content::Broken);
        if known.contains(&name) || reported || trap::is_split_type(name, entries) {
            continue;
        }
        if refuse(report, entry) {
            continue;
        }
        let message = format!("{what} has no key `{name}`");
        let help = if trap::is_split_text(entry) {
            "inside `{...}`, a comma ends a text: quote the text that it belongs to".to_owned()
        } else {
            format!("it may have {}", words(known.iter().copied()))
        };
        report
            .add(Code::UnknownKey, entry.key.span, message)
            .help_if(did_you_mean(name, known.iter().copied()))
            .help(help);
    }
    Some(Object { entries })
}

/// Reads a mapping whose keys are names that the contract gives.
pub(super) fn mapping<'n>(report: &mut Report, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
    match &node.content {
        Content::Map(entries) => Some(entries),
        _ => wrong_shape(report, node, what, "a mapping"),
    }
}

/// As [`mapping`], for a key that may be there without a value.
pub(super) fn mapping_or_nothing<'n>(
    report: &mut Report,
    node: Option<&'n Node>,
    what: &str,
) -> &'n [Entry] {
    match node {
        Some(node) if !node.is_null() => mapping(report, node, what).unwrap_or_default(),
        _ => &[],
    }
}

pub(super) fn list<'n>(report: &mut Report, node: &'n Node, what: &str) -> Option<&'n [Node]> {
    match &node.content {
        Content::List(items) => Some(items),
        _ => wrong_shape(report, node, what, "a list"),
    }
}

/// The value of a key that must be there.
pub(super) fn required<'n>(
    report: &mut Report,
    object: Object<'n>,
    key: &str,
    span: Span,
    what: &str,
    help: &str,
) -> Option<&'n Node> {
    let found = object.get(key);
    if found.is_none() {
        // A key that was meant to be this one was reported as unknown.
        let mut names = object.entries.iter().map(|entry| &entry.key.value);
        if !names.any(|name| nearest(name, [key]).is_some()) {
            let message = format!("{what} has no key `{key}`, which it needs");
            report.add(Code::MissingKey, span, message).help(help);
        }
    }
    found
}

/// Reports a value of the wrong kind, once.
pub(super) fn wrong_shape<T>(
    report: &mut Report,
    node: &Node,
    what: &str,
    expected: &str,
) -> Option<T> {
    if !matches!(node.content, Content::Broken) {
        let message = format!("{what} is {expected}; found {}", node.kind());
        report.add(Code::WrongShape, node.span, message);
    }
    None
}

pub(super) fn text(report: &mut Report, node: &Node, what: &str) -> Option<Spanned<String>> {
    let text = word(report, node, what)?;
    old_boolean(report, &text);
    Some(text)
}

/// Warns of a plain text, value or key, that other readers of the catalog take for a boolean.
pub(super) fn old_boolean(report: &mut Report, text: &Spanned<String>) {
    let Spanned { value, span } = text;
    // In quotes, it takes more room than it has characters.
    if trap::is_boolean_elsewhere(value) && span.end - span.start == value.len() {
        report
            .add(
                Code::OldBoolean,
                *span,
                format!("`{value}` is text here, but a boolean to readers of YAML 1.1"),
            )
            .help(format!("quote it: `\"{value}\"`"));
    }
}

fn word(report: &mut Report, node: &Node, what: &str) -> Option<Spanned<String>> {
    let span = node.span;
    let Content::Scalar(scalar) = &node.content else {
        return wrong_shape(report, node, what, "text");
    };
    let value = scalar.text.clone();
    let message = match scalar.meaning() {
        Meaning::Text if value.trim().is_empty() => {
            report
                .add(Code::Empty, span, format!("{what} is empty"))
                .help("write something, or remove it");
            return None;
        }
        Meaning::Text => return Some(Spanned { value, span }),
        Meaning::Null if value.is_empty() => {
            report
                .add(Code::WrongShape, span, format!("{what} is missing here"))
                .help("a bare `#` starts a comment: quote a text that starts with it");
            return None;
        }
        Meaning::Null => format!("{what} is text, but YAML reads `{value}` as null"),
        Meaning::Bool(_) => format!("{what} is text, but YAML reads `{value}` as a boolean"),
        Meaning::Number => format!("{what} is text, but YAML reads `{value}` as a number"),
    };
    report
        .add(Code::QuoteText, span, message)
        .help(format!("quote it: `\"{value}\"`"));
    None
}

/// A text that may have any form, such as documentation.
pub(super) fn doc(report: &mut Report, object: Object<'_>) -> Option<String> {
    let node = object.get("doc")?;
    text(report, node, "`doc`").map(|doc| doc.value)
}

pub(super) fn boolean(report: &mut Report, node: &Node, what: &str) -> Option<Spanned<bool>> {
    let span = node.span;
    let Content::Scalar(scalar) = &node.content else {
        return wrong_shape(report, node, what, "`true` or `false`");
    };
    if let Meaning::Bool(value) = scalar.meaning() {
        return Some(Spanned { value, span });
    }
    let help = trap::is_old_boolean(&scalar.text)
        .then(|| "`yes`, `no`, `on` and `off` are plain text in YAML 1.2".to_owned());
    report
        .add(
            Code::WrongShape,
            span,
            format!("{what} is `true` or `false`; found {}", node.kind()),
        )
        .help_if(help);
    None
}

/// A whole number in a range.
pub(super) fn integer<T>(
    report: &mut Report,
    node: &Node,
    what: &str,
    range: RangeInclusive<T>,
) -> Option<Spanned<T>>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let span = node.span;
    let Content::Scalar(scalar) = &node.content else {
        return wrong_shape(report, node, what, "a whole number");
    };
    if scalar.meaning() != Meaning::Number {
        return wrong_shape(report, node, what, "a whole number");
    }
    match scalar.text.parse() {
        Ok(value) if range.contains(&value) => Some(Spanned { value, span }),
        _ => {
            let (min, max) = range.into_inner();
            let text = &scalar.text;
            report.add(
                Code::OutOfRange,
                span,
                format!("{what} is a whole number from {min} to {max}; found {text}"),
            );
            None
        }
    }
}

/// One of a few words.
pub(super) fn choice<T: Copy>(
    report: &mut Report,
    node: &Node,
    what: &str,
    choices: &[(&str, T)],
) -> Option<Spanned<T>> {
    let Spanned { value: word, span } = word(report, node, what)?;
    if let Some((_, value)) = choices.iter().find(|(name, _)| *name == word) {
        let value = *value;
        return Some(Spanned { value, span });
    }
    let names = || choices.iter().map(|(name, _)| *name);
    report
        .add(
            Code::UnknownChoice,
            span,
            format!("{what} cannot be `{word}`"),
        )
        .help_if(did_you_mean(&word, names()))
        .help(format!("it is {}", one_of(names())));
    None
}

/// A list of texts, each of them once.
pub(super) fn texts(report: &mut Report, node: &Node, what: &str) -> Vec<Spanned<String>> {
    let mut found: Vec<Spanned<String>> = Vec::new();
    let items = list(report, node, &format!("the list of {what}")).unwrap_or_default();
    for item in items {
        let Some(item) = text(report, item, &format!("an entry of the list of {what}")) else {
            continue;
        };
        if let Some(first) = found.iter().find(|first| first.value == item.value) {
            let message = format!("`{}` stands twice in the list of {what}", item.value);
            report
                .add(Code::ListedTwice, item.span, message)
                .label("again here")
                .and(first.span, "first here")
                .help("remove one of them");
        } else {
            found.push(item);
        }
    }
    found
}

/// `a`, `b` and `c`
pub(crate) fn words<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    enumerate(names, "and")
}

/// `a`, `b` or `c`
pub(crate) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    enumerate(names, "or")
}

fn enumerate<'a>(names: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let mut quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let end = quoted.pop().unwrap_or_default();
    if quoted.is_empty() {
        return end;
    }
    format!("{} {last} {end}", quoted.join(", "))
}
