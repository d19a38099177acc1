//! Diagnostics for people and for machines.

use clap::ValueEnum;
use serde_json::json;
use urutu_codegen::{Diagnostic, Diagnostics, Severity};

use crate::terminal;

/// How diagnostics are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, with the lines of the catalog.
    Text,
    /// One JSON object.
    Json,
    /// Annotations of a GitHub workflow.
    Github,
}

/// Shows the diagnostics: text on the standard error, what machines read on the standard output.
pub(crate) fn show(diagnostics: &Diagnostics, format: Format) {
    match format {
        Format::Text => terminal::error(&diagnostics.render(terminal::takes_color())),
        Format::Json => terminal::print(&json(diagnostics)),
        Format::Github => {
            let lines: String = diagnostics.iter().map(annotation).collect();
            terminal::print(&lines);
        }
    }
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn json(diagnostics: &Diagnostics) -> String {
    let list: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| {
            json!({
                "code": diagnostic.code().to_string(),
                "severity": severity(diagnostic),
                "message": diagnostic.message(),
                "file": diagnostic.file().to_string_lossy(),
                "line": diagnostic.line(),
                "column": diagnostic.column(),
                "help": diagnostic.help(),
            })
        })
        .collect();
    let report = json!({
        "errors": diagnostics.errors(),
        "warnings": diagnostics.warnings(),
        "diagnostics": list,
    });
    format!("{report:#}\n")
}

/// `::error file=..,line=..,col=..,title=U0203::message`
fn annotation(diagnostic: &Diagnostic) -> String {
    let mut message = diagnostic.message().to_owned();
    for help in diagnostic.help() {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    format!(
        "::{} file={},line={},col={},title={}::{}\n",
        severity(diagnostic),
        escape(&diagnostic.file().to_string_lossy(), true),
        diagnostic.line(),
        diagnostic.column(),
        diagnostic.code(),
        escape(&message, false),
    )
}

/// The escapes of workflow commands; in a property `:` and `,` have a meaning too.
fn escape(text: &str, property: bool) -> String {
    let text = text
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    if property {
        text.replace(':', "%3A").replace(',', "%2C")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workflow_commands_are_escaped() {
        assert_eq!(escape("100%\na: b, c", false), "100%25%0Aa: b, c");
        assert_eq!(escape("c:\\a,b", true), "c%3A\\a%2Cb");
    }
}
