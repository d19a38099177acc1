//! Diagnostics as text for people.

use std::collections::BTreeMap;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Label, Severity};

pub(super) fn render(diagnostics: &Diagnostics, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&renderer.render(&[group(diagnostic)]));
        text.push_str("\n\n");
    }
    text
}

fn group(diagnostic: &Diagnostic) -> Group<'_> {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(
        level
            .primary_title(diagnostic.message())
            .id(diagnostic.code().as_str()),
    );
    let primary = diagnostic.primary();
    if primary.source.text.is_empty() {
        group = group.element(Origin::path(primary.file().to_string_lossy()));
    } else {
        group = group.element(snippet(diagnostic, primary));
    }
    // The places in other files; a file is shown once.
    let mut others: BTreeMap<&Path, &Label> = BTreeMap::new();
    for label in diagnostic.secondary() {
        if label.file() != primary.file() {
            others.entry(label.file()).or_insert(label);
        }
    }
    for label in others.into_values() {
        group = group.element(snippet(diagnostic, label));
    }
    group.elements(
        diagnostic
            .help()
            .iter()
            .map(|help| Level::HELP.message(help)),
    )
}

/// The lines of one file, with every label of the diagnostic in it.
fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    of: &'a Label,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let primary = std::iter::once((AnnotationKind::Primary, diagnostic.primary()));
    let secondary = diagnostic.secondary().iter();
    let secondary = secondary.map(|label| (AnnotationKind::Context, label));
    let labels: Vec<(AnnotationKind, &Label)> = primary
        .chain(secondary)
        .filter(|(_, label)| label.file() == of.file())
        .collect();
    // Only the lines that matter: a file may be long, and have many diagnostics.
    let ranges = || labels.iter().map(|(_, label)| &label.range);
    let start = ranges().map(|range| range.start).min().unwrap_or_default();
    let end = ranges().map(|range| range.end).max().unwrap_or_default();
    let (offset, text) = of.source.lines(start..end);
    let annotations = labels.into_iter().map(|(kind, label)| {
        let text = Some(label.text()).filter(|text| !text.is_empty());
        let range = label.range.start - offset..label.range.end - offset;
        kind.span(range).label(text)
    });
    Snippet::source(text)
        .path(of.file().to_string_lossy())
        .line_start(of.source.position(offset).0)
        .annotations(annotations)
}
