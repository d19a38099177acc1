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
    let annotate = |kind: AnnotationKind, label: &'a Label| {
        let text = Some(label.text()).filter(|text| !text.is_empty());
        kind.span(label.range.clone()).label(text)
    };
    let mut snippet = Snippet::source(&of.source.text).path(of.file().to_string_lossy());
    let primary = diagnostic.primary();
    if primary.file() == of.file() {
        snippet = snippet.annotation(annotate(AnnotationKind::Primary, primary));
    }
    let secondary = diagnostic.secondary().iter();
    snippet.annotations(
        secondary
            .filter(|label| label.file() == of.file())
            .map(|label| annotate(AnnotationKind::Context, label)),
    )
}
