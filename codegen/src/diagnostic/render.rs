//! Diagnostics as text for people.

use std::collections::BTreeMap;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Label, Severity};

/// How many diagnostics are shown; nobody reads more, and a file can have a hundred thousand.
const MOST: usize = 1_000;
/// How many bytes of a file are shown in one piece. A line that is longer is only named.
const LONGEST: usize = 4 * 1024;

pub(super) fn render(diagnostics: &Diagnostics, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST) {
        text.push_str(&renderer.render(&[group(diagnostic)]));
        text.push_str("\n\n");
    }
    let more = diagnostics.iter().skip(MOST).count();
    if more > 0 {
        let group = Group::with_title(
            Level::NOTE.primary_title(format!("{more} more are not shown; correct these first")),
        );
        text.push_str(&renderer.render(&[group]));
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
        group = place(group, diagnostic, primary);
    }
    // The places in other files; a file is shown once.
    let mut others: BTreeMap<&Path, &Label> = BTreeMap::new();
    for label in diagnostic.secondary() {
        if label.file() != primary.file() {
            others.entry(label.file()).or_insert(label);
        }
    }
    for label in others.into_values() {
        group = place(group, diagnostic, label);
    }
    group.elements(
        diagnostic
            .help()
            .iter()
            .map(|help| Level::HELP.message(help)),
    )
}

/// Shows a place with every label of the diagnostic in its file; without the others if they are far away, and without the text if
/// its line is too long.
fn place<'a>(group: Group<'a>, diagnostic: &'a Diagnostic, of: &'a Label) -> Group<'a> {
    let primary = std::iter::once((AnnotationKind::Primary, diagnostic.primary()));
    let secondary = diagnostic.secondary().iter();
    let secondary = secondary.map(|label| (AnnotationKind::Context, label));
    let all = primary.chain(secondary);
    let mut labels: Vec<(AnnotationKind, &Label)> =
        all.filter(|(_, label)| label.file() == of.file()).collect();
    if lines(of, &labels).1.len() > LONGEST {
        labels.retain(|(_, label)| label.range == of.range);
    }
    if lines(of, &labels).1.len() > LONGEST {
        let origin = Origin::path(of.file().to_string_lossy()).line(of.line());
        return group.element(origin.char_column(of.column()));
    }
    group.element(snippet(of, labels))
}

/// The lines that hold all labels, and where they start: a file may be long, and have many diagnostics.
fn lines<'a>(of: &'a Label, labels: &[(AnnotationKind, &Label)]) -> (usize, &'a str) {
    let ranges = || labels.iter().map(|(_, label)| &label.range);
    let start = ranges().map(|range| range.start).min().unwrap_or_default();
    let end = ranges().map(|range| range.end).max().unwrap_or_default();
    of.source.lines(start..end)
}

fn snippet<'a>(
    of: &'a Label,
    labels: Vec<(AnnotationKind, &'a Label)>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let (offset, text) = lines(of, &labels);
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
