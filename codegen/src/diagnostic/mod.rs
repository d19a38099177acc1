//! What is wrong with a catalog: collected while it is read and checked, then shown.

mod code;
mod levels;
mod render;
mod report;
mod suggest;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub use code::{Code, Severity};
pub use levels::Level;
pub(crate) use levels::{Levels, Suppression};
pub(crate) use report::Report;
pub(crate) use suggest::{did_you_mean, nearest};

use crate::source::{Source, Sources, Span};

/// Everything that was found in a catalog, ordered by file, line and column.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(crate) fn new(report: Report, sources: &Sources) -> Self {
        let mut list: Vec<_> = report
            .into_drafts()
            .into_iter()
            .map(|(severity, draft)| Diagnostic::new(severity, draft, sources))
            .collect();
        list.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        Self { list }
    }

    /// The diagnostics, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether the catalog cannot be used.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// The number of errors.
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// The number of warnings.
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        self.iter().filter(|d| d.severity() == severity).count()
    }

    /// All of them as text for people, in the manner of rustc, with the lines of the catalog that they are about.
    pub fn render(&self, color: bool) -> String {
        render::render(self, color)
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One finding.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    code: Code,
    severity: Severity,
    message: String,
    primary: Label,
    secondary: Vec<Label>,
    help: Vec<String>,
}

impl Diagnostic {
    fn new(severity: Severity, draft: report::Draft, sources: &Sources) -> Self {
        let label = |(span, text): (Span, String)| Label::new(sources, span, text);
        Self {
            code: draft.code,
            severity,
            message: draft.message,
            primary: label((draft.span, draft.label)),
            secondary: draft.secondary.into_iter().map(label).collect(),
            help: draft.help,
        }
    }

    fn sort_key(&self) -> (&Path, usize, usize, &'static str, &str) {
        let code = self.code.as_str();
        (self.file(), self.line(), self.column(), code, &self.message)
    }

    /// The rule that was broken.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Error or warning: that of the rule, or what the manifest makes of a lint.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong, in one sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it, one sentence each; may be empty.
    pub fn help(&self) -> &[String] {
        &self.help
    }

    /// The place.
    pub fn primary(&self) -> &Label {
        &self.primary
    }

    /// Other places that belong to it.
    pub fn secondary(&self) -> &[Label] {
        &self.secondary
    }

    /// The file, as its path was given.
    pub fn file(&self) -> &Path {
        self.primary.file()
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.primary.line
    }

    /// The column in characters, from 1.
    pub fn column(&self) -> usize {
        self.primary.column
    }
}

/// A place in a file, with what there is to say about it.
#[derive(Debug, Clone)]
pub struct Label {
    source: Arc<Source>,
    range: Range<usize>,
    line: usize,
    column: usize,
    text: String,
}

impl Label {
    fn new(sources: &Sources, span: Span, text: String) -> Self {
        let source = Arc::clone(sources.get(span.file));
        let (line, column) = source.position(span.start);
        Self {
            source,
            range: span.start..span.end,
            line,
            column,
            text,
        }
    }

    /// The file, as its path was given.
    pub fn file(&self) -> &Path {
        &self.source.path
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in characters, from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// A few words about this place; may be empty.
    pub fn text(&self) -> &str {
        &self.text
    }
}
