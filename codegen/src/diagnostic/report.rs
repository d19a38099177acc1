//! Where the rules put what they find.

use super::{Code, Level, Levels, Severity, Suppression};
use crate::source::{FileId, Span};

/// The findings so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    drafts: Vec<Draft>,
    levels: Levels,
}

/// A finding that is being written.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(super) code: Code,
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) label: String,
    pub(super) secondary: Vec<(Span, String)>,
    pub(super) help: Vec<String>,
}

impl Report {
    /// Adds a finding; whether it is an error or a warning is the code's to say.
    pub(crate) fn add(&mut self, code: Code, span: Span, message: impl Into<String>) -> Handle<'_> {
        let draft = Draft {
            code,
            span,
            message: message.into(),
            label: String::new(),
            secondary: Vec::new(),
            help: Vec::new(),
        };
        let at = self.drafts.len();
        self.drafts.push(draft);
        Handle { report: self, at }
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    /// Takes the levels that a manifest sets.
    pub(crate) fn set_level(&mut self, code: Code, level: Level) {
        self.levels.set(code, level);
    }

    /// Suppresses a lint in a part of a file.
    pub(crate) fn suppress(&mut self, suppression: Suppression) {
        self.levels.suppress(suppression);
    }

    /// Leaves a file to the catalog that it comes from: nobody can mend it here.
    pub(crate) fn ignore_lints_in(&mut self, file: FileId) {
        self.levels.ignore(file);
    }

    /// Whether it is of use to look for a lint.
    pub(crate) fn wants(&self, code: Code) -> bool {
        self.levels.wants(code)
    }

    /// Whether there is an error of a rule that is no lint.
    pub(crate) fn has_errors(&self) -> bool {
        self.drafts.iter().any(|draft| draft.code.lint().is_none())
    }

    /// What is to be shown, as what.
    pub(super) fn into_drafts(mut self) -> Vec<(Severity, Draft)> {
        let whole = !self.has_errors();
        let mut judged: Vec<(Severity, Draft)> = Vec::with_capacity(self.drafts.len());
        for draft in std::mem::take(&mut self.drafts) {
            if let Some(severity) = self.levels.judge(draft.code, draft.span) {
                judged.push((severity, draft));
            }
        }
        // Behind an error, what a suppression is for may not have been looked at.
        if whole {
            for unused in self.levels.unused() {
                self.add(
                    Code::UnusedAllow,
                    unused.span,
                    format!("there is no `{}` here to be allowed", unused.lint),
                )
                .help("remove it: what it was for is mended");
            }
        }
        for draft in self.drafts {
            if let Some(severity) = self.levels.judge(draft.code, draft.span) {
                judged.push((severity, draft));
            }
        }
        judged
    }
}

/// The finding that was just added, to say more about it.
#[derive(Debug)]
pub(crate) struct Handle<'a> {
    report: &'a mut Report,
    at: usize,
}

impl Handle<'_> {
    fn draft(&mut self) -> &mut Draft {
        // `Report::add` has just pushed it, and nothing is ever removed.
        &mut self.report.drafts[self.at]
    }

    /// A few words under the primary place.
    pub(crate) fn label(mut self, text: impl Into<String>) -> Self {
        self.draft().label = text.into();
        self
    }

    /// Another place that belongs to it.
    pub(crate) fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.draft().secondary.push((span, text.into()));
        self
    }

    /// What to do about it.
    pub(crate) fn help(self, text: impl Into<String>) -> Self {
        self.help_if(Some(text.into()))
    }

    /// What to do about it, where that is known.
    pub(crate) fn help_if(mut self, text: Option<String>) -> Self {
        self.draft().help.extend(text);
        self
    }
}
