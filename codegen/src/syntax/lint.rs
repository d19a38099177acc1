//! Lints by their names: their levels in a manifest, and what is allowed in place.

use super::value::{Object, choice, mapping, text};
use crate::diagnostic::{Code, Level, Report, Suppression, did_you_mean};
use crate::source::{Span, Spanned};
use crate::yaml::{Content, Entry, Node};

pub(crate) const LEVELS: [(&str, Level); 3] = [
    ("allow", Level::Allow),
    ("warn", Level::Warn),
    ("error", Level::Error),
];

/// `lint: {field-doc: warn}` of a manifest.
pub(super) fn levels(report: &mut Report, object: Object<'_>) -> Vec<(Code, Level)> {
    let mut levels = Vec::new();
    let Some(node) = object.get("lint") else {
        return levels;
    };
    for entry in mapping(report, node, "`lint`").unwrap_or_default() {
        let code = named(report, &entry.key);
        let what = format!("the level of `{}`", entry.key.value);
        let level = choice(report, &entry.value, &what, &LEVELS);
        if let (Some(code), Some(level)) = (code, level) {
            levels.push((code, level.value));
        }
    }
    levels
}

/// `allow: {field-doc: "why"}` of a declaration: it holds from its name to its end.
pub(super) fn allow(report: &mut Report, object: Object<'_>, name: Span, declaration: &Node) {
    const HELP: &str =
        "write the lint and the reason: `allow: {field-doc: \"the names say it all\"}`";
    let Some(entry) = object.entry("allow") else {
        return;
    };
    let within = Span {
        end: declaration.end(),
        ..name
    };
    let entries: &[Entry] = match &entry.value.content {
        Content::Map(entries) => entries,
        Content::Broken => return,
        _ => {
            let message = "`allow` gives no reason";
            report
                .add(Code::NoReason, entry.value.span, message)
                .help(HELP);
            return;
        }
    };
    for Entry { key, value } in entries {
        let Some(code) = named(report, key) else {
            continue;
        };
        let blank =
            matches!(&value.content, Content::Scalar(scalar) if scalar.text.trim().is_empty());
        if blank || value.is_null() {
            let message = format!("`{}` is allowed without a reason", key.value);
            report.add(Code::NoReason, key.span, message).help(HELP);
        } else if text(report, value, "the reason").is_none() {
            continue;
        }
        if let Some(lint) = code.lint() {
            report.suppress(Suppression {
                code,
                lint,
                span: key.span,
                within,
            });
        }
    }
}

/// The lint of this name.
fn named(report: &mut Report, name: &Spanned<String>) -> Option<Code> {
    let text = name.value.as_str();
    let found = Code::ALL.iter().find(|code| code.lint() == Some(text));
    if let Some(code) = found {
        return Some(*code);
    }
    let names = || Code::ALL.iter().filter_map(|code| code.lint());
    let rule = Code::ALL.iter().find(|code| code.as_str() == text);
    let help = match rule.map(|code| (code, code.lint())) {
        Some((_, Some(lint))) => format!("its name is `{lint}`"),
        Some((code, None)) => format!("`{code}` is an error, and errors have no level"),
        None => did_you_mean(text, names())
            .unwrap_or_else(|| "`urutu explain` lists all of them".to_owned()),
    };
    report
        .add(
            Code::UnknownLint,
            name.span,
            format!("there is no lint `{text}`"),
        )
        .help(help);
    None
}
